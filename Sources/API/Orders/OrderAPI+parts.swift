import HubContracts
import HubWire
import OrderDesk
import Orders

extension OrderAPI {
  /// An order's parts.
  func orderParts(_ call: Call) async throws -> HTTPReply {
    let query = try PartQuery(call.request.query)
    let order = try await visibleOrder(call)
    let store = parts.store
    let page = try await ListPage(
      after: query.after, limit: query.limit, id: \Part.id,
      read: { try await store.parts(of: order.id, tenant: order.tenantID, kind: query.kind, after: $0, limit: $1) },
      write: { $0.write(to: &$1) })
    return .json(capacity: page.elements.count + 96) { json in
      json.member("orderId", order.id)
      json.member("parts", raw: page.elements)
      json.member("nextAfter", page.nextAfter)
    }
  }
}

/// What `GET /api/orders/:id/parts` asks for.
struct PartQuery {
  /// Only of this kind, if one is named.
  let kind: PartKind?
  /// Go on after this part.
  let after: PartID?
  /// How many at most.
  let limit: Int

  init(_ pairs: [(name: Text, value: Text)]) throws(Refusal) {
    var problems = FieldProblems()
    var values = QueryValues(pairs, known: ["kind", "after", "limit"], &problems)
    limit = values.integer("limit", 1...100, &problems) ?? 100
    let (kind, after) = (values.take("kind"), values.take("after"))
    self.kind = kind.flatMap { PartKind($0) }
    self.after = after.flatMap { PartID($0) }
    if kind != nil, self.kind == nil { problems.add("kind", "a kind of part was expected: \(PartKind.allowed)") }
    if after != nil, self.after == nil {
      problems.add("after", "the id of the last thing seen was expected: 24 hex digits")
    }
    try problems.refuse()
  }
}
