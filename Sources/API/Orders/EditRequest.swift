import HubWire
import Orders

/// `PATCH /api/orders/:id`: the members to change, and the version that they are to change: as `version`, as `If-Match`, or
/// as both, which must say the same. What the workflow's row asks for beside them stands in the same body.
///
/// null takes away what an order may be without (`deliveryDate`, `notes`, `notesForCustomer`, and of the customer `phone`,
/// `email` and `address`) and the discount; elsewhere it is as if the member were not there.
struct EditRequest: Sendable {
  let edit: OrderEdit
  let input: StepInput

  /// Refuses with 422 what cannot be read, with 400 an `If-Match` that is no version of an order, and with 428 a body that
  /// is meant for no version.
  init(_ json: JSON, ifMatch: Text?, asked: [InputField], startOfDay: DayStart) throws {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let named = fields.orderVersion(json, &problems)
    var edit = OrderEdit(version: named ?? 0)
    edit.customer = OrderEdit.CustomerEdit(json["customer"] ?? .null, &fields, &problems)
    edit.deliveryDate = fields.setting("deliveryDate", of: json) {
      $0.time("deliveryDate", startOfDay: startOfDay, &problems)
    }
    edit.notes = fields.setting("notes", of: json) { $0.string("notes", &problems) }
    edit.notesForCustomer = fields.setting("notesForCustomer", of: json) { $0.string("notesForCustomer", &problems) }
    edit.discount = fields.money("discount", &problems) ?? (json["discount"] == .null ? .zero : nil)
    if fields.isAbsent("items") {
      _ = fields.value("items")
    } else {
      edit.items = fields.requiredArray("items", limit: OrderDraft.itemsLimit, &problems).enumerated().map {
        OrderEdit.ItemEdit($1, path: "items[\($0)]", &problems)
      }
    }
    let further = asked.filter { OrderEdit.Member($0.name.text) == nil }
    input = StepInput(&fields, asked: further, startOfDay: startOfDay, &problems)
    fields.finish(&problems)
    if edit.named.isEmpty, input.values.isEmpty, problems.list.isEmpty {
      let known = OrderEdit.Member.allCases.map(\.rawValue) + further.map(\.name.text.string)
      problems.add("body", "at least one of \(known.joined(separator: ", ")) is required")
    }
    let matched = try ifMatch.map { try Self.version($0) }
    if let named, let matched, named != matched {
      problems.add("version", "is \(named), and If-Match says \(matched); say it once")
    }
    try problems.refuse()
    guard let version = named ?? matched else { throw Problem.noVersion }
    edit.version = version
    self.edit = edit
  }

  private static func version(_ header: Text) throws -> Int64 {
    guard let version = try IfMatch(header, of: "the order").version else {
      throw Problem(
        status: 400, code: "invalid_if_match",
        detail: "If-Match is *; the order's version was expected, as in \"7\": whoever edits says what")
    }
    return version
  }
}

extension Problem {
  fileprivate static let noVersion = Problem(
    status: 428, code: "precondition_required",
    detail:
      "an edit is meant for one version of an order: send it as version in the body or as If-Match: \"<version>\"",
    suggestedAction: "read the order, decide by what it is, and send its version along")
}

extension OrderEdit.CustomerEdit {
  /// Nil if it names nothing.
  fileprivate init?(_ json: JSON, _ order: inout JSONFields, _ problems: inout FieldProblems) {
    guard var fields = order.object("customer", &problems) else { return nil }
    self.init()
    name = fields.string("name", &problems)
    if json["name"] == .null { problems.add(fields.path(of: "name"), "cannot be taken away") }
    phone = fields.setting("phone", of: json) { $0.string("phone", &problems) }
    email = fields.setting("email", of: json) { $0.string("email", &problems) }
    address = fields.setting("address", of: json) { $0.string("address", &problems) }
    fields.finish(&problems)
    if self == Self() { return nil }
  }
}

extension OrderEdit.ItemEdit {
  /// `{"itemId" or "productId", "quantity"?, "unitPrice"?, "discount"?, "taxRate"?, "name"?}`
  fileprivate init(_ json: JSON, path: String, _ problems: inout FieldProblems) {
    var fields = JSONFields(json, path: path, problems: &problems)
    let item = fields.exactString("itemId", &problems)
    let product = fields.exactString("productId", &problems)
    var subject = DeliveryLine.Subject.product(product ?? "")
    if let item {
      if let id = ItemID(item) {
        subject = .item(id)
      } else {
        problems.add(fields.path(of: "itemId"), "24 hex digits were expected")
      }
    } else if product == nil, fields.isAbsent("itemId"), fields.isAbsent("productId") {
      problems.add(path, "productId or itemId is required")
    }
    self.init(
      subject, quantity: fields.quantity("quantity", &problems), unitPrice: fields.money("unitPrice", &problems),
      discount: fields.money("discount", &problems), taxRate: fields.taxRate("taxRate", &problems),
      name: fields.string("name", &problems), itemsProduct: item == nil ? nil : product)
    fields.finish(&problems)
  }
}

extension JSONFields {
  /// `version`: a whole number from 1.
  fileprivate mutating func orderVersion(_ json: JSON, _ problems: inout FieldProblems) -> Int64? {
    switch value("version") {
    case nil: return nil
    case .number(let text)?:
      if let version = json["version"]?.whole, version > 0 { return version }
      problems.add("version", "\(text) is no version of an order; a whole number from 1 was expected")
    case let other?: problems.add("version", "a number was expected, not \(other.kind)")
    }
    return nil
  }

  /// What becomes of a member that null takes away.
  fileprivate mutating func setting<Value: Sendable & Equatable>(
    _ name: Text, of json: JSON, _ read: (inout JSONFields) -> Value?
  ) -> OrderEdit.Setting<Value> {
    let isCleared = json[name] == .null
    if let value = read(&self) { return .set(value) }
    return isCleared ? .cleared : .stays
  }
}
