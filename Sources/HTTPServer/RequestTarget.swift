import HubContracts
import Orders

/// The path and the query of a request, judged and decoded strictly.
enum RequestTarget {
  /// How many pairs a query may have.
  static let pairLimit = 100

  /// Where the path is in `http://host:port/path`, as a client sends it to a proxy; nil if it is nothing of the kind.
  static func path(inAbsolute target: UnsafeRawBufferPointer) -> Range<Int>? {
    guard let scheme = schemes.first(where: { begins(target, with: $0) }) else { return nil }
    var index = scheme.count
    while index < target.count, target[index] != 0x2f {
      // A user and a password in it are not for a server.
      guard (0x21...0x7e).contains(target[index]), target[index] != 0x40 else { return nil }
      index += 1
    }
    guard index > scheme.count else { return nil }
    // Without a path it is that of the root: the scheme's last slash stands for it.
    return index == target.count ? scheme.count - 1..<scheme.count : index..<target.count
  }

  private static let schemes = [Array("http://".utf8), Array("https://".utf8)]

  /// Whether a target begins with a scheme, in letters of any case.
  private static func begins(_ target: UnsafeRawBufferPointer, with scheme: [UInt8]) -> Bool {
    target.count >= scheme.count
      && zip(target, scheme).allSatisfy { $0 == $1 || ((0x41...0x5a).contains($0) && $0 | 0x20 == $1) }
  }

  /// What is wrong with a path, or nil: it begins with `/`, is printable ASCII, and its escapes are whole and not NUL.
  /// `OPTIONS *` asks about the whole server.
  static func fault(inPath path: UnsafeRawBufferPointer, of method: HTTPMethod?) -> String? {
    guard path.first == 0x2f else {
      return method == .options && path.elementsEqual([0x2a]) ? nil : "the path does not begin with /"
    }
    var index = 0
    while index < path.count {
      let byte = path[index]
      guard (0x21...0x7e).contains(byte) else { return "the path has a byte that must be escaped" }
      index += 1
      guard byte == 0x25 else { continue }
      guard index + 1 < path.count, let value = hex(path[index], path[index + 1]) else {
        return "the path has a broken escape"
      }
      if value == 0 { return "the path has a NUL" }
      index += 2
    }
    return nil
  }

  /// The pairs of a query as sent, or what is wrong with it.
  static func pairs(inQuery query: [UInt8]) -> Result<[(name: Text, value: Text)], MalformedTarget> {
    var pairs: [(name: Text, value: Text)] = []
    for part in query.split(separator: 0x26) {
      guard pairs.count < pairLimit else { return .failure(MalformedTarget("the query has over \(pairLimit) pairs")) }
      let cut = part.firstIndex(of: 0x3d) ?? part.endIndex
      guard let name = decode(part[..<cut]), let value = decode(part[cut...].dropFirst()) else {
        return .failure(MalformedTarget("the query has a broken escape, a control byte, or is not UTF-8"))
      }
      pairs.append((name, value))
    }
    return .success(pairs)
  }

  /// A percent-decoded text, `+` being a space; nil if an escape is broken, a byte is a control or it is not UTF-8.
  private static func decode(_ bytes: ArraySlice<UInt8>) -> Text? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      var byte = bytes[index]
      guard byte > 0x20, byte != 0x7f else { return nil }
      if byte == 0x2b {
        byte = 0x20
      } else if byte == 0x25 {
        guard index + 2 < bytes.endIndex, let value = hex(bytes[index + 1], bytes[index + 2]), value != 0 else {
          return nil
        }
        byte = value
        index += 2
      }
      decoded.append(byte)
      index += 1
    }
    return Text(validating: decoded)
  }

  private static func hex(_ high: UInt8, _ low: UInt8) -> UInt8? {
    guard let high = digit(high), let low = digit(low) else { return nil }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte &- 0x30
    case 0x41...0x46: byte &- 0x37
    case 0x61...0x66: byte &- 0x57
    default: nil
    }
  }
}

/// What is wrong with a path or query.
struct MalformedTarget: Error, Equatable {
  /// For the client.
  var text: String
  /// Says it.
  init(_ text: String) { self.text = text }
}
