/// How long a text may be and what may stand in it. Control characters never may, but for the line feed where allowed;
/// nor may what `Text.tidied` takes away: whoever reads texts for people takes it away before, and a name that programs
/// use is refused with it.
struct TextRule {
  /// In Unicode scalars, or in bytes of UTF-8.
  enum Unit: String { case characters, bytes }

  let limit: Int
  var unit = Unit.characters
  /// Whether something else than blanks must stand in it.
  var isRequired = false
  var allowsLineFeed = false

  static let name = TextRule(limit: 200, isRequired: true)
  static let phone = TextRule(limit: 40)
  static let email = TextRule(limit: 254)
  static let address = TextRule(limit: 500, allowsLineFeed: true)
  static let notes = TextRule(limit: 2000, allowsLineFeed: true)
  static let reason = TextRule(limit: 500, allowsLineFeed: true)
  static let method = TextRule(limit: 40, isRequired: true)
  static let productID = TextRule(limit: 64, unit: .bytes, isRequired: true)

  /// What is wrong with the text, or nil.
  func problem(with text: Text) -> String? {
    var bytes = 0
    var scalars = 0
    var hasControl = false
    var previous: UInt8 = 0
    for byte in text.utf8 {
      bytes += 1
      if byte & 0xc0 != 0x80 { scalars += 1 }
      // C0 and DEL, and C1, which is C2 80 … C2 9F in UTF-8.
      let isControl = byte < 0x20 || byte == 0x7f || (previous == 0xc2 && byte < 0xa0)
      if isControl && !(allowsLineFeed && byte == 0x0a) { hasControl = true }
      previous = byte
    }
    let length = unit == .bytes ? bytes : scalars
    if isRequired && text.showsNothing { return "Must not be empty; 1 to \(limit) \(unit.rawValue)." }
    if length > limit { return "\(length) \(unit.rawValue) are too long; at most \(limit)." }
    if hasControl { return "Control characters are not allowed." }
    if !text.isTidy { return "Blanks around it and controls of the direction of writing are not allowed." }
    return nil
  }
}

extension Text {
  /// Why it is no name of somebody, by the rule for customers; nil if it is one.
  public var defectOfName: String? { TextRule.name.problem(with: self) }
}

extension Text {
  /// Why it is no reason for what must have one; nil if it is one: 1 to 500 characters.
  public var defectOfReason: String? {
    TextRule(limit: TextRule.reason.limit, isRequired: true, allowsLineFeed: true).problem(with: self)
  }
}
