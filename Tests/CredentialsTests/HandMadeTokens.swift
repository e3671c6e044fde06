import Foundation

/// Tokens made without the library under test: SHA-256 and HMAC written out (FIPS 180-4, RFC 2104).
enum HandMade {
  static func token(header: String, payload: String, secret: String) -> String {
    let signed = base64URL(Array(header.utf8)) + "." + base64URL(Array(payload.utf8))
    return signed + "." + base64URL(hmac(Array(signed.utf8), key: Array(secret.utf8)))
  }

  static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }

  static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    var block = key.count > 64 ? sha256(key) : key
    block += [UInt8](repeating: 0, count: 64 - block.count)
    return sha256(block.map { $0 ^ 0x5c } + sha256(block.map { $0 ^ 0x36 } + message))
  }

  static func sha256(_ message: [UInt8]) -> [UInt8] {
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    let bits = UInt64(message.count) * 8
    for shift in stride(from: UInt64(56), through: 0, by: -8) { padded.append(UInt8(bits >> shift & 0xff)) }
    var hash = fractions(count: 8, root: 2)
    let constants = fractions(count: 64, root: 3)
    for start in stride(from: 0, to: padded.count, by: 64) {
      var words = (0..<16).map { index in
        padded[(start + 4 * index)..<(start + 4 * index + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
      for index in 16..<64 {
        let first = rotate(words[index - 15], 7) ^ rotate(words[index - 15], 18) ^ words[index - 15] >> 3
        let second = rotate(words[index - 2], 17) ^ rotate(words[index - 2], 19) ^ words[index - 2] >> 10
        words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
      }
      var state = hash
      for index in 0..<64 {
        let (a, e) = (state[0], state[4])
        let choice = (e & state[5]) ^ (~e & state[6])
        let majority = (a & state[1]) ^ (a & state[2]) ^ (state[1] & state[2])
        let mixed = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        let one = state[7] &+ mixed &+ choice &+ constants[index] &+ words[index]
        let two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
        state = [one &+ two, a, state[1], state[2], state[3] &+ one, e, state[5], state[6]]
      }
      hash = zip(hash, state).map { $0 &+ $1 }
    }
    return hash.flatMap { word in [24, 16, 8, 0].map { UInt8(word >> $0 & 0xff) } }
  }

  private static func rotate(_ word: UInt32, _ by: UInt32) -> UInt32 { word >> by | word << (32 - by) }

  /// The first 32 bits of the fractions of the square or cube roots of the first primes.
  private static func fractions(count: Int, root: Int) -> [UInt32] {
    var primes: [Int] = []
    var next = 2
    while primes.count < count {
      if primes.allSatisfy({ next % $0 != 0 }) { primes.append(next) }
      next += 1
    }
    return primes.map { prime in
      let value = root == 2 ? sqrt(Double(prime)) : cbrt(Double(prime))
      return UInt32((value - value.rounded(.down)) * 4_294_967_296)
    }
  }
}
