import HubWire
import Orders

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
