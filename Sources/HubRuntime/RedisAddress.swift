/// Where Redis is: `redis://[[user]:password@]host[:port][/database]`, with `rediss://` over TLS.
public struct RedisAddress: Sendable, Equatable, CustomStringConvertible {
  /// A name or an address.
  public var host: String
  /// 6379 unless named; 1…65,535.
  public var port: Int
  /// The user of Redis's access lists, if named.
  public var user: String?
  /// For `AUTH`, if named. Never log it.
  public var password: String?
  /// For `SELECT`; 0 unless named.
  public var database: Int
  /// Whether it is spoken to over TLS.
  public var isTLS: Bool

  /// Names a place.
  public init(
    host: String, port: Int = 6379, user: String? = nil, password: String? = nil, database: Int = 0,
    isTLS: Bool = false
  ) {
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.database = database
    self.isTLS = isTLS
  }

  /// Reads the form above. User and password are percent-encoded where they hold one of `%:@/`; a password may also
  /// stand alone before the `@`, as `redis-cli` takes it. An IPv6 address stands in brackets. Throws what is wrong,
  /// without the text: it may hold a password.
  public init(_ url: String) throws(RedisURLError) {
    self.init(host: "")
    let text = url.utf8[...]
    guard let scheme = ["redis://", "rediss://"].first(where: { text.starts(with: $0.utf8) }) else { throw .scheme }
    isTLS = scheme == "rediss://"
    let parts = text.dropFirst(scheme.utf8.count).split(
      separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
    var place = parts[0]
    if let at = place.lastIndex(of: UInt8(ascii: "@")) {
      try readCredentials(place[..<at])
      place = place[place.index(after: at)...]
    }
    try readPlace(place)
    if parts.count == 2, !parts[1].isEmpty {
      guard let number = Self.number(parts[1], in: 0...65_535) else { throw .database }
      database = number
    }
  }

  /// The place without user and password.
  public var description: String {
    let credentials = user == nil && password == nil ? "" : "***@"
    let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    return "\(isTLS ? "rediss" : "redis")://\(credentials)\(name):\(port)/\(database)"
  }

  private mutating func readCredentials(_ text: Substring.UTF8View) throws(RedisURLError) {
    let parts = text.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = Self.decode(parts[0]), let second = Self.decode(parts.last ?? parts[0]) else {
      throw .credentials
    }
    if parts.count == 1 {
      password = first.isEmpty ? nil : first
    } else {
      user = first.isEmpty ? nil : first
      // A user may have an empty password; Redis's default user has none then.
      password = second.isEmpty && user == nil ? nil : second
    }
  }

  private mutating func readPlace(_ text: Substring.UTF8View) throws(RedisURLError) {
    var name = text
    var rest = text[text.endIndex...]
    if text.first == UInt8(ascii: "[") {
      guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { throw .host }
      name = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
      guard name.allSatisfy(Self.isOfAddress) else { throw .host }
    } else {
      if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
        name = text[..<colon]
        rest = text[colon...]
      }
      guard name.allSatisfy(Self.isOfName) else { throw .host }
    }
    guard !name.isEmpty else { throw .host }
    host = String(decoding: name, as: UTF8.self)
    if !rest.isEmpty {
      guard rest.first == UInt8(ascii: ":"), let number = Self.number(rest.dropFirst(), in: 1...65_535) else {
        throw .port
      }
      port = number
    }
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// Of an IPv6 address, with its zone if it has one.
  private static func isOfAddress(_ byte: UInt8) -> Bool {
    isOfName(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "%")
  }

  private static func number(_ text: some Collection<UInt8>, in range: ClosedRange<Int>) -> Int? {
    guard text.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(String(decoding: text, as: UTF8.self)),
      range.contains(number)
    else { return nil }
    return number
  }

  private static func decode(_ text: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte &- 0x30
    case 0x41...0x46: byte &- 0x37
    case 0x61...0x66: byte &- 0x57
    default: nil
    }
  }
}

/// What is wrong with a Redis URL.
public enum RedisURLError: Error, Sendable, Equatable, CustomStringConvertible {
  /// It does not begin with `redis://` or `rediss://`.
  case scheme
  /// What stands before the `@` is not percent-encoded UTF-8.
  case credentials
  /// There is no host, or it is neither a name nor an address.
  case host
  /// The port is not 1…65,535.
  case port
  /// The database is not 0…65,535.
  case database
  /// A sentence for the operator; it never holds the URL.
  public var description: String {
    switch self {
    case .scheme: "a Redis URL begins with redis://, or with rediss:// for TLS"
    case .credentials: "a Redis URL gives credentials as user:password@ or :password@, percent-encoded"
    case .host: "a Redis URL names a host, an IPv6 address in brackets"
    case .port: "the port of a Redis URL is 1 to 65535"
    case .database: "the database of a Redis URL is 0 to 65535"
    }
  }
}
