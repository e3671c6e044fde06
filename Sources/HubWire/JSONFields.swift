public import Orders

/// Reads the members of one object by name and type. What was not asked for is unknown, and `finish` says so.
public struct JSONFields {
  private let members: [JSON.Member]
  private let path: String
  private var asked: [Text] = []
  /// Whether there was an object at all; if not, that is the one problem, and its members are not missed.
  public let isObject: Bool

  /// The members of a request's body; anything but an object is refused at once.
  public init(body json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    self.init(json, problems: &problems)
    try problems.refuse()
  }

  /// The members of an object; anything else is a problem, and has no members.
  public init(_ json: JSON, path: String = "", problems: inout FieldProblems) {
    self.path = path
    if case .object(let members) = json {
      self.members = members
      isObject = true
    } else {
      members = []
      isObject = false
      problems.add(path.isEmpty ? "body" : path, "an object was expected, not \(json.kind)")
    }
  }

  /// The path of a member, for a message: `items[0].quantity`.
  public func path(of name: Text) -> String { path.isEmpty ? name.start(64) : "\(path).\(name.start(64))" }

  /// The value as sent; nil if it is absent or null.
  public mutating func value(_ name: Text) -> JSON? {
    asked.append(name)
    guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
    return value
  }

  /// A text for people, as it is kept: see `Text.tidied`.
  public mutating func string(_ name: Text, _ problems: inout FieldProblems) -> Text? {
    exactString(name, &problems)?.tidied
  }

  /// A text for people that must be there.
  public mutating func requiredString(_ name: Text, _ problems: inout FieldProblems) -> Text {
    requiredExactString(name, &problems).tidied
  }

  /// A text of which each byte counts: a name that programs use, or a secret.
  public mutating func exactString(_ name: Text, _ problems: inout FieldProblems) -> Text? {
    switch value(name) {
    case .string(let text): return text
    case nil: return nil
    case let other?:
      problems.add(path(of: name), "a string was expected, not \(other.kind)")
      return nil
    }
  }

  /// A text of which each byte counts, and that must be there.
  public mutating func requiredExactString(_ name: Text, _ problems: inout FieldProblems) -> Text {
    if let text = exactString(name, &problems) { return text }
    if isAbsent(name) { problems.add(path(of: name), "is required") }
    return ""
  }

  /// true or false.
  public mutating func bool(_ name: Text, _ problems: inout FieldProblems) -> Bool? {
    switch value(name) {
    case .bool(let value): return value
    case nil: return nil
    case let other?:
      problems.add(path(of: name), "true or false was expected, not \(other.kind)")
      return nil
    }
  }

  /// An amount of money.
  public mutating func money(_ name: Text, _ problems: inout FieldProblems) -> Money? {
    decimal(name, "8 decimals", Money.limit.decimal, &problems) { text throws(DecimalProblem) in
      try Money(parsing: text)
    }
  }

  /// A quantity.
  public mutating func quantity(_ name: Text, _ problems: inout FieldProblems) -> Quantity? {
    decimal(name, "6 decimals", Quantity.limit.decimal, &problems) { text throws(DecimalProblem) in
      try Quantity(parsing: text)
    }
  }

  /// A tax rate as a fraction: 0.18 is 18 %.
  public mutating func taxRate(_ name: Text, _ problems: inout FieldProblems) -> TaxRate? {
    let rate = decimal(name, "6 decimals", "1", &problems) { text throws(DecimalProblem) in
      try Quantity(parsing: text)
    }
    return rate.map { TaxRate(millionths: $0.millionths) }
  }

  /// A moment in RFC 3339, or a date, which is its first moment.
  public mutating func time(_ name: Text, startOfDay: DayStart, _ problems: inout FieldProblems) -> Timestamp? {
    guard let text = string(name, &problems) else { return nil }
    if let time = WrittenTime(text) { return time.start(startOfDay) }
    problems.add(path(of: name), "a time such as 2026-11-20T09:30:00Z or a date such as 2026-11-20 was expected")
    return nil
  }

  /// An array that must be there and have 1 to `limit` elements.
  public mutating func requiredArray(_ name: Text, limit: Int, _ problems: inout FieldProblems) -> [JSON] {
    switch value(name) {
    case .array(let values):
      if values.isEmpty { problems.add(path(of: name), "at least one is required") }
      if values.count > limit {
        problems.add(path(of: name), "has \(values.count) elements; at most \(limit) are allowed")
        return []
      }
      return values
    case nil:
      if isAbsent(name) { problems.add(path(of: name), "is required") }
      return []
    case let other?:
      problems.add(path(of: name), "an array was expected, not \(other.kind)")
      return []
    }
  }

  /// An object; nil if it is absent.
  public mutating func object(_ name: Text, _ problems: inout FieldProblems) -> JSONFields? {
    value(name).map { JSONFields($0, path: path(of: name), problems: &problems) }
  }

  /// Says which members nobody asked for.
  public func finish(_ problems: inout FieldProblems) {
    for member in members where !asked.contains(member.name) {
      let known = asked.isEmpty ? "none" : asked.sorted().map(\.string).joined(separator: ", ")
      problems.add(path(of: member.name), "is not known here; known are \(known)")
    }
  }

  /// Whether the member is absent or null in an object.
  public func isAbsent(_ name: Text) -> Bool {
    guard isObject else { return false }
    return members.first { $0.name == name }.map { $0.value == .null } ?? true
  }

  private mutating func decimal<Amount>(
    _ name: Text, _ precision: String, _ limit: String, _ problems: inout FieldProblems,
    _ parse: (String.UTF8View) throws(DecimalProblem) -> Amount
  ) -> Amount? {
    switch value(name) {
    case .number(let text):
      do throws(DecimalProblem) {
        return try parse(text.utf8)
      } catch {
        switch error {
        case .malformed: problems.add(path(of: name), "\(text) is not a decimal number")
        case .tooPrecise: problems.add(path(of: name), "\(text) has more than \(precision)")
        case .tooLarge: problems.add(path(of: name), "\(text) is too large; at most \(limit) is allowed")
        }
        return nil
      }
    case nil: return nil
    case let other?:
      problems.add(path(of: name), "a number was expected, not \(other.kind)")
      return nil
    }
  }
}
