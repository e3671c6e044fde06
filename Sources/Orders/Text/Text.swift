/// Text that came from outside, or that stands beside such text: names, keys, words of a request.
///
/// It is the bytes of its UTF-8 and nothing else: `==`, hash and order are those of the bytes, in time proportional to
/// their number. A `String` compares by canonical equivalence: it sorts a letter's combining marks, in time quadratic in
/// their number, and takes two spellings for one, which MongoDB, Redis and JSON do not.
@frozen
public struct Text: Sendable {
  /// The text for people, for a log, or for a system's call. It is not compared.
  public let string: String

  /// Takes a text as it is.
  @inlinable
  public init(_ string: String) { self.string = string }

  /// Takes a part of a text.
  public init(_ part: Substring) { string = String(part) }

  /// Takes bytes as UTF-8; what is none of it is replaced by U+FFFD.
  @inlinable
  public init(decoding bytes: some Collection<UInt8>) { string = String(decoding: bytes, as: UTF8.self) }

  /// Takes bytes; nil if they are not UTF-8.
  public init?(validating bytes: some Sequence<UInt8>) {
    guard let string = String(validating: bytes, as: UTF8.self) else { return nil }
    self.string = string
  }

  /// The bytes.
  @inlinable
  public var utf8: String.UTF8View { string.utf8 }

  /// Whether there is nothing in it.
  @inlinable
  public var isEmpty: Bool { string.utf8.isEmpty }

  /// Calls `body` with the bytes where they are.
  @inlinable
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if let result = string.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
    // Only a text that Foundation bridges is not in one piece, and there is none of those on Linux.
    return Array(string.utf8).withUnsafeBytes(body)
  }
}

extension Text: Hashable, Comparable {
  /// Whether the bytes are the same.
  @inlinable
  public static func == (one: Text, other: Text) -> Bool {
    guard one.string.utf8.count == other.string.utf8.count else { return false }
    return one.withBytes { one in other.withBytes { other in firstDifference(one, other) == one.count } }
  }

  /// The order of the bytes, as MongoDB and Redis sort.
  public static func < (one: Text, other: Text) -> Bool {
    one.withBytes { one in
      other.withBytes { other in
        let place = firstDifference(one, other)
        return place < min(one.count, other.count) ? one[place] < other[place] : one.count < other.count
      }
    }
  }

  /// Hashes the bytes, and an end that no UTF-8 holds.
  @inlinable
  public func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: $0) }
    hasher.combine(0xff as UInt8)
  }

  /// Where two texts part; the shorter one's length if they do not.
  @usableFromInline
  static func firstDifference(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Int {
    let count = min(one.count, other.count)
    var place = 0
    while place &+ 8 <= count,
      one.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        == other.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    {
      place &+= 8
    }
    while place < count, one[place] == other[place] { place &+= 1 }
    return place
  }
}

extension Text: ExpressibleByStringInterpolation, CustomStringConvertible, CustomDebugStringConvertible {
  /// A text of our own.
  @inlinable
  public init(stringLiteral value: String) { string = value }

  /// The text for people.
  public var description: String { string }
  /// The text in quotes, its odd characters escaped.
  public var debugDescription: String { string.debugDescription }
}

extension Text {
  /// Whether it begins with the bytes of another.
  public func hasPrefix(_ prefix: Text) -> Bool {
    withBytes { bytes in prefix.withBytes { Self.firstDifference(bytes, $0) == $0.count } }
  }

  /// Whether it ends with the bytes of another.
  public func hasSuffix(_ suffix: Text) -> Bool {
    let start = utf8.count - suffix.utf8.count
    guard start >= 0 else { return false }
    return withBytes { bytes in
      suffix.withBytes { Self.firstDifference(UnsafeRawBufferPointer(rebasing: bytes[start...]), $0) == $0.count }
    }
  }

  /// Whether it is an ASCII word, letters of either case being one.
  public func isWord(_ word: StaticString) -> Bool {
    withBytes { bytes in
      guard bytes.count == word.utf8CodeUnitCount else { return false }
      return bytes.indices.allSatisfy { Self.lowercased(bytes[$0]) == Self.lowercased(word.utf8Start[$0]) }
    }
  }

  /// The same with the letters A to Z in lower case.
  public var asciiLowercased: Text { Text(decoding: utf8.map(Self.lowercased)) }

  /// The parts between a byte of ASCII, empty ones too.
  public func split(on separator: UInt8) -> [Text] {
    utf8.split(separator: separator, omittingEmptySubsequences: false).map { Text(Substring($0)) }
  }

  /// The same without spaces and tabs around it.
  public var trimmed: Text {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    var rest = utf8[...]
    rest = rest.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return Text(Substring(rest))
  }

  /// The beginning for a message: at most so many bytes, cut between scalars.
  public func start(_ limitBytes: Int) -> String {
    guard utf8.count > limitBytes else { return string }
    var end = utf8.index(utf8.startIndex, offsetBy: limitBytes)
    while end > utf8.startIndex, utf8[end] & 0xc0 == 0x80 { utf8.formIndex(before: &end) }
    return String(string[..<end])
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
}

extension RawRepresentable where Self: CaseIterable, RawValue == String {
  /// The case of a word from outside; `init(rawValue:)` would compare by canonical equivalence.
  public init?(_ word: Text) {
    guard let known = Self.allCases.first(where: { Text($0.rawValue) == word }) else { return nil }
    self = known
  }
}
