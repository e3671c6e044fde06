import CUnicode
import Orders

extension FoldedText {
  /// Longer words are cut; a question's are cut the same way, so they still meet.
  static let wordLimitBytes = 32
  /// So many letters of a word are read.
  private static let letterLimit = 64

  /// The pieces of each word.
  var words: [ArraySlice<Piece>] {
    var words: [ArraySlice<Piece>] = []
    var start = pieces.startIndex
    for index in pieces.indices.dropFirst() where pieces[index].gap == .blank {
      words.append(pieces[start..<index])
      start = index
    }
    if start < pieces.endIndex { words.append(pieces[start...]) }
    return words
  }

  /// The pieces as one word.
  func joined(_ pieces: ArraySlice<Piece>) -> Text { Self.word(letters(of: pieces).filter { $0 < Self.second }) }

  /// The same in the longer spelling, where there is one: Mueller for Müller, Aase for Åse.
  func joinedLong(_ pieces: ArraySlice<Piece>) -> Text? {
    let letters = letters(of: pieces)
    guard letters.contains(where: { $0 >= Self.second }) else { return nil }
    return Self.word(letters.map { $0 >= Self.second ? $0 - Self.second : $0 })
  }

  /// The same in the shorter spelling, where it may have one: Muller for Mueller.
  func joinedShort(_ pieces: ArraySlice<Piece>) -> Text? {
    var short: [UInt32] = []
    var isShorter = false
    for letter in letters(of: pieces) where letter < Self.second {
      switch (short.last, letter) {
      case (0x61, 0x65), (0x6f, 0x65), (0x75, 0x65), (0x61, 0x61): isShorter = true
      default: short.append(letter)
      }
    }
    return isShorter ? Self.word(short) : nil
  }

  /// The digits of pieces that have nothing else.
  func digits(of pieces: ArraySlice<Piece>) -> [UInt8] {
    letters(of: pieces).map { UInt8(truncatingIfNeeded: $0) }
  }

  /// The ends of a piece of a script without blanks, the whole of it first: a name is found by any part of it.
  func ends(of piece: Piece, limit: Int) -> [Text] {
    piece.place.lazy.filter { $0 == piece.place.lowerBound || beginsCharacter($0) }.prefix(limit).map {
      Self.word(Array(scalars[$0..<piece.place.upperBound].prefix(Self.letterLimit)))
    }
  }

  /// Not a mark, nor a later part of a Hangul syllable that was taken apart (U+1160 to U+11FF).
  private func beginsCharacter(_ place: Int) -> Bool {
    hub_combining_class(scalars[place]) == 0 && !(0x1160...0x11ff).contains(scalars[place])
  }

  private func letters(of pieces: ArraySlice<Piece>) -> [UInt32] {
    var letters: [UInt32] = []
    letters.reserveCapacity(16)
    for piece in pieces {
      letters += scalars[piece.place].prefix(Self.letterLimit - letters.count)
      if letters.count >= Self.letterLimit { break }
    }
    return letters
  }

  /// Letters as a word: put together where they were taken apart, and cut.
  private static func word(_ letters: [UInt32]) -> Text {
    if letters.allSatisfy({ $0 < 0x80 }) {
      return Text(decoding: letters.prefix(wordLimitBytes).map { UInt8(truncatingIfNeeded: $0) })
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: letters.compactMap(Unicode.Scalar.init))
    return Text(Text(composed(String(view)) ?? String(view)).start(wordLimitBytes))
  }
}

/// The text in NFC; nil if it grows past what NFC can make of it. Marks cost the square of how many stand in a row:
/// whoever calls bounds them.
func composed(_ text: String) -> String? {
  let units = Array(text.utf16)
  // No character has more than three times its length in NFC (Unicode Standard Annex 15, table of expansion).
  let capacity = 3 * units.count + 1
  return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: capacity) { room in
    let count = hub_compose(units, Int32(units.count), room.baseAddress, Int32(capacity))
    return count < 0 ? nil : String(decoding: room.prefix(Int(count)), as: UTF16.self)
  }
}
