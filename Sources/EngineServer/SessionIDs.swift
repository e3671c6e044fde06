import Orders

/// The secrets that sessions are named with: one character for the loop, and 120 bits of the system's random source.
enum SessionIDs {
  /// How many loops can be told apart.
  static let loopLimit = 64
  private static let randomBytes = 15
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// A fresh one of a loop.
  static func next(loop: Int) -> Text {
    var generator = SystemRandomNumberGenerator()
    var text = [alphabet[loop % loopLimit]]
    for _ in 0..<(randomBytes / 3) {
      let bits = generator.next() as UInt64
      for index in 0..<4 { text.append(alphabet[Int(bits >> UInt64(6 * index) & 63)]) }
    }
    return Text(decoding: text)
  }

  /// Which loop a session belongs to; nil if no session is named so.
  static func loop(of sid: Text) -> Int? {
    guard sid.utf8.count == 1 + randomBytes / 3 * 4, let first = sid.utf8.first else { return nil }
    return alphabet.firstIndex(of: first)
  }
}
