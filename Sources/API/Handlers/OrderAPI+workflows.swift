import HubContracts
import HubWire
import Orders

extension OrderAPI {
  /// The workflows that there are.
  func listWorkflows(_ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    let workflows = workflows.workflows(of: try call.actor().tenant)
    return .json(capacity: 1_024) { json in
      json.name("workflows")
      json.beginArray()
      for name in workflows.names {
        guard let workflow = workflows[name] else { continue }
        json.beginObject()
        json.member("name", name.rawValue)
        json.name("states")
        json.beginArray()
        for state in workflow.definition.states { json.string(state.status.rawValue) }
        json.endArray()
        json.endObject()
      }
      json.endArray()
    }
  }

  /// There is none of this name.
  func noWorkflow(_ name: Text, _ workflows: Workflows) -> Problem {
    let known = workflows.names.map(\.rawValue.string).joined(separator: ", ")
    return Problem(
      status: 404, code: "workflow_not_found",
      detail: "there is no workflow \"\(name.start(64))\"; there are: \(known)")
  }
}
