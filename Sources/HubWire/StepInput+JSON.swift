public import Orders

extension StepInput {
  /// Reads the body of an event by the fields that it asks for. What is no value of a field's type, and what is not asked
  /// for, is a problem; bounds are the step's to judge.
  public init(_ json: JSON, fields asked: [InputField], startOfDay: DayStart) throws(Refusal) {
    var problems = FieldProblems()
    var fields = JSONFields(json, problems: &problems)
    self.init(&fields, asked: asked, startOfDay: startOfDay, &problems)
    fields.finish(&problems)
    try problems.refuse()
  }

  /// Reads those members of a body that an event asks for.
  public init(
    _ fields: inout JSONFields, asked: [InputField], startOfDay: DayStart, _ problems: inout FieldProblems
  ) {
    var values = Particulars()
    var items: [DeliveryLine]?
    for field in asked {
      let name = field.name.text
      switch field.kind {
      case .text, .choice: values[field.name] = fields.string(name, &problems).map(Particular.text)
      case .whole: values[field.name] = fields.whole(name, &problems).map(Particular.whole)
      case .money: values[field.name] = fields.money(name, &problems).map(Particular.money)
      case .quantity: values[field.name] = fields.quantity(name, &problems).map(Particular.quantity)
      case .time: values[field.name] = fields.time(name, startOfDay: startOfDay, &problems).map(Particular.time)
      case .flag: values[field.name] = fields.bool(name, &problems).map(Particular.flag)
      case .identity: values[field.name] = fields.identity(name, &problems).map(Particular.identity)
      // Only of an edit, which is read by itself.
      case .customer: continue
      case .items:
        guard !fields.isAbsent(name) else { continue }
        items = fields.requiredArray(name, limit: Rules.itemLimit, &problems).enumerated().map {
          DeliveryLine($1, path: "\(name.start(64))[\($0)]", &problems)
        }
      }
    }
    // Named, though it was not read, so that it is not told as unknown.
    for field in asked where field.kind == .items { _ = fields.value(field.name.text) }
    self.init(values, items: items)
  }
}

extension DeliveryLine {
  /// `{"itemId" or "productId", "quantity"}`
  fileprivate init(_ json: JSON, path: String, _ problems: inout FieldProblems) {
    var fields = JSONFields(json, path: path, problems: &problems)
    let item = fields.exactString("itemId", &problems)
    let product = fields.exactString("productId", &problems)
    let quantity = fields.quantity("quantity", &problems)
    if quantity == nil, fields.isAbsent("quantity") { problems.add(fields.path(of: "quantity"), "is required") }
    fields.finish(&problems)
    var subject = Subject.product(product ?? "")
    switch (item, product) {
    case (let item?, nil):
      if let id = ItemID(item) {
        subject = .item(id)
      } else {
        problems.add(fields.path(of: "itemId"), "an item's id was expected: 24 hex digits")
      }
    case (nil, _?): break
    case (_?, _?): problems.add(path, "itemId or productId was expected, not both")
    case (nil, nil): if fields.isObject { problems.add(path, "itemId or productId is required") }
    }
    self.init(subject: subject, quantity: quantity ?? .zero)
  }
}

extension JSONFields {
  /// An identity, of whatever.
  fileprivate mutating func identity(_ name: Text, _ problems: inout FieldProblems) -> Identifier<Particulars>? {
    guard let text = exactString(name, &problems) else { return nil }
    let id = Identifier<Particulars>(text)
    if id == nil { problems.add(path(of: name), "an id was expected: 24 hex digits") }
    return id
  }

  /// A whole number.
  fileprivate mutating func whole(_ name: Text, _ problems: inout FieldProblems) -> Int64? {
    switch value(name) {
    case nil: return nil
    case .number(let text)?:
      if let number = Int64(text.string) { return number }
    case _?: break
    }
    problems.add(path(of: name), "a whole number was expected")
    return nil
  }
}
