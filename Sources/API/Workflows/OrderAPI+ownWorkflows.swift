import HubContracts
import HubWire
import OrderDesk
import Orders

extension OrderAPI {
  /// Makes a workflow of the tenant's own, or the next version of one.
  func putWorkflow(_ call: Call) async throws -> HTTPReply {
    let actor = try call.actor()
    let name = try ownName(call)
    guard call.request.body.count <= WorkflowDocument.limitBytes else {
      throw Problem(
        status: 413, code: "body_too_large",
        detail: "a definition may have \(WorkflowDocument.limitBytes) bytes; this one has \(call.request.body.count)")
    }
    let document = try await read(call) { WorkflowDocument($0) }
    var problems = FieldProblems()
    for problem in document.problems { problems.add(problem.path, problem.message) }
    try problems.refuse()
    var definition = document.definition
    definition.name = name
    return try written(await parts.workflows.put(definition.json, as: name, tenant: actor.tenant, by: actor.user), call)
  }

  /// Lets no new order begin by one. Refused while orders of it are under way, or new ones that name none begin by it.
  func removeWorkflow(_ call: Call) async throws -> HTTPReply {
    let actor = try call.actor()
    let name = try ownName(call)
    let underWay = try await ordersUnderWay(name, of: actor.tenant)
    guard underWay == 0 else {
      throw Problem(
        status: 409, code: "workflow_in_use",
        detail:
          "\(underWay) orders of the workflow \(name.rawValue) are under way; it can be removed when they have ended")
    }
    guard try await settings(of: actor.tenant).defaultWorkflow != name else {
      throw Problem(
        status: 409, code: "workflow_is_default",
        detail:
          "new orders that name no workflow begin by \(name.rawValue); it can be removed when the tenant's defaultWorkflow is another"
      )
    }
    return try written(await parts.workflows.remove(name, tenant: actor.tenant, by: actor.user), call)
  }

  private func written(_ outcome: KeptWorkflowOutcome, _ call: Call) throws -> HTTPReply {
    switch outcome {
    case .unknown: throw noWorkflow(call.parameters[0], workflows.workflows(of: try call.actor().tenant))
    case .tooMany:
      throw Problem(
        status: 409, code: "too_many_workflows",
        detail:
          "a tenant may have \(KeptWorkflow.nameLimit) workflows, and \(KeptWorkflow.versionLimit) versions of all of them"
      )
    case .done(let kept, let isNew):
      shelf.take(kept)
      var reply = HTTPReply.json(capacity: 256 + kept.definition.count) { json in
        json.member("success", true)
        json.member("name", kept.name.rawValue)
        json.member("version", kept.version)
        json.member("isRemoved", kept.isRemoved)
        json.member("definition", raw: kept.definition)
      }
      if isNew, kept.version == 1 { reply.status = 201 }
      return reply
    }
  }

  /// A name that a tenant may give: none that every tenant has.
  private func ownName(_ call: Call) throws -> WorkflowName {
    let text = call.parameters[0]
    guard text.isWorkflowWord else {
      throw Problem(
        status: 422, code: "validation_failed",
        detail: "\"\(text.start(64))\" is no name of a workflow: 1 to 64 of A-Z a-z 0-9 _ -")
    }
    let name = WorkflowName(rawValue: text)
    guard workflows.common[name] == nil else {
      throw Problem(
        status: 409, code: "workflow_is_built_in",
        detail: "every tenant has the workflow \(text.start(64)); give yours another name")
    }
    return name
  }

  /// How many orders of a workflow are in a state that is not its last.
  private func ordersUnderWay(_ name: WorkflowName, of tenant: TenantID) async throws -> Int64 {
    guard let workflow = workflows.workflows(of: tenant)[name] else { return 0 }
    let under = workflow.definition.states.filter { !$0.isTerminal }.map(\.status)
    var query = OrderQuery(tenant: tenant, workflow: name, statuses: under)
    query.states = workflow.standings
    return try await parts.reads.count(query)
  }
}
