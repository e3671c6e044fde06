import HubContracts
import HubRuntime
import HubWire
import OrderDesk
import Orders

extension OrderAPI {
  /// Changes what an order was placed with.
  func editOrder(_ call: Call) async throws -> HTTPReply {
    let order = try await visibleOrder(call)
    return try await edit(order, by: workflow(of: order), call)
  }

  /// The same, of an order that the caller may see.
  func edit(_ order: Order, by workflow: Workflow?, _ call: Call) async throws -> HTTPReply {
    let (actor, answer) = (try call.actor(), call.answerSlot)
    // Whoever may never is not told what the body lacks.
    try workflow?.admit(.edit, role: actor.role)
    let asked = workflow?.fields(of: .edit, from: order.status) ?? []
    let terms = try await terms(of: call)
    let start = terms.calendar.start
    let ifMatch = call.request.header("If-Match")
    let request = try await read(call) {
      try EditRequest($0, ifMatch: ifMatch, asked: asked, startOfDay: start)
    }
    if actor.role.sight != .business, request.edit.items != nil, order.currency != terms.currency {
      // The catalogue's prices are in the tenant's currency.
      var problems = FieldProblems()
      problems.add("items", "The order is in \(order.currency.code); only staff may change its items.")
      try problems.refuse()
    }
    let outcome = await parts.desk.submit(
      .edit(
        request.edit, request.input, of: order.id, actor: actor, answer: answer, requestID: call.request.requestID))
    if case .refused(let refusal) = outcome, Text(refusal.code) == Text(Refusal.versionConflict) {
      throw try await told(refusal, since: request.edit.version, of: order.id, actor)
    }
    return try reply(outcome)
  }

  /// What has happened to the order since the version that an edit was meant for.
  private func told(
    _ conflict: Refusal, since version: Int64, of id: OrderID, _ actor: Actor
  ) async throws -> Refusal {
    guard case .version(let now)? = conflict.facts.last, version < now else { return conflict }
    let events = try await parts.store.events(of: id, after: version, upTo: now, limit: PastChange.limit)
    let isStaff = actor.role.sight == .business
    let changes = events.filter { $0.isSound && (isStaff || $0.type.isKnown) }.map { event in
      let changed = event.changedMembers
      return PastChange(
        seq: event.seq, type: event.type, at: event.at, by: isStaff ? Text(event.by.text) : nil,
        changed: changed.shown + (isStaff ? changed.staffs : []))
    }
    var refusal = conflict
    refusal.facts.append(.changes(changes))
    return refusal
  }
}

extension JSONWriter {
  /// `[{"seq","type","at","by"?,"changed"?}]`
  mutating func write(_ changes: [PastChange]) {
    beginArray()
    for change in changes {
      beginObject()
      member("seq", change.seq)
      member("type", change.type.name)
      member("at", change.at)
      if let by = change.by { member("by", by) }
      if !change.changed.isEmpty { member("changed", change.changed) { $0.string($1) } }
      endObject()
    }
    endArray()
  }
}
