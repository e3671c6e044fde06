import HubContracts
import Orders

extension OrderAPI {
  /// The generic way in to every workflow, and the workflows themselves.
  static let workflowRoutes: [Route] = [
    Route(
      method: .get, pattern: "/api/orders/:id/actions", access: .staffOrOwner,
      summary: "What the caller may do now to an order, and what that asks for", success: (200, "ActionList"),
      handler: { try await $0.actions($1) }),
    Route(
      method: .post, pattern: "/api/orders/:id/actions/:event", access: .staffOrOwner,
      summary: "Do one of an order's actions", body: "ActionInput", bodyIsOptional: true,
      success: (200, "ActionAnswer"),
      otherAnswers: [(201, "ActionAnswer")], ownRefusals: [428],
      isKeyed: true, isVersioned: true, handler: { try await $0.act($1) }),
    Route(
      method: .get, pattern: "/api/workflows", access: .roles(.staff), summary: "The workflows, and their states",
      success: (200, "WorkflowList"), handler: { try await $0.listWorkflows($1) }),
    Route(
      method: .get, pattern: "/api/workflows/:name", access: .roles(.staff),
      summary: "A workflow's definition, or its picture by Accept or as",
      query: [
        .init(
          name: "as", summary: "json, svg or mermaid; as Accept says if absent",
          schema: .words(WorkflowForm.allCases.map(\.rawValue)))
      ], success: (200, "Workflow"), otherAnswers: [(200, "Picture"), (200, "Mermaid")], ownRefusals: [406],
      handler: { try await $0.workflow($1) }),
    Route(
      method: .put, pattern: "/api/workflows/:name", access: .roles([.admin]),
      summary: "Make a workflow of the tenant's own, or its next version", body: "Workflow",
      success: (200, "KeptWorkflow"), otherAnswers: [(201, "KeptWorkflow")], ownRefusals: [409],
      handler: { try await $0.putWorkflow($1) }),
    Route(
      method: .delete, pattern: "/api/workflows/:name", access: .roles([.admin]),
      summary: "Let no new order begin by a workflow of the tenant's own", success: (200, "KeptWorkflow"),
      ownRefusals: [409], handler: { try await $0.removeWorkflow($1) }),
    Route(
      method: .get, pattern: "/schemas/workflow.json", access: .open,
      summary: "The format of a workflow's definition as JSON Schema", success: (200, "WorkflowSchema"),
      otherAnswers: [(304, "Nothing")], handler: { $0.workflowSchema($1) }),
  ]
}
