import Orders

/// A question's words by the rule before `SearchWords`: orders whose words are not yet renewed are found by them.
enum FormerSearchWords {
  /// Longer words are cut; a question's are cut the same way, so they still meet.
  static let wordLimitBytes = 32
  /// How many words a question may have.
  static let nameLimit = 8

  /// The words that an order must have, each as a start of one of its own; at most `nameLimit`.
  static func ofQuestion(_ text: Text) -> [Text] {
    let isPhone = text.utf8.allSatisfy { isDigit($0) || $0 == 0x20 || isPhoneMark($0) }
    if isPhone {
      let digits = cut(digits(of: text))
      return digits.isEmpty ? [] : [digits]
    }
    return Array(words(text).prefix(nameLimit))
  }

  /// Lower-cased words without the marks around them.
  private static func words(_ text: Text) -> [Text] {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return plainWords(text) }
    var words: [Text] = []
    for part in text.string.lowercased().unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
      let word = trimmed(part)
      guard !word.isEmpty else { continue }
      words.append(cut(Text(Substring(word))))
    }
    return words
  }

  /// The same for ASCII, on its bytes: most names need no table of Unicode.
  private static func plainWords(_ text: Text) -> [Text] {
    var words: [Text] = []
    let bytes = text.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    for part in bytes.split(whereSeparator: { $0 == 0x20 || (0x09...0x0d).contains($0) }) {
      guard let first = part.firstIndex(where: isWordByte), let last = part.lastIndex(where: isWordByte) else {
        continue
      }
      words.append(Text(decoding: part[first...last].prefix(wordLimitBytes)))
    }
    return words
  }

  /// A lower-case letter or a digit.
  private static func isWordByte(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7a).contains(byte) }

  /// From the first letter or digit to the last, with the marks that the last one carries.
  private static func trimmed(_ word: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    let kept = word.drop { !isWordScalar($0) }
    guard let last = kept.lastIndex(where: isWordScalar) else { return kept.prefix(0) }
    let rest = kept[kept.index(after: last)...]
    return kept[..<(rest.firstIndex { !isMark($0) } ?? rest.endIndex)]
  }

  private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  private static func digits(of text: Text) -> Text {
    Text(decoding: text.utf8.filter(isDigit))
  }

  private static func cut(_ word: Text) -> Text { Text(word.start(wordLimitBytes)) }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// `( ) + - . /`
  private static func isPhoneMark(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x28, 0x29, 0x2b, 0x2d, 0x2e, 0x2f: true
    default: false
    }
  }
}
