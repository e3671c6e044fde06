import CUnicode
import Orders

/// The digits of a number that people dial, however it was written.
///
/// What a national and an international writing have in common is the number within its country: that is what is stored
/// and asked for. No country need be set for that, for an international writing says how long its own country code is
/// (ITU-T E.164).
struct PhoneDigits {
  /// Whether a plus, or 00, stood before it.
  var isInternational: Bool
  /// ASCII digits, without the plus or 00.
  var digits: [UInt8]

  /// What a national writing may have before it is as long as this at most, so the end of it is the same in each.
  private static let endDigits = 10
  /// What people know of a number.
  private static let lastDigits = 4
  /// Fewer are the begin of a number, or another number than a phone's.
  private static let fewestDigits = 7
  /// More than a number has; E.164 allows 15.
  private static let limitDigits = 24
  /// With fewer behind it, 00 begins no number: it may be one that is filled up with zeros.
  private static let fewestAfterZeros = 8

  init(digits: [UInt8], hasPlus: Bool) {
    let startsWithZeros = digits.starts(with: [0x30, 0x30]) && digits.count >= 2 + Self.fewestAfterZeros
    isInternational = hasPlus || startsWithZeros
    self.digits = Array(digits.dropFirst(startsWithZeros && !hasPlus ? 2 : 0).prefix(Self.limitDigits))
  }

  /// The words by which it is found.
  var words: [Text] {
    let own = national
    var words = [Text(decoding: own)]
    // As typed without the plus.
    if isInternational { words.append(Text(decoding: digits)) }
    if own.count > Self.endDigits { words.append(Text(decoding: own.suffix(Self.endDigits))) }
    if own.count > Self.lastDigits { words.append(Text(decoding: Self.withoutZeros(own.suffix(Self.lastDigits)))) }
    return words
  }

  /// The word that it asks for; nil if there are no digits.
  var asked: Text? {
    guard !digits.isEmpty else { return nil }
    let own = national
    if own.isEmpty { return Text(decoding: digits) }
    // A number within its country is a start of the stored one; with more before it, its end is.
    return Text(decoding: own.count > Self.endDigits ? own.suffix(Self.endDigits) : own)
  }

  /// Without the country's code, and without the zero that is dialled before the number within a country.
  private var national: ArraySlice<UInt8> {
    if isInternational {
      let rest = digits.dropFirst(Self.countryCodeLength(digits))
      return rest.first == 0x30 ? rest.dropFirst() : rest
    }
    // Few digits may also be a number that is filled up with zeros.
    if digits.count < Self.fewestDigits { return Self.withoutZeros(digits[...]) }
    return digits.first == 0x30 ? digits.dropFirst() : digits[...]
  }

  /// The digits without zeros before them; of zeros alone one stays.
  static func withoutZeros(_ digits: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let own = digits.drop { $0 == 0x30 }
    return own.isEmpty ? digits.suffix(1) : own
  }

  /// How many digits the code of the country has: one in North America and Russia, two for those that were given one of
  /// two, three for all others. (ITU-T E.164, annexed list of assigned country codes.)
  private static func countryCodeLength(_ digits: [UInt8]) -> Int {
    guard let first = digits.first, let second = digits.dropFirst().first else { return min(1, digits.count) }
    if first == 0x31 || first == 0x37 { return 1 }
    let isOfTwo =
      switch (first & 0xf, second & 0xf) {
      case (2, 0), (2, 7), (3, 0...4), (3, 6), (3, 9), (4, 0), (4, 1), (4, 3...9), (5, 1...8), (6, 0...6): true
      case (8, 1), (8, 2), (8, 4), (8, 6), (9, 0...5), (9, 8): true
      default: false
      }
    return min(isOfTwo ? 2 : 3, digits.count)
  }
}

