import HubContracts
import HubRuntime
import HubWire
import OrderDesk
import Orders

extension OrderAPI {
  /// What the caller may do now to an order.
  func actions(_ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    let order = try await visibleOrder(call)
    let context = try await context(of: call)
    let rows = try await workflow(of: order)?.actions(on: order, in: context) ?? []
    return .json(capacity: 256 + rows.count * 256) { json in
      json.member("orderId", order.id)
      json.member("version", order.version)
      json.member("status", order.status.rawValue)
      json.name("actions")
      json.beginArray()
      for row in rows { row.writeAction(to: &json, isStaff: context.actor.role.sight == .business) }
      json.endArray()
    }
  }

  /// Does one of them.
  func act(_ call: Call) async throws -> HTTPReply {
    let order = try await visibleOrder(call)
    let workflow = try await workflow(of: order)
    let event = WorkflowEvent(rawValue: call.parameters[1].start(64))
    if let workflow, workflow.edits(by: event) { return try await edit(order, by: workflow, call) }
    let fields = workflow?.fields(of: event, from: order.status) ?? []
    let start = try await terms(of: call).calendar.start
    let input =
      call.request.body.isEmpty
      ? StepInput() : try await read(call) { try StepInput($0, fields: fields, startOfDay: start) }
    let ask = try workflow?.ask(event, input, by: fields) ?? StepAsk(event, input)
    return try reply(
      await parts.desk.submit(
        .step(ask, of: order.id, actor: call.actor(), answer: call.answerSlot, requestID: call.request.requestID)))
  }

  /// The one that an order began with.
  func workflow(of order: Order) async throws -> Workflow? {
    try await workflow(named: order.workflow, version: order.workflowVersion, of: order.tenantID)
  }

  private func context(of call: Call) async throws -> RuleContext {
    RuleContext(
      actor: try call.actor(), now: parts.clock.now(), workflows: workflows, ids: parts.ids,
      day: try await terms(of: call).calendar.day)
  }
}

extension WorkflowRow {
  fileprivate func writeAction(to json: inout JSONWriter, isStaff: Bool) {
    json.beginObject()
    json.member("event", event.rawValue)
    json.member("label", label?.string ?? event.rawValue)
    json.name("input")
    json.beginArray()
    for field in isEdit ? OrderEdit.fields(of: self, isStaff: isStaff) : input { field.write(to: &json) }
    json.endArray()
    json.endObject()
  }
}
