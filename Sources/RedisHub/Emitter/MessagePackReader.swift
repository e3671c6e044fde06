import Orders

/// Why a message of Socket.IO's Redis emitter cannot be taken. The text is for the log.
struct EmitterFault: Error, Equatable {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// Reads MessagePack value by value, in bytes that somebody else owns, without making a tree of it.
///
/// Counts are held against the bytes that are there before anything is done with them. Debian's C library was tried: it
/// reserves memory for what an array announces (155 bytes made it ask for 65 GB), with no limit to set, and it does not
/// tell an extension of fixed length from another, by which older emitters tell `undefined` and dates from binaries.
struct MessagePackReader {
  /// What a value is. Of what is long it says where its bytes are, of an array or a map how many values or pairs follow.
  enum Head: Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Above what Int64 holds.
    case large(UInt64)
    case float(Double)
    case text(Range<Int>)
    case binary(Range<Int>)
    case fixedExtension(type: Int8, Range<Int>)
    case extended(type: Int8, Range<Int>)
    case array(Int)
    case map(Int)
  }

  let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0
  private var values = 0

  /// How deep arrays and maps may nest.
  static let depthLimit = 32
  /// How many values a message may have, names in maps included.
  static let valueLimit = 100_000

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether nothing follows.
  var isAtEnd: Bool { offset == bytes.count }

  /// Whether the next value is `undefined` as older emitters write it.
  var isAtUndefined: Bool { bytes.count - offset >= 3 && bytes[offset] == 0xd4 && bytes[offset + 1] == 0 }

  /// Reads a value, of an array or a map only its head.
  mutating func next() throws(EmitterFault) -> Head {
    values += 1
    guard values <= Self.valueLimit else { throw EmitterFault("more than \(Self.valueLimit) values") }
    let mark = UInt8(truncatingIfNeeded: try number(1))
    switch mark {
    case 0x00...0x7f: return .integer(Int64(mark))
    case 0x80...0x8f: return try map(Int(mark & 0x0f))
    case 0x90...0x9f: return try array(Int(mark & 0x0f))
    case 0xa0...0xbf: return .text(try span(Int(mark & 0x1f)))
    case 0xc0: return .null
    case 0xc2, 0xc3: return .bool(mark == 0xc3)
    case 0xc4...0xc6: return .binary(try span(try count(1 << (mark - 0xc4))))
    case 0xc7...0xc9:
      let count = try count(1 << (mark - 0xc7))
      let type = Int8(truncatingIfNeeded: try number(1))
      return .extended(type: type, try span(count))
    case 0xca: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try number(4)))))
    case 0xcb: return .float(Double(bitPattern: try number(8)))
    case 0xcc...0xcf:
      let value = try number(1 << Int(mark - 0xcc))
      return Int64(exactly: value).map { .integer($0) } ?? .large(value)
    case 0xd0: return .integer(Int64(Int8(truncatingIfNeeded: try number(1))))
    case 0xd1: return .integer(Int64(Int16(truncatingIfNeeded: try number(2))))
    case 0xd2: return .integer(Int64(Int32(truncatingIfNeeded: try number(4))))
    case 0xd3: return .integer(Int64(bitPattern: try number(8)))
    case 0xd4...0xd8:
      let type = Int8(truncatingIfNeeded: try number(1))
      return .fixedExtension(type: type, try span(1 << Int(mark - 0xd4)))
    case 0xd9...0xdb: return .text(try span(try count(1 << (mark - 0xd9))))
    case 0xdc, 0xdd: return try array(try count(mark == 0xdc ? 2 : 4))
    case 0xde, 0xdf: return try map(try count(mark == 0xde ? 2 : 4))
    case 0xe0...0xff: return .integer(Int64(Int8(bitPattern: mark)))
    default: throw EmitterFault("a value begins with the byte c1, which means nothing")
    }
  }

  /// Reads over a value and all that is in it.
  mutating func skip(depth: Int) throws(EmitterFault) {
    switch try next() {
    case .array(let count):
      let inner = try Self.inner(depth)
      for _ in 0..<count { try skip(depth: inner) }
    case .map(let count):
      let inner = try Self.inner(depth)
      for _ in 0..<count {
        try skip(depth: inner)
        try skip(depth: inner)
      }
    case .null, .bool, .integer, .large, .float, .text, .binary, .fixedExtension, .extended: break
    }
  }

  /// How deep it may go within an array or a map.
  static func inner(_ depth: Int) throws(EmitterFault) -> Int {
    guard depth > 0 else { throw EmitterFault("nested more than \(depthLimit) deep") }
    return depth - 1
  }

  /// The text at a place; what is not UTF-8 becomes U+FFFD, as in a browser.
  func text(_ range: Range<Int>) -> Text { Text(decoding: bytes[range]) }

  /// A whole number of so many bytes at a place, the greatest first.
  func number(at start: Int, count: Int) -> UInt64 {
    bytes[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func number(_ count: Int) throws(EmitterFault) -> UInt64 {
    number(at: try span(count).lowerBound, count: count)
  }

  private mutating func count(_ size: Int) throws(EmitterFault) -> Int { Int(clamping: try number(size)) }

  private mutating func span(_ count: Int) throws(EmitterFault) -> Range<Int> {
    guard count <= bytes.count - offset else { throw EmitterFault("it is cut off") }
    defer { offset += count }
    return offset..<offset + count
  }

  private func array(_ count: Int) throws(EmitterFault) -> Head {
    guard count <= bytes.count - offset else { throw EmitterFault("it is cut off") }
    return .array(count)
  }

  private func map(_ count: Int) throws(EmitterFault) -> Head {
    guard count <= (bytes.count - offset) / 2 else { throw EmitterFault("it is cut off") }
    return .map(count)
  }
}
