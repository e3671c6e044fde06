/// A field of what an event asks for.
public struct InputField: Sendable, Equatable {
  /// What it may hold, and within what bounds.
  public enum Kind: Sendable, Equatable {
    /// So many characters.
    case text(ClosedRange<Int64>)
    /// One of these words.
    case choice([Text])
    /// A whole number.
    case whole(ClosedRange<Int64>)
    /// An amount, above zero.
    case money
    /// A quantity, above zero.
    case quantity
    /// A moment.
    case time
    /// True or false.
    case flag
    /// What something is known by, as a part of the order.
    case identity
    /// Items of the order, each by `itemId` or `productId`, with a `quantity` from zero; at most 500.
    case items
    /// What of the order's customer is to be another: `name`, `phone`, `email`, `address`. Only of an edit.
    case customer
  }

  /// The name in the body.
  public var name: ParticularName
  /// What people call it; the name if nil.
  public var label: Text?
  /// What it may hold.
  public var kind: Kind
  /// Whether it must be there.
  public var isRequired: Bool
  /// Describes a field.
  public init(_ name: ParticularName, _ kind: Kind, isRequired: Bool = false, label: Text? = nil) {
    self.name = name
    self.kind = kind
    self.isRequired = isRequired
    self.label = label
  }

  /// The most characters a text may be allowed.
  public static let textLimit: Int64 = 2_000
  /// The most fields an event may ask for.
  public static let limit = 32
}

/// What came with an event: a value a field. `StepInput` reads as it was sent; the step checks it by the row's fields.
public struct StepInput: Sendable, Equatable {
  /// The values but the items.
  public var values: Particulars
  /// Quantities of the order's items, where the event takes such.
  public var items: [DeliveryLine]?
  /// Describes an input.
  public init(_ values: Particulars = Particulars(), items: [DeliveryLine]? = nil) {
    self.values = values
    self.items = items
  }

  /// Refuses what is wrong with it by these fields, each by its name.
  public func check(by fields: [InputField]) throws(Refusal) {
    var problems = FieldProblems()
    check(by: fields, problems: &problems)
    try problems.refuse()
  }

  /// Adds what is wrong with it by these fields.
  func check(by fields: [InputField], problems: inout FieldProblems) {
    for field in fields {
      if case .items = field.kind {
        checkItems(field, &problems)
      } else if let value = values[field.name] {
        if let problem = field.kind.problem(with: value) { problems.add(field.name.text.string, problem) }
      } else if field.isRequired {
        problems.add(field.name.text.string, "Is required: \(field.kind.allowed).")
      }
    }
    for entry in values.entries where !fields.contains(where: { $0.name == entry.name && $0.kind != .items }) {
      let known = fields.map(\.name.text.string).joined(separator: ", ")
      problems.add(
        entry.name.text.string, "Is not asked for here; \(known.isEmpty ? "nothing is" : "asked for: \(known)").")
    }
    if items != nil, !fields.contains(where: { $0.kind == .items }) { problems.add("items", "Are not asked for here.") }
  }

  private func checkItems(_ field: InputField, _ problems: inout FieldProblems) {
    guard let items else {
      if field.isRequired { problems.add(field.name.text.string, "Is required: \(field.kind.allowed).") }
      return
    }
    if !(1...Rules.itemLimit).contains(items.count) {
      problems.add(field.name.text.string, "\(items.count) lines are not allowed; from 1 to \(Rules.itemLimit).")
    }
    for (index, line) in items.enumerated() where line.quantity < .zero || line.quantity > .limit {
      problems.add(
        "\(field.name.text.string)[\(index)].quantity",
        "\(line.quantity.decimal) is not allowed; from 0 to \(Quantity.limit.decimal).")
    }
  }
}

extension InputField.Kind {
  /// What is allowed, for people.
  public var allowed: String {
    switch self {
    case .text(let bounds): "a text of \(bounds.lowerBound) to \(bounds.upperBound) characters"
    case .choice(let words): "one of \(words.map(\.string).joined(separator: ", "))"
    case .whole(let bounds): "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
    case .money: "an amount above 0, at most \(Money.limit.decimal)"
    case .quantity: "a quantity above 0, at most \(Quantity.limit.decimal)"
    case .time: "a time such as 2026-11-20T09:30:00Z"
    case .flag: "true or false"
    case .identity: "an id: 24 hex digits"
    case .items: "items of the order, each {itemId or productId, quantity}"
    case .customer: "an object of name, phone, email, address; null takes one of the last three away"
    }
  }

  /// What is wrong with a value, or nil.
  func problem(with value: Particular) -> String? {
    var problems = FieldProblems()
    switch (self, value) {
    case (.text(let bounds), .text(let text)):
      let limit = Int(clamping: bounds.upperBound)
      let rule = TextRule(limit: limit, isRequired: bounds.lowerBound > 0, allowsLineFeed: true)
      if let problem = rule.problem(with: text) { return problem }
      return text.scalarCount < bounds.lowerBound ? "Is too short: \(allowed)." : nil
    case (.choice(let words), .text(let text)):
      return words.contains(text) ? nil : "\(text.start(64)) is not allowed; \(allowed)."
    case (.whole(let bounds), .whole(let number)):
      return bounds.contains(number) ? nil : "\(number) is not allowed; \(allowed)."
    case (.money, .money(let amount)): problems.checkPositive(amount, at: "")
    case (.quantity, .quantity(let quantity)): problems.checkPositive(quantity, at: "")
    case (.time, .time(let time)): problems.check(time, at: "")
    case (.flag, .flag), (.identity, .identity): return nil
    case (.text, _), (.choice, _), (.whole, _), (.money, _), (.quantity, _), (.time, _), (.flag, _), (.identity, _),
      (.items, _), (.customer, _):
      return "Expected is \(allowed)."
    }
    return problems.list.first?.message
  }
}

extension Text {
  /// How many Unicode scalars it has.
  fileprivate var scalarCount: Int64 { utf8.reduce(0) { $0 + ($1 & 0xc0 != 0x80 ? 1 : 0) } }
}
