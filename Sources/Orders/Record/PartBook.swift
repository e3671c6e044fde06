/// The parts of one order while an event is done to it.
struct PartBook {
  /// The order's parts as the effects so far have left them.
  private(set) var parts: [Part]
  /// Those that are new.
  private(set) var inserted: [Part] = []
  /// Those that were there and changed.
  private(set) var changed: [Part] = []

  /// `parts` are all that the order has.
  init(_ parts: [Part]) { self.parts = parts }

  /// Adds one with the next number of its kind.
  mutating func add(
    _ kind: PartKind, in status: Status, _ fields: PartFields, of order: Order, _ input: StepInput,
    in context: RuleContext
  ) throws(Refusal) -> Part {
    guard parts.count < Part.limit else {
      throw .conflict(
        "too_many_parts", "Order \(order.number) has \(parts.count) parts, and may have \(Part.limit).",
        facts: [.status(order.status.rawValue), .version(order.version)])
    }
    let last = parts.lazy.filter { $0.kind == kind }.map(\.number).max() ?? 0
    let (number, isTooMuch) = last.addingReportingOverflow(1)
    if isTooMuch { throw .outOfStep("a \(kind.text) has the number \(last)", of: order) }
    var part = Part(
      id: context.ids.next(Part.self), orderID: order.id, tenantID: order.tenantID, kind: kind, number: number,
      status: status, createdBy: context.actor.user, createdAt: context.now, updatedAt: context.now)
    try part.fill(fields, of: order, input)
    parts.append(part)
    inserted.append(part)
    return part
  }

  /// Moves the one that the input names.
  mutating func move(
    _ kind: PartKind, to status: Status, _ fields: PartFields, of order: Order, _ input: StepInput,
    in context: RuleContext
  ) throws(Refusal) -> Part {
    var part = try Self.named(kind, among: parts, input)
    part.status = status
    try part.fill(fields, of: order, input)
    part.updatedAt = context.now
    let id = part.id
    if let place = parts.firstIndex(where: { $0.id == id }) { parts[place] = part }
    if let place = inserted.firstIndex(where: { $0.id == id }) {
      inserted[place] = part
    } else if let place = changed.firstIndex(where: { $0.id == id }) {
      changed[place] = part
    } else {
      changed.append(part)
    }
    return part
  }

  /// The part of a kind that an input names; 422 at its field if the order has none such.
  static func named(_ kind: PartKind, among parts: [Part], _ input: StepInput) throws(Refusal) -> Part {
    if case .identity(let id) = input.values[kind.idField],
      let part = parts.first(where: { $0.kind == kind && $0.id.high == id.high && $0.id.low == id.low })
    {
      return part
    }
    let problem = FieldProblem(path: kind.idField.text.string, message: "The order has no such \(kind.text).")
    throw Refusal(
      kind: .invalid, code: "validation_failed", detail: "\(problem.path): \(problem.message)", fields: [problem])
  }
}

extension Part {
  /// Keeps what the fields of an input hold; what is not given stays as it was.
  fileprivate mutating func fill(_ fields: PartFields, of order: Order, _ input: StepInput) throws(Refusal) {
    for name in fields.shown {
      if name == .items, let lines = input.items { items = try Self.items(lines, of: order) }
      if let value = input.values[name] { record[name] = value }
    }
    for name in fields.staffs { if let value = input.values[name] { staffRecord[name] = value } }
    guard max(record.entries.count, staffRecord.entries.count) <= Particulars.limit else {
      throw .outOfStep("\(kind.text) \(number) would have more than \(Particulars.limit) values", of: order)
    }
  }

  /// The lines of an input as items of the order, each once and no more than is kept of it.
  private static func items(_ lines: [DeliveryLine], of order: Order) throws(Refusal) -> [DeliveryItem] {
    var problems = FieldProblems()
    var items: [DeliveryItem] = []
    for (place, line) in lines.enumerated() {
      let path = "items[\(place)]"
      guard let item = order.items.first(where: { line.names($0) }) else {
        problems.add(path, "The order has no such item.")
        continue
      }
      if items.contains(where: { $0.itemID == item.id }) {
        problems.add(path, "Is named twice.")
      } else if line.quantity <= .zero || line.quantity > item.kept {
        problems.add(
          "\(path).quantity", "\(line.quantity.decimal) is not allowed; more than 0, at most \(item.kept.decimal).")
      } else {
        items.append(
          DeliveryItem(itemID: item.id, productID: item.productID, name: item.name, quantity: line.quantity))
      }
    }
    try problems.refuse()
    return items
  }
}
