import HubRuntime
import HubContracts
import HubWire
import OrderDesk
import Orders

extension OrderAPI {
  func placeOrder(_ call: Call) async throws -> HTTPReply {
    let actor = try call.actor()
    let (draft, input) = try await orderRequest(call, by: actor)
    return try reply(
      await parts.desk.submit(
        .place(
          draft, input, actor: actor, answer: call.answerSlot, requestID: call.request.requestID)))
  }

  /// Reads what is ordered, by the fields of the workflow that it names.
  private func orderRequest(_ call: Call, by actor: Actor) async throws -> (OrderDraft, StepInput) {
    let terms = try await terms(of: call)
    // Nil if its workflow is not known, unless it is then to be refused for that.
    let reading: @Sendable (JSON, Bool) throws -> (OrderDraft, StepInput)? = { [book = workflows] in
      let name = if case .string(let text) = $0["workflow"] { WorkflowName(rawValue: text) } else { terms.workflow }
      let workflow = book.workflow(name, version: nil, of: actor.tenant)
      guard workflow != nil || $1 || !name.rawValue.isWorkflowWord else { return nil }
      // Before anything is said of the body: who may never place by it is not told what it lacks.
      try workflow?.admit(.place, role: actor.role)
      return try OrderDraft.read(
        $0, by: actor, currency: terms.currency, workflow: terms.workflow, startOfDay: terms.calendar.start,
        asked: workflow?.fieldsToPlace ?? [])
    }
    if let read = try await read(call, { try reading($0, false) }) { return read }
    await lookForWorkflows { false }
    guard let read = try await read(call, { try reading($0, true) }) else {
      preconditionFailure("it is read or refused")
    }
    return read
  }

  func cancel(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try ReasonRequest($0) }
    return try reply(
      await parts.desk.submit(
        .cancel(
          call.orderID(), because: request.reason, actor: call.actor(), answer: call.answerSlot,
          requestID: call.request.requestID)))
  }

  func close(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try ReasonRequest($0) }
    return try reply(
      await parts.desk.submit(
        .close(
          call.orderID(), because: request.reason, actor: call.actor(), answer: call.answerSlot,
          requestID: call.request.requestID)))
  }

  func view(_ view: OrderView, _ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    let id = try call.orderID()
    guard let copy = try await parts.reads.copy(view, of: id, for: call.actor()) else { throw call.noOrder(id) }
    return HTTPReply(status: 200, body: copy.body)
  }

  func statistics(_ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    return HTTPReply(status: 200, body: try await parts.reads.statistics(of: call.actor().tenant))
  }

  func listOrders(_ call: Call) async throws -> HTTPReply {
    let actor = try call.actor()
    let terms = try await terms(of: call)
    let request = try ListRequest(
      call.request.query, actor: actor, workflows: workflows.workflows(of: actor.tenant),
      startOfDay: terms.calendar.start)
    // Read and written in one turn, for what was read takes memory until it is written.
    return try await shares.lists.pass(call.party, work: { $0.body.bytes.count }) { try await list(request, call) }
  }

  private func list(_ request: ListRequest, _ call: Call) async throws -> HTTPReply {
    let page = try await parts.store.list(request.query)
    let total =
      if let counted = page.total { counted } else { try await parts.reads.count(request.query) }
    // About what an item takes as JSON.
    let bytes = page.orders.reduce(0) { $0 + $1.items.count * 256 }
    guard bytes > Shares.longBytes else { return Self.answer(page, total, request) }
    return try await LongWork.run(as: call.party) { Self.answer(page, total, request) }
  }

  private static func answer(_ page: OrderPage, _ total: Int64, _ request: ListRequest) -> HTTPReply {
    .json(capacity: 256 + page.orders.count * 1_024) { json in
      json.name("orders")
      json.beginArray()
      for order in page.orders { order.write(to: &json) }
      json.endArray()
      json.name("pagination")
      json.beginObject()
      json.member("page", Int64(request.page))
      json.member("limit", Int64(request.query.limit))
      json.member("total", total)
      json.member("totalPages", (total + Int64(request.query.limit) - 1) / Int64(request.query.limit))
      json.member("totalIsCapped", page.totalIsCapped)
      json.member("nextCursor", page.next?.text(request.query.sort))
      json.endObject()
    }
  }

  func events(_ call: Call) async throws -> HTTPReply {
    var problems = FieldProblems()
    var values = QueryValues(call.request.query, known: ["after", "limit"], &problems)
    let after = values.integer("after", 0...Int.max, &problems) ?? 0
    let limit = values.integer("limit", 1...200, &problems) ?? 100
    try problems.refuse()
    let order = try await visibleOrder(call)
    let events = try await parts.store.events(of: order.id, after: Int64(after), upTo: order.version, limit: limit)
    return .json(capacity: 128 + events.reduce(0) { $0 + $1.envelope.count + 1 }) { json in
      json.member("orderId", order.id)
      json.member("version", order.version)
      json.name("events")
      json.beginArray()
      for event in events where event.isSound { json.raw(event.envelope) }
      json.endArray()
      // Whoever is shown fewer than were looked at must not ask for these again.
      let last = events.last?.seq ?? order.version
      json.member("hasMore", last < order.version)
      json.name("nextAfter")
      if last < order.version { json.number(last) } else { json.null() }
    }
  }

  /// The order of the path, if the caller may see it.
  func visibleOrder(_ call: Call) async throws -> Order {
    let id = try call.orderID()
    let actor = try call.actor()
    guard let order = try await parts.store.order(id, tenant: actor.tenant), actor.maySee(order.owner) else {
      throw call.noOrder(id)
    }
    return order
  }
}

extension Call {
  func orderID() throws -> OrderID { try id(0, "order") }

  /// The body as JSON. No body is an object without members, where none of them must be there.
  func json() throws -> JSON {
    if request.body.isEmpty, route.takesNoBodyAsEmpty { return .object([]) }
    return try JSONParser.parse(request.body)
  }

  /// Refuses any query.
  func noQuery() throws {
    var problems = FieldProblems()
    _ = QueryValues(request.query, known: [], &problems)
    try problems.refuse()
  }

  /// `limit` and `after` of a list that goes on after the last thing seen; `read` makes sense of its id.
  func window<Position>(
    limit standard: Int = 50, _ read: (Text) -> Position?
  ) throws -> (after: Position?, limit: Int) {
    var problems = FieldProblems()
    var values = QueryValues(request.query, known: ["after", "limit"], &problems)
    let limit = values.integer("limit", 1...100, &problems) ?? standard
    let text = values.take("after")
    let after = text.flatMap(read)
    if text != nil, after == nil { problems.add("after", "the id of the last thing seen was expected: 24 hex digits") }
    try problems.refuse()
    return (after, limit)
  }
}

extension HTTPReply {
  /// 200 with an object.
  static func json(capacity: Int = 512, _ members: (inout JSONWriter) -> Void) -> HTTPReply {
    var json = JSONWriter(capacity: capacity)
    json.beginObject()
    members(&json)
    json.endObject()
    return HTTPReply(status: 200, body: SharedBytes(json.bytes))
  }
}
