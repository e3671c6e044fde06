/// The text of a `.env` file: lines `KEY=value`, `#` for comments, values bare or in quotes.
struct DotEnvFile {
  private(set) var values: [String: String] = [:]
  private(set) var problems: [String] = []

  /// Reads the text of a file that is called `name`.
  init(_ text: String, name: String = ".env") {
    for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      var line = Self.trim(raw)
      if line.isEmpty || line.first == "#" { continue }
      if line.hasPrefix("export ") { line = Self.trim(line.dropFirst(7)) }
      guard let mark = line.firstIndex(of: "="), let key = Self.key(line[..<mark]) else {
        problems.append("\(name) line \(index + 1): allowed is KEY=value")
        continue
      }
      guard let value = Self.value(Self.trim(line[line.index(after: mark)...])) else {
        problems.append("\(name) line \(index + 1): \(key) has a quote that does not end")
        continue
      }
      if values.updateValue(value, forKey: key) != nil {
        problems.append("\(name) line \(index + 1): \(key) stands twice")
      }
    }
  }

  private static func key(_ text: Substring) -> String? {
    let key = trim(text)
    guard let first = key.utf8.first, !(0x30...0x39).contains(first) else { return nil }
    let isName = key.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
      default: false
      }
    }
    return isName ? String(key) : nil
  }

  /// In quotes everything stands for itself; bare, a ` #` begins a comment.
  private static func value(_ text: Substring) -> String? {
    if let quote = text.first, quote == "\"" || quote == "'" {
      let rest = text.dropFirst()
      guard let end = rest.firstIndex(of: quote) else { return nil }
      let after = trim(rest[rest.index(after: end)...])
      return after.isEmpty || after.first == "#" ? String(rest[..<end]) : nil
    }
    var previous: Character = " "
    var value = ""
    for character in text {
      if character == "#", previous == " " || previous == "\t" { break }
      value.append(character)
      previous = character
    }
    return String(trim(value[...]))
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}
