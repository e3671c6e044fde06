import Glibc
import Orders

/// Reads one BSON document in place. Good only while the bytes are.
///
/// A field is looked for from where the last one was found, so a document read in the order it was written costs one
/// comparison a field; in any other order it is still found. Every length is checked against the document's.
struct BSONReader {
  private let base: UnsafeRawPointer
  private let end: Int
  private var place = 4

  /// Looks at a document; its own length must fit the bytes given.
  init(_ bytes: UnsafeRawBufferPointer) throws(BSONError) {
    guard let base = bytes.baseAddress, bytes.count >= 5 else { throw .malformed }
    let length = Int(Int32(littleEndian: base.loadUnaligned(as: Int32.self)))
    guard length >= 5, length <= bytes.count, base.load(fromByteOffset: length - 1, as: UInt8.self) == 0 else {
      throw .malformed
    }
    self.base = base
    end = length - 1
  }

  /// The value of a field, if it is there and not null.
  mutating func find(_ key: StaticString) throws(BSONError) -> BSONValue? {
    var at = place
    var wrapped = false
    while true {
      if at >= end {
        guard !wrapped else { return nil }
        wrapped = true
        at = 4
      }
      if wrapped, at >= place { return nil }
      let element = try element(at)
      if has(key, element) {
        place = element.next
        return element.value.type == .null ? nil : element.value
      }
      at = element.next
    }
  }

  /// The next field as it comes; nil at the end.
  mutating func next() throws(BSONError) -> (name: Text, value: BSONValue)? {
    guard place < end else { return nil }
    let element = try element(place)
    place = element.next
    let name = UnsafeRawBufferPointer(start: base + element.key, count: element.keyLength)
    return (Text(decoding: name), element.value)
  }

  /// The next value as it comes, for arrays; nil at the end.
  mutating func nextValue() throws(BSONError) -> BSONValue? {
    guard place < end else { return nil }
    let element = try element(place)
    place = element.next
    return element.value
  }

  private struct Element {
    let key: Int
    let keyLength: Int
    let value: BSONValue
    let next: Int
  }

  private func has(_ key: StaticString, _ element: Element) -> Bool {
    element.keyLength == key.utf8CodeUnitCount && memcmp(base + element.key, key.utf8Start, element.keyLength) == 0
  }

  private func element(_ at: Int) throws(BSONError) -> Element {
    let key = at + 1
    guard key < end else { throw .malformed }
    let length = strnlen((base + key).assumingMemoryBound(to: CChar.self), end - key)
    let value = key + length + 1
    guard value <= end else { throw .malformed }
    guard let type = BSONType(rawValue: base.load(fromByteOffset: at, as: UInt8.self)) else {
      throw .wrong("a type that is not read here")
    }
    let size = try size(of: type, at: value)
    guard size >= 0, size <= end - value else { throw .malformed }
    return Element(
      key: key, keyLength: length,
      value: BSONValue(type: type, bytes: UnsafeRawBufferPointer(start: base + value, count: size)),
      next: value + size)
  }

  private func size(of type: BSONType, at value: Int) throws(BSONError) -> Int {
    switch type {
    case .double, .date, .int64, .timestamp: return 8
    case .decimal: return 16
    case .expression: return expressionSize(at: value)
    case .int32: return 4
    case .bool: return 1
    case .identifier: return 12
    case .null, .undefined, .minKey, .maxKey: return 0
    case .string, .document, .array, .binary, .code, .symbol, .pointer, .scopedCode:
      guard end - value >= 4 else { throw .malformed }
      let length = Int(Int32(littleEndian: base.loadUnaligned(fromByteOffset: value, as: Int32.self)))
      switch type {
      case .string, .code, .symbol: return length >= 1 ? length + 4 : -1
      case .pointer: return length >= 1 ? length + 16 : -1
      case .scopedCode: return length >= 14 ? length : -1
      case .binary: return length >= 0 ? length + 5 : -1
      default: return length >= 5 ? length : -1
      }
    }
  }
}

extension BSONReader {
  /// A regular expression: two texts, each with a NUL behind it.
  private func expressionSize(at value: Int) -> Int {
    let first = strnlen((base + value).assumingMemoryBound(to: CChar.self), end - value) + 1
    guard first <= end - value else { return -1 }
    let second = strnlen((base + value + first).assumingMemoryBound(to: CChar.self), end - value - first) + 1
    return first + second
  }
}

/// One value in a document. Good only while the bytes are.
struct BSONValue {
  let type: BSONType
  let bytes: UnsafeRawBufferPointer

  /// A whole number of any numeric type.
  var integer: Int64? {
    switch type {
    case .int64: Int64(littleEndian: bytes.loadUnaligned(as: Int64.self))
    case .int32: Int64(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
    case .double: Int64(exactly: Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))))
    default: nil
    }
  }

  var text: Text? {
    guard type == .string else { return nil }
    return Text(decoding: UnsafeRawBufferPointer(rebasing: bytes[4..<(bytes.count - 1)]))
  }

  var textBytes: [UInt8]? { type == .string ? Array(bytes[4..<(bytes.count - 1)]) : nil }

  func identifier<Entity>(_ entity: Entity.Type) -> Identifier<Entity>? {
    guard type == .identifier else { return nil }
    return Identifier(
      high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
      low: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
  }

  func reader() throws(BSONError) -> BSONReader {
    guard type == .document || type == .array else { throw .wrong("a value that is no document") }
    return try BSONReader(bytes)
  }
}
