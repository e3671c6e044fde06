import Orders

/// What links name the headings of a page by, made as GitHub makes it: small letters, digits, hyphens and underscores
/// stay, blanks become hyphens, and of headings alike the second has `-1`.
struct HeadingAnchors {
  private var counts: [Text: Int] = [:]

  /// The anchor of the next heading, by its text.
  mutating func next(for heading: String) -> String {
    var anchor = ""
    for scalar in heading.lowercased().unicodeScalars {
      if scalar == " " {
        anchor += "-"
      } else if scalar == "-" || scalar == "_" || scalar.properties.isAlphabetic
        || scalar.properties.generalCategory == .decimalNumber
      {
        anchor.unicodeScalars.append(scalar)
      }
    }
    let before = counts[Text(anchor), default: 0]
    counts[Text(anchor)] = before + 1
    return before == 0 ? anchor : "\(anchor)-\(before)"
  }
}
