import HubWire
import Orders

/// `PATCH …/status`: `{"status"}`
struct StatusRequest {
  let status: DeliveryStatus

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let word = fields.requiredString("status", &problems)
    let status = word.isEmpty ? nil : DeliveryStatus(word, path: "status", &problems)
    fields.finish(&problems)
    try problems.refuse()
    guard let status else {
      problems.add("status", "is required")
      try problems.refuse()
      preconditionFailure("a problem was added and not thrown")
    }
    self.status = status
  }
}

/// `PATCH …/cancel` and `POST …/close`: `{"reason"}`, or no body at all.
struct ReasonRequest {
  let reason: Text?

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    reason = fields.string("reason", &problems)
    fields.finish(&problems)
    try problems.refuse()
  }
}

/// `POST /api/invoices/:id/payments`: `{"amount","method"}`
struct PaymentRequest {
  let amount: Money
  let method: Text

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let amount = fields.money("amount", &problems)
    if amount == nil, fields.isAbsent("amount") { problems.add("amount", "is required") }
    method = fields.requiredString("method", &problems)
    fields.finish(&problems)
    try problems.refuse()
    self.amount = amount ?? .zero
  }
}

extension CreditDraft {
  /// Reads `POST /api/invoices/:id/credit`: `{"reason"?,"refund"?:{"method"}}`, or no body at all.
  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let reason = fields.string("reason", &problems)
    var method: Text?
    if var refund = fields.object("refund", &problems) {
      method = refund.requiredString("method", &problems)
      refund.finish(&problems)
    }
    fields.finish(&problems)
    try problems.refuse()
    self.init(reason: reason, refundMethod: method)
  }
}

/// `POST /api/auth/login`: `{"tenant","user","password","deviceToken"?}`
struct LoginRequest {
  let tenant: TenantID
  let user: UserID
  let password: Text
  /// What the last log-in of this user on this device gave; nil if there was none.
  let deviceToken: Text?

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    let tenant = TenantID(fields.requiredExactString("tenant", &problems))
    let user = UserID(fields.requiredExactString("user", &problems))
    password = fields.requiredExactString("password", &problems)
    deviceToken = fields.exactString("deviceToken", &problems)
    if tenant == nil { problems.add("tenant", "1 to 64 letters, digits, - or _ were expected") }
    if user == nil { problems.add("user", "1 to 128 printable ASCII characters without spaces were expected") }
    if password.utf8.count > 1_024 { problems.add("password", "at most 1024 bytes are allowed") }
    if (deviceToken ?? "").utf8.count > DeviceToken.limitBytes {
      problems.add("deviceToken", "at most \(DeviceToken.limitBytes) bytes are allowed")
    }
    fields.finish(&problems)
    try problems.refuse()
    guard let tenant, let user else { preconditionFailure("a problem was added and not thrown") }
    self.tenant = tenant
    self.user = user
  }
}

/// `POST /api/auth/refresh` and `/logout`: `{"refreshToken"}`
struct RefreshRequest {
  let refreshToken: Text

  init(_ json: JSON) throws(Refusal) {
    var problems = FieldProblems()
    var fields = try JSONFields(body: json)
    refreshToken = fields.requiredExactString("refreshToken", &problems)
    if refreshToken.utf8.count > 256 { problems.add("refreshToken", "at most 256 bytes are allowed") }
    fields.finish(&problems)
    try problems.refuse()
  }
}

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
