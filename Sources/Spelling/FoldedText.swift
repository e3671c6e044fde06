import CUnicode
import Orders

/// A text as search sees it: pieces of letters and digits, one spelling of each letter, and what stands between them.
///
/// Each character is folded by itself (NFKC_Casefold, taken apart), so that a text costs what its length costs, however
/// its marks are heaped. Of the marks those go that only change how a letter is said: above, below and across it, and
/// the points of Hebrew and Arabic (combining classes 1, 10 to 35, and from 200 on). Those that are letters of their own
/// stay: vowel signs, viramas, the marks of voice in Kana.
struct FoldedText {
  /// What stands before a piece.
  enum Gap: Int {
    /// Anything else within a word: an apostrophe, a slash, a dot.
    case mark
    case hyphen
    /// A new word begins.
    case blank
  }

  /// Letters and digits without anything between them.
  struct Piece {
    /// Where it stands among the scalars.
    var place: Range<Int>
    var gap: Gap
    var hasLetter = false
    var hasDigit = false
    /// Of a script that is written without blanks; such a piece is a word.
    var isIdeographic = false
    /// Whether a plus stands right before it.
    var followsPlus = false
  }

  /// The letters and digits of all pieces, and behind a letter that has two spellings the letter of its longer one, as
  /// `second` marks it.
  private(set) var scalars: [UInt32] = []
  private(set) var pieces: [Piece] = []

  /// How much of a text is read; a name has at most 200 characters.
  static let limitScalars = 256
  /// Added to a letter that only stands in the longer spelling: ü is u, and ue.
  static let second: UInt32 = 0x11_0000

  private var isOpen = false
  private var gap = Gap.blank
  private var isAfterPlus = false

  init(_ text: Text) {
    scalars.reserveCapacity(min(text.utf8.count, Self.limitScalars))
    for scalar in text.string.unicodeScalars.prefix(Self.limitScalars) {
      if scalar.value < 0x80 { takeASCII(scalar.value) } else { take(scalar.value) }
    }
  }

  private mutating func takeASCII(_ value: UInt32) {
    switch value {
    case 0x61...0x7a: append(value)
    case 0x41...0x5a: append(value | 0x20)
    case 0x30...0x39: append(value, isDigit: true)
    case 0...0x20: separate(.blank)
    case 0x2d: separate(.hyphen)
    case 0x2b:
      separate(.mark)
      isAfterPlus = true
    default: separate(.mark)
    }
  }

  private mutating func take(_ value: UInt32) {
    // These would be taken apart into a blank and a mark.
    if OwnLetters.isApostrophe(value) { return separate(.mark) }
    if OwnLetters.isHyphen(value) { return separate(.hyphen) }
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 32) { units in
      let count = hub_fold(value, units.baseAddress, 32)
      if count < 0 { return place(value) }
      var index = 0
      while index < count {
        var scalar = UInt32(units[index])
        if scalar & 0xfc00 == 0xd800, index + 1 < count {
          scalar = 0x1_0000 + (scalar & 0x3ff) << 10 + UInt32(units[index + 1] & 0x3ff)
          index += 1
        }
        index += 1
        place(scalar)
      }
    }
  }

  /// A scalar that is folded already.
  private mutating func place(_ value: UInt32) {
    if value < 0x80 { return takeASCII(value) }
    let combining = hub_combining_class(value)
    if combining == 1 || (10...35).contains(combining) || combining >= 200 { return drop(value) }
    if let letters = OwnLetters.spelling(of: value) {
      for letter in letters { append(letter) }
      return
    }
    let digit = hub_digit(value)
    if digit >= 0 { return append(0x30 + UInt32(digit), isDigit: true) }
    if hub_is_word(value) { return append(value, isIdeographic: hub_is_ideographic(value)) }
    separate(hub_is_white(value) ? .blank : .mark)
  }

  /// A mark that goes; where Germans and Scandinavians write a second letter for it, that one is noted.
  private mutating func drop(_ mark: UInt32) {
    guard isOpen, let last = scalars.last else { return }
    switch (last, mark) {
    case (0x61, 0x308), (0x6f, 0x308), (0x75, 0x308): append(Self.second + 0x65)
    case (0x61, 0x30a): append(Self.second + 0x61)
    default: break
    }
  }

  private mutating func append(_ value: UInt32, isDigit: Bool = false, isIdeographic: Bool = false) {
    if !isOpen || pieces[pieces.count - 1].isIdeographic != isIdeographic {
      // Two scripts side by side are two words.
      var piece = Piece(place: scalars.count..<scalars.count, gap: isOpen || isIdeographic ? .blank : gap)
      if !isOpen, let last = pieces.last, last.isIdeographic { piece.gap = .blank }
      piece.isIdeographic = isIdeographic
      piece.followsPlus = isAfterPlus
      pieces.append(piece)
      isOpen = true
    }
    scalars.append(value)
    let last = pieces.count - 1
    pieces[last].place = pieces[last].place.lowerBound..<scalars.count
    if isDigit { pieces[last].hasDigit = true } else { pieces[last].hasLetter = true }
    gap = .mark
    isAfterPlus = false
  }

  /// Ends the piece; the strongest of what follows counts.
  private mutating func separate(_ kind: Gap) {
    isOpen = false
    isAfterPlus = false
    if pieces.isEmpty || kind.rawValue > gap.rawValue { gap = pieces.isEmpty ? .blank : kind }
  }
}

/// What Unicode's tables do not fold, and people do.
enum OwnLetters {
  /// Letters that are taken for one letter and a stroke, or for two, as people without them on their keys write them.
  static func spelling(of value: UInt32) -> [UInt32]? {
    switch value {
    case 0xf8: [0x6f, FoldedText.second + 0x65]  // ø
    case 0xe6: [0x61, 0x65]  // æ
    case 0x153: [0x6f, 0x65]  // œ
    case 0x111, 0xf0: [0x64]  // đ ð
    case 0xfe: [0x74, 0x68]  // þ
    case 0x127: [0x68]  // ħ
    case 0x131: [0x69]  // ı
    case 0x142: [0x6c]  // ł
    case 0x167: [0x74]  // ŧ
    case 0x14b: [0x6e]  // ŋ
    default: nil
    }
  }

  /// Straight, curly, typed as an accent, or a letter's: ´ ʹ ʻ ʼ ʽ ˈ ‘ ’ ‛ ′ ‵ ꞌ ＇ ｀
  static func isApostrophe(_ value: UInt32) -> Bool {
    switch value {
    case 0xb4, 0x2b9, 0x2bb, 0x2bc, 0x2bd, 0x2c8, 0x2018, 0x2019, 0x201b, 0x2032, 0x2035, 0xa78c, 0xff07, 0xff40: true
    default: false
    }
  }

  /// Hyphens and dashes of any length, and minus.
  static func isHyphen(_ value: UInt32) -> Bool {
    switch value {
    case 0x2010...0x2015, 0x2212, 0xfe58, 0xfe63, 0xff0d: true
    default: false
    }
  }
}
