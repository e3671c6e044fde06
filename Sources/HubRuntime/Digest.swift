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
  public static func sha256Hex(_ bytes: some Collection<UInt8>) -> String {
    var hex: [UInt8] = []
    hex.reserveCapacity(64)
    for byte in sha256(bytes) {
      for nibble in [byte >> 4, byte & 15] { hex.append(nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x57) }
    }
    return String(decoding: hex, as: UTF8.self)
  }
}
