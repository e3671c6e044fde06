import CCrypto

/// Digests, from OpenSSL's libcrypto.
public enum Digest {
  /// SHA-256 of some bytes, 32 bytes.
  public static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let input = Array(bytes)
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    _ = SHA256(input, input.count, &digest)
    return digest
  }

  /// SHA-256 of some bytes as 64 lower-case hex digits.
  public static func sha256Hex(_ bytes: some Collection<UInt8>) -> String { hex(sha256(bytes)) }

  /// HMAC-SHA-256 of some bytes, 32 bytes.
  public static func hmacSHA256(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    _ = HMAC(EVP_sha256(), key, Int32(clamping: key.count), bytes, bytes.count, &digest, nil)
    return digest
  }

  /// Two lower-case hex digits a byte.
  public static func hex(_ bytes: [UInt8]) -> String {
    var hex: [UInt8] = []
    hex.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      for nibble in [byte >> 4, byte & 15] { hex.append(nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x57) }
    }
    return String(decoding: hex, as: UTF8.self)
  }

  /// Whether two texts are equal, in a time that does not tell where they differ.
  public static func areEqual(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
    // In Swift `|` and `^` bind alike, from the left: without the inner brackets a later byte wipes a difference out.
    one.count == other.count && zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