extension PhoneDigits {
  /// The numbers of a text of one, or two. An extension is left out: it is dialled when somebody has answered.
  static func all(in text: Text) -> [PhoneDigits] {
    var parts: [Part] = []
    var part = Part()
    for scalar in text.string.unicodeScalars.prefix(FoldedText.limitScalars) {
      switch Mark(scalar.value) {
      case .digit(let digit): part.digits.append(digit)
      case .plus:
        if !part.digits.isEmpty { parts.append(part) }
        part = Part(hasPlus: true)
      case .slash: part.slash = part.slash ?? part.digits.count
      case .filler: break
      case .other:
        if !part.digits.isEmpty { parts.append(part) }
        part = Part()
      }
    }
    if !part.digits.isEmpty { parts.append(part) }
    let whole = parts.flatMap(\.halves)
    return whole.enumerated().filter { $0.offset == 0 || $0.element.digits.count > 5 }.prefix(2).map {
      PhoneDigits(digits: $0.element.digits, hasPlus: $0.element.hasPlus)
    }
  }

  /// The number of a question that is one: digits with what stands between them, and an extension behind.
  init?(question text: Text) {
    var part = Part()
    var scalars = text.string.unicodeScalars.prefix(FoldedText.limitScalars)[...]
    while let scalar = scalars.first {
      switch Mark(scalar.value) {
      case .digit(let digit): part.digits.append(digit)
      case .plus where part.digits.isEmpty && !part.hasPlus: part.hasPlus = true
      case .slash, .filler: break
      case .plus, .other:
        guard part.digits.count > 5, Self.isExtension(scalars) else { return nil }
        scalars = scalars.prefix(1)
      }
      scalars.removeFirst()
    }
    if part.digits.isEmpty { return nil }
    self.init(digits: part.digits, hasPlus: part.hasPlus)
  }

  /// What is written before an extension.
  private static let extensionWords: Set<Text> = [
    "x", "ext", "extn", "extension", "dw", "durchwahl", "app", "poste", "int", "interno", "anexo", "ramal", "tst",
  ]

  /// `ext. 12`, `x12`, `#12`.
  private static func isExtension(_ scalars: Substring.UnicodeScalarView) -> Bool {
    let letters = scalars.prefix { (0x41...0x5a).contains($0.value & ~0x20) }
    let rest = scalars.dropFirst(letters.count)
    let word = Text(Substring(letters)).asciiLowercased
    let isSign = letters.isEmpty && (rest.first == "#" || rest.first == ",")
    guard isSign || extensionWords.contains(word) else { return false }
    return rest.dropFirst(isSign ? 1 : 0).allSatisfy {
      switch Mark($0.value) {
      case .digit, .filler, .slash: true
      case .plus, .other: false
      }
    }
  }

  /// One number as it is read.
  private struct Part {
    var digits: [UInt8] = []
    var hasPlus = false
    /// How many digits stand before the first slash.
    var slash: Int?

    /// Two where a slash stands between more digits than one has.
    var halves: [Part] {
      guard let slash, digits.count > 15, slash > 5 else { return [self] }
      return [
        Part(digits: Array(digits.prefix(slash)), hasPlus: hasPlus), Part(digits: Array(digits.dropFirst(slash))),
      ]
    }
  }

  /// What a character is to a number.
  private enum Mark {
    case digit(UInt8), plus, slash
    /// Blanks, brackets, dots, hyphens, and what is not seen.
    case filler
    case other

    init(_ value: UInt32) {
      let digit = hub_digit(value)
      self =
        switch value {
        case _ where digit >= 0: .digit(0x30 + UInt8(truncatingIfNeeded: digit))
        case 0x2b, 0xff0b: .plus
        case 0x2f, 0xff0f: .slash
        case 0x20, 0x28, 0x29, 0x2d, 0x2e, 0xff08, 0xff09, 0xff0e: .filler
        case 0x200b...0x200f, 0x202a...0x202e, 0x2060...0x2069, 0xfeff: .filler
        case _ where hub_is_white(value) || OwnLetters.isHyphen(value): .filler
        default: .other
        }
    }
  }
}
