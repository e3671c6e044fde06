import HubContracts
import HubRuntime
import HubWire
import OrderDesk
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

  /// Looks for what another process has written since the last look, until `isThere`: whoever has just made a workflow
  /// uses it at once, whichever process answers. Twice at most, for a look that is under way may have come too early.
  func lookForWorkflows(until isThere: () -> Bool) async {
    for _ in 0..<2 where !isThere() {
      await looks.value { [shelf, store = parts.workflows, log] in
        do { try await shelf.look(at: store) } catch {
          log.warning("a look for workflows failed", [("cause", "\(error)")])
        }
      }
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
