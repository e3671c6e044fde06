import HubContracts
import HubRuntime
import HubWire
import Orders

extension OrderAPI {
  /// `GET /api/changes`: the orders that changed after a place.
  func changes(_ call: Call) async throws -> HTTPReply {
    let actor = try call.actor()
    var problems = FieldProblems()
    var values = QueryValues(call.request.query, known: ["after", "limit"], &problems)
    var query = ChangeQuery(
      tenant: actor.tenant, of: actor.orders, after: nil, limit: values.integer("limit", 1...100, &problems) ?? 100)
    if let text = values.take("after") {
      switch GivenPlace(text) {
      case .place(let place): query.after = place
      case .otherForm: throw Problem.strangePlace
      case .none: problems.add("after", "is not one that an answer gave as next")
      }
    }
    try problems.refuse()
    // Read and written in one turn, for what was read takes memory until it is written.
    return try await shares.lists.pass(call.party, work: { $0.body.bytes.count }) { [query] in
      guard let page = try await parts.store.changes(query) else { throw Problem.strangePlace }
      let bytes = page.orders.reduce(0) { $0 + $1.items.count * 256 }
      guard bytes > Shares.longBytes else { return Self.answer(page) }
      return try await LongWork.run(as: call.party) { Self.answer(page) }
    }
  }

  private static func answer(_ page: ChangePage) -> HTTPReply {
    .json(capacity: 256 + page.orders.count * 1_024) { json in
      json.name("orders")
      json.beginArray()
      for order in page.orders { order.write(to: &json) }
      json.endArray()
      json.member("next", page.next.text)
      json.member("hasMore", page.hasMore)
    }
  }
}

extension Problem {
  /// A place that is ahead of what is stored, of a process that never was, or of another version's form.
  fileprivate static var strangePlace: Problem {
    Problem(
      status: 410, code: "place_unknown",
      detail: "the place is not one of what is stored now: ask without after, then load the orders anew")
  }
}
