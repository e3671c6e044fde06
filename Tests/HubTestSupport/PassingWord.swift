/// Finds a word in bytes that come piece by piece.
public struct PassingWord: Sendable {
  private let word: [UInt8]
  /// The end of what came before: the word may have begun there.
  private var tail: [UInt8] = []

  /// Looks for this word.
  public init(_ word: String) { self.word = Array(word.utf8) }

  /// Takes the next piece; whether the word ends in it.
  public mutating func ends(in piece: some Sequence<UInt8>) -> Bool {
    let text = tail + piece
    tail = Array(text.suffix(max(0, word.count - 1)))
    return text.firstRange(of: word) != nil
  }
}
