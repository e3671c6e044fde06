import HubContracts
import HubWire
import Orders

/// An error as RFC 9457 has it, with what the client needs to go on.
struct Problem: Error, Sendable {
  var status: Int
  /// Stable, in snake case: what programs compare.
  var code: String
  /// What was refused, the value, and what would be accepted. Never an internal.
  var detail: String
  var fields: [FieldProblem] = []
  var facts: [Fact] = []
  /// Whether the same request may succeed later.
  var canRetry = false
  var suggestedAction: String?
  var headers: [(name: String, value: String)] = []

  static let contentType = "application/problem+json"

  func reply(requestID: String) -> HTTPReply {
    HTTPReply(status: status, contentType: Self.contentType, headers: headers, body: SharedBytes(body(requestID)))
  }

  private func body(_ requestID: String) -> [UInt8] {
    var json = JSONWriter(capacity: 512)
    json.beginObject()
    json.member("type", "urn:orderhub:problem:\(code)")
    json.member("title", Self.title(status))
    json.member("status", status)
    json.member("detail", detail)
    json.member("code", code)
    json.member("requestId", requestID)
    json.member("canRetry", canRetry)
    if let suggestedAction {
      json.member("suggestedAction", suggestedAction)
    }
    if !fields.isEmpty { write(fields, to: &json) }
    for fact in facts { write(fact, to: &json) }
    json.endObject()
    return json.bytes
  }

  private func write(_ fields: [FieldProblem], to json: inout JSONWriter) {
    json.name("errors")
    json.beginArray()
    for field in fields {
      json.beginObject()
      json.member("field", field.path)
      json.member("message", field.message)
      json.endObject()
    }
    json.endArray()
  }

  private func write(_ fact: Fact, to json: inout JSONWriter) {
    switch fact {
    case .short(let shortages):
      json.name("short")
      json.beginArray()
      for shortage in shortages {
        json.beginObject()
        json.member("productId", shortage.productID)
        if let lacking = shortage.lacking { json.member("lacking", lacking) }
        json.endObject()
      }
      json.endArray()
    case .remaining(let products):
      json.name("remaining")
      json.write(products)
    case .version(let version):
      json.member("version", version)
    case .due(let money):
      json.member("due", money)
    case .invoice(let invoice):
      json.name("invoice")
      invoice.write(to: &json)
    case .status(let status):
      // `status` is the HTTP status here.
      json.member("orderStatus", status)
    case .changed(let members):
      json.name("changed")
      json.beginArray()
      for member in members { json.string(member) }
      json.endArray()
    case .changes(let changes):
      json.name("changes")
      json.write(changes)
    case .excess(let money):
      json.member("excess", money)
    case .allowed(let allowed):
      json.name("allowed")
      json.beginArray()
      for word in allowed { json.string(word) }
      json.endArray()
    }
  }

  /// The reason phrase of RFC 9110.
  static func title(_ status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 409: "Conflict"
    case 410: "Gone"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 422: "Unprocessable Content"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    default: status < 500 ? "Bad Request" : "Internal Server Error"
    }
  }
}

extension Problem {
  /// What a rule refused.
  init(_ refusal: Refusal) {
    let status =
      switch refusal.kind {
      case .invalid: 422
      case .conflict: 409
      case .forbidden: 403
      case .notFound: 404
      }
    self.init(
      status: status, code: refusal.code, detail: refusal.detail, fields: refusal.fields, facts: refusal.facts)
    if case .conflict = refusal.kind { suggestedAction = "read the current state and decide again" }
  }

  /// The body is not JSON.
  init(_ problem: JSONProblem) {
    self.init(
      status: 400, code: "invalid_json",
      detail: "the body is not valid JSON: \(problem.message) (byte \(problem.offset))")
  }

  static func notFound(_ what: String) -> Problem {
    Problem(status: 404, code: "not_found", detail: "there is no \(what)")
  }

  static func unauthorized(_ code: String, _ detail: String) -> Problem {
    Problem(
      status: 401, code: code, detail: detail, suggestedAction: "log in and send the token as Authorization: Bearer …",
      headers: [("WWW-Authenticate", "Bearer realm=\"orderhub\", error=\"invalid_token\"")])
  }

  static func unavailable(_ detail: String, code: String = "unavailable", retryAfterSeconds: Int = 2) -> Problem {
    Problem(
      status: 503, code: code, detail: detail, canRetry: true,
      suggestedAction: "repeat the request, with the same Idempotency-Key",
      headers: [("Retry-After", "\(retryAfterSeconds)")])
  }

  static let broken = Problem(
    status: 500, code: "internal_error", detail: "something went wrong inside; the log has it under the request id",
    canRetry: true)
}
