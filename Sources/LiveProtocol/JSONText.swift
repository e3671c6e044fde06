public import Orders

/// The text inside JSON strings, both ways.
public enum JSONText {
  /// Appends a JSON string: quotes, and what must be escaped escaped.
  public static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5c:
        bytes.append(0x5c)
        bytes.append(byte)
      case 0..<0x20:
        bytes += Array("\\u00".utf8)
        bytes.append(hexDigit(byte >> 4))
        bytes.append(hexDigit(byte & 15))
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }

  /// Appends a JSON string.
  public static func append(_ text: Text, to bytes: inout [UInt8]) { append(text.string, to: &bytes) }

  /// An object of strings.
  public static func object(_ members: [(name: String, text: String)]) -> [UInt8] {
    var json: [UInt8] = [0x7b]
    for (name, text) in members {
      if json.count > 1 { json.append(0x2c) }
      append(name, to: &json)
      json.append(0x3a)
      append(text, to: &json)
    }
    return json + [0x7d]
  }

  /// The text of a JSON string that a scanner has stepped over, given with its quotes. Nil if half of a surrogate pair
  /// stands alone.
  package static func decode(_ string: UnsafeRawBufferPointer) -> Text? {
    var units: [UInt8] = []
    var position = 1
    while position < string.count - 1 {
      guard string[position] == 0x5c else {
        units.append(string[position])
        position += 1
        continue
      }
      guard let (scalar, length) = escaped(string, at: position) else { return nil }
      units += UTF8.encode(scalar).map(Array.init) ?? []
      position += length
    }
    return Text(decoding: units)
  }

  private static func escaped(_ string: UnsafeRawBufferPointer, at position: Int) -> (Unicode.Scalar, Int)? {
    switch string[position + 1] {
    case 0x62: return ("\u{8}", 2)
    case 0x66: return ("\u{c}", 2)
    case 0x6e: return ("\n", 2)
    case 0x72: return ("\r", 2)
    case 0x74: return ("\t", 2)
    case 0x75: break
    default: return (Unicode.Scalar(string[position + 1]), 2)
    }
    guard let first = unit(string, at: position + 2) else { return nil }
    guard (0xd800...0xdfff).contains(first) else { return Unicode.Scalar(first).map { ($0, 6) } }
    guard first < 0xdc00, position + 12 <= string.count - 1, string[position + 6] == 0x5c, string[position + 7] == 0x75,
      let second = unit(string, at: position + 8), (0xdc00...0xdfff).contains(second)
    else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)).map { ($0, 12) }
  }

  private static func unit(_ string: UnsafeRawBufferPointer, at position: Int) -> UInt32? {
    guard position + 4 <= string.count else { return nil }
    var value: UInt32 = 0
    for index in position..<(position + 4) {
      guard let digit = hexValue(string[index]) else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x57 }
}
