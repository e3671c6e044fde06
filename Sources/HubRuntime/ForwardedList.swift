/// The hops that a proxy's header names, in order; nil where one is no address: `unknown`, `_hidden`, or nonsense.
struct ForwardedList: Equatable {
  let hops: [NetworkAddress?]

  /// How many bytes are looked at, from the right: what proxies added is there, and what stands before it is the client's.
  static let limitBytes = 4_096

  /// Reads `X-Forwarded-For`: `client, proxy, proxy`, each an address that may have a port.
  init(plain bytes: [UInt8]) {
    var rest = bytes.suffix(Self.limitBytes)
    // The first entry may be cut in two, and is none of a proxy's.
    if rest.count < bytes.count { rest = rest.drop { $0 != 0x2c } }
    hops = rest.split(separator: 0x2c, omittingEmptySubsequences: false).suffix(TrustedProxies.hopLimit + 1)
      .map { Self.node(Self.trimmed($0)) }
  }

  /// Reads `Forwarded` (RFC 7239): `for=192.0.2.43;proto=https, for="[2001:db8::1]:4711"`. A list that breaks the form, or
  /// is too long, names one hop that nobody knows.
  init(standard bytes: [UInt8]) {
    hops = bytes.count <= Self.limitBytes ? Self.elements(bytes) ?? [nil] : [nil]
  }

  private static func elements(_ bytes: [UInt8]) -> [NetworkAddress?]? {
    var hops: [NetworkAddress?] = []
    var reader = ForwardedReader(bytes)
    while true {
      guard let element = reader.element() else { return nil }
      hops.append(element.node.flatMap { node($0[...]) })
      if element.isLast { return hops }
    }
  }

  /// An address that may have a port, IPv6 in brackets or bare.
  private static func node(_ text: ArraySlice<UInt8>) -> NetworkAddress? {
    if text.first == 0x5b {
      guard let end = text.firstIndex(of: 0x5d), isPort(text[(end + 1)...]) else { return nil }
      let address = NetworkAddress(text[(text.startIndex + 1)..<end])
      return address.flatMap { text[..<end].contains(0x3a) ? $0 : nil }
    }
    // One colon stands before a port, more of them are an IPv6 address.
    guard let colon = text.firstIndex(of: 0x3a), colon == text.lastIndex(of: 0x3a) else { return NetworkAddress(text) }
    return isPort(text[colon...]) ? NetworkAddress(text[..<colon]) : nil
  }

  /// Nothing, or a colon and a port or its obfuscated name.
  private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.first else { return true }
    let name = text.dropFirst()
    guard first == 0x3a, let start = name.first, name.count <= 64 else { return false }
    if start == 0x5f { return name.dropFirst().allSatisfy(ForwardedReader.isToken) && name.count > 1 }
    return name.count <= 5 && name.allSatisfy { (0x30...0x39).contains($0) }
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = text.drop(while: ForwardedReader.isBlank)
    while let last = rest.last, ForwardedReader.isBlank(last) { rest.removeLast() }
    return rest
  }
}

/// Reads the elements of a `Forwarded` header one by one.
struct ForwardedReader {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next element's `for`, nil if it has none, and whether the list ends with it; nil if the form is broken.
  mutating func element() -> (node: [UInt8]?, isLast: Bool)? {
    var node: [UInt8]?
    while true {
      skipBlanks()
      if let name = token() {
        guard take(0x3d), let value = value() else { return nil }
        if name.elementsEqual("for".utf8) {
          guard node == nil else { return nil }
          node = value
        }
        skipBlanks()
      }
      if place == bytes.count { return (node, true) }
      if take(0x2c) { return (node, false) }
      guard take(0x3b) else { return nil }
    }
  }

  private mutating func value() -> [UInt8]? {
    guard take(0x22) else { return rawToken() }
    var text: [UInt8] = []
    while place < bytes.count {
      defer { place += 1 }
      switch bytes[place] {
      case 0x22: return text
      case 0x5c:
        place += 1
        guard place < bytes.count else { return nil }
        text.append(bytes[place])
      default: text.append(bytes[place])
      }
    }
    return nil
  }

  /// A name in lower case; nil, and nothing read, if there is none.
  private mutating func token() -> [UInt8]? { rawToken()?.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }

  private mutating func rawToken() -> [UInt8]? {
    let text = bytes[place...].prefix(while: Self.isToken)
    place += text.count
    return text.isEmpty ? nil : Array(text)
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard place < bytes.count, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  private mutating func skipBlanks() { while place < bytes.count, Self.isBlank(bytes[place]) { place += 1 } }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// The characters of a token (RFC 9110 5.6.2).
  static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e:
      true
    default: false
    }
  }
}
