import HubWire
import Orders

extension OrderDraft {
  /// Reads `POST /api/orders`, and what of it the workflow asks for beside what every order has; `currency` and `workflow`
  /// are those of an order that names none. Who orders for itself need not say who it is, and pays in `currency`, which the
  /// catalogue's prices are in.
  static func read(
    _ json: JSON, by actor: Actor, currency: Currency, workflow standard: WorkflowName = .delivery,
    startOfDay: DayStart, asked: [InputField]
  ) throws(Refusal) -> (OrderDraft, StepInput) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    var customer = Customer(fields.object("customer", &problems), &problems)
    let isStaff = actor.role.sight == .business
    if actor.role.sight == .ownOrders, customer.id == nil { customer.id = actor.user.name }
    let rows = fields.requiredArray("items", limit: Self.itemsLimit, &problems)
    let items = rows.enumerated().map { ItemDraft($1, path: "items[\($0)]", &problems) }
    var named = currency
    if let code = fields.string("currency", &problems) {
      if let known = Currency(code) {
        named = known
        if !isStaff, known != currency { problems.add("currency", "only \(currency.code) is possible here") }
      } else {
        problems.add("currency", "three capital letters such as \(currency.code) were expected")
      }
    }
    let discount = fields.money("discount", &problems) ?? .zero
    let advance = fields.object("advance", &problems).flatMap { Advance($0, &problems) }
    let notes = fields.string("notes", &problems)
    let notesForCustomer = fields.string("notesForCustomer", &problems)
    let deliveryDate = fields.time("deliveryDate", startOfDay: startOfDay, &problems)
    let workflow = fields.string("workflow", &problems).map(WorkflowName.init(rawValue:)) ?? standard
    let input = StepInput(&fields, asked: asked, startOfDay: startOfDay, &problems)
    fields.finish(&problems)
    try problems.refuse()
    let draft = OrderDraft(
      customer: customer, items: items, currency: named, discount: discount, advance: advance, notes: notes,
      notesForCustomer: notesForCustomer, deliveryDate: deliveryDate, workflow: workflow)
    return (draft, input)
  }

  /// How many items a request may name.
  static let itemsLimit = 500
}

extension Customer {
  fileprivate init(_ fields: JSONFields?, _ problems: inout FieldProblems) {
    guard var fields else {
      problems.add("customer", "is required")
      self.init(name: "")
      return
    }
    self.init(
      id: fields.exactString("id", &problems), name: fields.requiredString("name", &problems),
      phone: fields.string("phone", &problems), email: fields.string("email", &problems),
      address: fields.string("address", &problems))
    fields.finish(&problems)
  }
}

extension Advance {
  /// Nil for one of 0, which tills send with every order: it is none, whatever stands beside it.
  fileprivate init?(_ fields: JSONFields, _ problems: inout FieldProblems) {
    var fields = fields
    let amount = fields.money("amount", &problems)
    if amount == nil, fields.isAbsent("amount") { problems.add(fields.path(of: "amount"), "is required") }
    let isNone = amount == .zero
    let method = isNone ? fields.string("method", &problems) ?? "" : fields.requiredString("method", &problems)
    fields.finish(&problems)
    if isNone { return nil }
    self.init(amount: amount ?? .zero, method: method)
  }
}

extension ItemDraft {
  fileprivate init(_ json: JSON, path: String, _ problems: inout FieldProblems) {
    var fields = JSONFields(json, path: path, problems: &problems)
    let quantity = fields.requiredQuantity(&problems)
    self.init(
      productID: fields.requiredExactString("productId", &problems), name: fields.string("name", &problems),
      quantity: quantity, unitPrice: fields.money("unitPrice", &problems),
      discount: fields.money("discount", &problems) ?? .zero, taxRate: fields.taxRate("taxRate", &problems))
    fields.finish(&problems)
  }
}

extension DeliveryDraft {
  /// Reads `POST /api/orders/:id/deliveries`.
  init(_ json: JSON, startOfDay: DayStart) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let rows = fields.requiredArray("items", limit: OrderDraft.itemsLimit, &problems)
    let lines = rows.enumerated().compactMap { DeliveryLine($1, path: "items[\($0)]", &problems) }
    let date = fields.time("date", startOfDay: startOfDay, &problems)
    let status = DeliveryStatus(fields.string("status", &problems), path: "status", &problems) ?? .pending
    let notes = fields.string("notes", &problems)
    let notesForCustomer = fields.string("notesForCustomer", &problems)
    fields.finish(&problems)
    try problems.refuse()
    self.init(lines: lines, date: date, status: status, notes: notes, notesForCustomer: notesForCustomer)
  }
}

extension DeliveryStatus {
  init?(_ word: Text?, path: String, _ problems: inout FieldProblems) {
    guard let word else { return nil }
    guard let status = DeliveryStatus(word) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      problems.add(path, "\"\(word.start(40))\" is not known; known are \(known)")
      return nil
    }
    self = status
  }
}

extension DeliveryLine {
  fileprivate init?(_ json: JSON, path: String, _ problems: inout FieldProblems) {
    var fields = JSONFields(json, path: path, problems: &problems)
    let item = fields.exactString("itemId", &problems)
    let product = fields.exactString("productId", &problems)
    let quantity = fields.requiredQuantity(&problems)
    fields.finish(&problems)
    if let item {
      guard let id = ItemID(item) else {
        problems.add("\(path).itemId", "24 hex digits were expected")
        return nil
      }
      self.init(subject: .item(id), quantity: quantity, itemsProduct: product)
    } else if let product {
      self.init(subject: .product(product), quantity: quantity)
    } else {
      if fields.isAbsent("itemId"), fields.isAbsent("productId") {
        problems.add(path, "productId or itemId is required")
      }
      return nil
    }
  }
}

extension JSONFields {
  /// `quantity`, which must be there.
  mutating func requiredQuantity(_ problems: inout FieldProblems) -> Quantity {
    let quantity = quantity("quantity", &problems)
    if quantity == nil, isAbsent("quantity") { problems.add(path(of: "quantity"), "is required") }
    return quantity ?? .zero
  }
}
