public import Orders

/// A key that secrets are sealed under. It stands in no log: only its `id` is told.
public struct SecretKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
  let bytes: [UInt8]
  /// What it is known by: 16 hex digits made of it, which tell nothing of it.
  public let id: Text

  /// What a key may be, for a message.
  public static let allowed = "32 bytes, as 64 hex digits or in Base64: openssl rand -hex 32"

  /// Reads 64 hex digits, or 32 bytes in Base64; nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.count <= 64, let bytes = Self.hex(text) ?? Self.base64(text), bytes.count == AES256GCM.keyBytes
    else { return nil }
    self.bytes = bytes
    id = Text(
      Digest.hex(Array(Digest.hmacSHA256(key: bytes, Array("orderhub: id of a key of secrets".utf8)).prefix(8))))
  }

  /// The id alone.
  public var description: String { "key \(id)" }
  /// The id alone.
  public var debugDescription: String { description }

  private static func hex(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for at in stride(from: 0, to: digits.count, by: 2) {
      guard let high = nibble(digits[at]), let low = nibble(digits[at + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x41 + 10
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }

  /// 43 digits of either alphabet, and a `=` or not.
  private static func base64(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    if digits.last == UInt8(ascii: "=") { digits.removeLast() }
    guard digits.count == 43 else { return nil }
    var (bytes, held, bits): ([UInt8], UInt32, Int) = ([], 0, 0)
    for digit in digits {
      let value: UInt32
      switch digit {
      case 0x41...0x5a: value = UInt32(digit - 0x41)
      case 0x61...0x7a: value = UInt32(digit - 0x61) + 26
      case 0x30...0x39: value = UInt32(digit - 0x30) + 52
      case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
      case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
      default: return nil
      }
      held = (held << 6 | value) & 0xffff
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
    }
    // What is left over is no bit of a byte, and has one spelling.
    return held & 0x3 == 0 ? bytes : nil
  }
}
