import Orders

/// The words an order is found by, and the words of a question, made the same way.
enum SearchTokens {
  /// Longer words are cut; a question's are cut the same way, so they still meet.
  static let wordLimitBytes = 32
  /// How many words of a customer's name count.
  static let nameLimit = 8

  /// An order's number, its last digits without zeros before them, the words of the name, the digits of the phone.
  static func of(_ order: Order) -> [String] {
    var tokens: [String] = []
    tokens.reserveCapacity(8)
    func add(_ token: String?) {
      if let token, !token.isEmpty, !tokens.contains(token) { tokens.append(token) }
    }
    add(cut(order.number.lowercased()))
    add(lastDigits(of: order.number))
    for word in words(order.customer.name).prefix(nameLimit) { add(word) }
    if let phone = order.customer.phone {
      let digits = digits(of: phone)
      add(cut(digits))
      for length in [10, 4] where digits.utf8.count > length { add(String(digits.suffix(length))) }
    }
    return tokens
  }

  /// The words that an order must have, each as a start of one of its own; at most `nameLimit`.
  static func ofQuestion(_ text: String) -> [String] {
    let isPhone = text.utf8.allSatisfy { isDigit($0) || $0 == 0x20 || isPhoneMark($0) }
    if isPhone {
      let digits = cut(digits(of: text))
      return digits.isEmpty ? [] : [digits]
    }
    return Array(words(text, splitsHyphens: false).prefix(nameLimit))
  }

  /// Lower-cased words without the marks around them; a hyphened name gives its parts too.
  private static func words(_ text: String, splitsHyphens: Bool = true) -> [String] {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return plainWords(text, splitsHyphens: splitsHyphens) }
    var words: [String] = []
    for part in text.lowercased().split(whereSeparator: \.isWhitespace) {
      let word = trimmed(part)
      guard !word.isEmpty else { continue }
      words.append(cut(String(word)))
      guard splitsHyphens, word.utf8.contains(0x2d) else { continue }
      for piece in word.split(separator: "-").dropFirst() { words.append(cut(String(piece))) }
    }
    return words
  }

  /// The same for ASCII, on its bytes: most names need no table of Unicode.
  private static func plainWords(_ text: String, splitsHyphens: Bool) -> [String] {
    var words: [String] = []
    let bytes = text.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    for part in bytes.split(whereSeparator: { $0 == 0x20 || (0x09...0x0d).contains($0) }) {
      guard let first = part.firstIndex(where: isWordByte), let last = part.lastIndex(where: isWordByte) else {
        continue
      }
      let word = part[first...last]
      words.append(String(decoding: word.prefix(wordLimitBytes), as: UTF8.self))
      guard splitsHyphens, word.contains(0x2d) else { continue }
      for piece in word.split(separator: 0x2d).dropFirst() {
        words.append(String(decoding: piece.prefix(wordLimitBytes), as: UTF8.self))
      }
    }
    return words
  }

  /// A lower-case letter or a digit.
  private static func isWordByte(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7a).contains(byte) }

  private static func trimmed(_ word: Substring) -> Substring {
    let kept = word.drop { !$0.isLetter && !$0.isNumber }
    guard let last = kept.lastIndex(where: { $0.isLetter || $0.isNumber }) else { return "" }
    return kept[...last]
  }

  private static func lastDigits(of number: String) -> String? {
    let digits = number.utf8.reversed().prefix(while: isDigit).reversed().drop { $0 == 0x30 }
    return digits.isEmpty ? nil : cut(String(decoding: digits, as: UTF8.self))
  }

  private static func digits(of text: String) -> String {
    String(decoding: text.utf8.filter(isDigit), as: UTF8.self)
  }

  private static func cut(_ word: String) -> String {
    guard word.utf8.count > wordLimitBytes else { return word }
    var scalars = String.UnicodeScalarView()
    var bytes = 0
    for scalar in word.unicodeScalars {
      bytes += UTF8.width(scalar)
      if bytes > wordLimitBytes { break }
      scalars.append(scalar)
    }
    return String(scalars)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// `( ) + - . /`
  private static func isPhoneMark(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x28, 0x29, 0x2b, 0x2d, 0x2e, 0x2f: true
    default: false
    }
  }
}
