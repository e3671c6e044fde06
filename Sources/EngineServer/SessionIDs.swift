import Orders

/// The secrets that sessions are named with: the process's name and a dot, if it has one; one character for the loop; and
/// 120 bits of the system's random source. A balancer finds a polling client's process by the first, a process the loop by
/// the second.
struct SessionIDs: Sendable {
  /// How many loops can be told apart.
  static let loopLimit = 64
  private static let randomBytes = 15
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  /// The name and the dot.
  private let beginning: [UInt8]

  /// Those of a process with this name, empty for none.
  init(process name: String) { beginning = name.isEmpty ? [] : Array(name.utf8) + [UInt8(ascii: ".")] }

  /// A fresh one of a loop.
  func next(loop: Int) -> Text {
    var generator = SystemRandomNumberGenerator()
    var text = beginning + [Self.alphabet[loop % Self.loopLimit]]
    for _ in 0..<(Self.randomBytes / 3) {
      let bits = generator.next() as UInt64
      for index in 0..<4 { text.append(Self.alphabet[Int(bits >> UInt64(6 * index) & 63)]) }
    }
    return Text(decoding: text)
  }

  /// Which loop a session belongs to; nil if no session of this process is named so.
  func loop(of sid: Text) -> Int? {
    guard sid.utf8.count == beginning.count + 1 + Self.randomBytes / 3 * 4, sid.utf8.starts(with: beginning),
      let first = sid.utf8.dropFirst(beginning.count).first
    else { return nil }
    return Self.alphabet.firstIndex(of: first)
  }
}
