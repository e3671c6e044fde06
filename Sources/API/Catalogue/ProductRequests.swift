import HubWire
import Orders

extension ProductDraft {
  /// Reads `POST /api/products`.
  static func read(_ json: JSON) throws(Refusal) -> (id: Text, draft: ProductDraft) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let id = fields.requiredExactString("productId", &problems)
    let name = fields.string("name", &problems) ?? id
    let price = fields.money("unitPrice", &problems)
    if price == nil, fields.isAbsent("unitPrice") { problems.add("unitPrice", "is required") }
    let taxRate = fields.taxRate("taxRate", &problems) ?? .zero
    fields.finish(&problems)
    try problems.refuse()
    return (id, ProductDraft(productID: id, name: name, unitPrice: price ?? .zero, taxRate: taxRate))
  }
}

extension ProductChange {
  /// Reads `PATCH /api/products/:id`.
  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let name = fields.string("name", &problems)
    let unitPrice = fields.money("unitPrice", &problems)
    let taxRate = fields.taxRate("taxRate", &problems)
    let active = fields.bool("active", &problems)
    fields.finish(&problems)
    if name == nil, unitPrice == nil, taxRate == nil, active == nil {
      problems.add("body", "at least one of name, unitPrice, taxRate, active is required")
    }
    try problems.refuse()
    self.init(name: name, unitPrice: unitPrice, taxRate: taxRate, active: active)
  }
}
