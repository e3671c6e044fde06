public import Orders

/// The words by which an order is found, and the words of a question, by one rule.
///
/// A question's word finds an order that has a word which begins so. So that each has one form in a question, an order
/// has all that people may write: Müller is stored as muller and mueller, O'Brien as obrien and brien, 山田 as both its
/// ends, ORD-2026-001234 with and without what stands before its digits, a phone by its number within its country.
public enum SearchWords {
  /// Stands first among the words that are stored. A word of a question never begins so. It changes with the rule, and
  /// what is stored by another rule is then renewed, see `OrderStore.renewSearch`.
  public static let mark: Text = "~2"
  /// The most words that are stored of an order.
  public static let limit = 40
  /// How many words of a name count, and how many a question may have.
  public static let nameLimit = 8
  /// How many characters of a name that is written without blanks begin a word.
  static let endLimit = 16

  /// The words of an order with this number, and this customer.
  public static func of(number: String, name: Text, phone: Text?) -> [Text] {
    var words = WordList()
    let code = FoldedText(Text(number))
    for word in code.words { words.add(code, word) }
    let folded = FoldedText(name)
    for word in folded.words.prefix(nameLimit) { words.add(folded, word) }
    if let phone {
      for number in PhoneDigits.all(in: phone) {
        for word in number.words { words.add(word) }
      }
    }
    return words.list
  }

  /// The words that an order must have, each as a start of one of its own; at most `nameLimit`, none if the question has
  /// no letter and no digit.
  public static func ofQuestion(_ text: Text) -> [Text] {
    if let number = PhoneDigits(question: text)?.asked { return [number] }
    let folded = FoldedText(text)
    var asked: [Text] = []
    var words = folded.words[...]
    while let word = words.popFirst(), asked.count < nameLimit {
      guard !word.contains(where: \.hasLetter), let first = word.first else {
        asked += named(word, in: folded)
        continue
      }
      var digits = folded.digits(of: word)
      // A number's groups are one number; others may be a street's or a year.
      if first.followsPlus || digits.first == 0x30 {
        while let next = words.first, !next.contains(where: \.hasLetter), next.first?.followsPlus == false {
          digits += folded.digits(of: next)
          words.removeFirst()
        }
      }
      if let number = PhoneDigits(digits: digits, hasPlus: first.followsPlus).asked { asked.append(number) }
    }
    var unique: [Text] = []
    for word in asked.prefix(nameLimit) where !word.isEmpty && !unique.contains(word) { unique.append(word) }
    return unique
  }

  /// The number of an invoice that a question is, whole or without what stands before it: `INV-2026-000012`, `2026-12`.
  public static func invoiceNumber(in question: Text) -> Text? {
    let folded = FoldedText(question)
    guard folded.words.count == 1, var parts = folded.words.first else { return nil }
    if let first = parts.first, !first.hasDigit {
      guard folded.joined(parts.prefix(1)) == "inv" else { return nil }
      parts.removeFirst()
    }
    guard parts.count == 2, !parts.contains(where: \.hasLetter), let first = parts.first else { return nil }
    let year = folded.digits(of: parts.prefix(1))
    let number = folded.digits(of: parts.dropFirst()).drop { $0 == 0x30 }
    guard year.count == 4, (1...18).contains(number.count), !first.followsPlus else { return nil }
    let zeros = [UInt8](repeating: 0x30, count: max(0, 6 - number.count))
    return Text(decoding: Array("INV-".utf8) + year + [0x2d] + zeros + number)
  }

  /// A word with letters: the parts of a hyphened name are asked for one by one, for others write it without the hyphen.
  private static func named(_ word: ArraySlice<FoldedText.Piece>, in folded: FoldedText) -> [Text] {
    if word.contains(where: \.hasDigit) { return [folded.joined(word)] }
    return parts(of: word).map(folded.joined)
  }
}

/// The parts of a word between its hyphens.
private func parts(of word: ArraySlice<FoldedText.Piece>) -> [ArraySlice<FoldedText.Piece>] {
  var parts: [ArraySlice<FoldedText.Piece>] = []
  var start = word.startIndex
  for index in word.indices.dropFirst() where word[index].gap == .hyphen {
    parts.append(word[start..<index])
    start = index
  }
  return parts + [word[start...]]
}

/// Words, each once, and no more than may be stored.
private struct WordList {
  private(set) var list: [Text]

  init() {
    list = []
    list.reserveCapacity(12)
    list.append(SearchWords.mark)
  }

  mutating func add(_ word: Text?) {
    guard let word, !word.isEmpty, list.count < SearchWords.limit, !list.contains(word) else { return }
    list.append(word)
  }

  /// All forms of one word.
  mutating func add(_ folded: FoldedText, _ word: ArraySlice<FoldedText.Piece>) {
    guard let first = word.first else { return }
    if first.isIdeographic {
      for end in folded.ends(of: first, limit: SearchWords.endLimit) { add(end) }
    } else if !word.contains(where: \.hasLetter) {
      addNumber(folded.digits(of: word))
    } else if word.contains(where: \.hasDigit) {
      // A code is found from any of its parts on, as in 2026-001234.
      for start in word.indices {
        let rest = word[start...]
        if rest.contains(where: \.hasLetter) { add(folded.joined(rest)) } else { addNumber(folded.digits(of: rest)) }
      }
    } else {
      addForms(folded, word)
      for part in parts(of: word).dropFirst() { addForms(folded, part) }
      for index in word.indices.dropFirst() { addForms(folded, word[index...index]) }
    }
  }

  private mutating func addForms(_ folded: FoldedText, _ pieces: ArraySlice<FoldedText.Piece>) {
    add(folded.joined(pieces))
    add(folded.joinedLong(pieces))
    add(folded.joinedShort(pieces))
  }

  /// A number as a question asks for it, and as it begins.
  private mutating func addNumber(_ digits: [UInt8]) {
    add(Text(decoding: PhoneDigits.withoutZeros(digits[...]).prefix(FoldedText.wordLimitBytes)))
    add(PhoneDigits(digits: digits, hasPlus: false).asked)
  }
}
