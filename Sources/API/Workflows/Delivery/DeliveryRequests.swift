import HubWire
import Orders

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
