import HubContracts
import HubRuntime
import HubWire
import OrderDesk
import Orders

/// The forms in which a workflow's definition is given.
enum WorkflowForm: String, CaseIterable {
  case json, svg, mermaid

  /// The media type, without parameters.
  var mediaType: String {
    switch self {
    case .json: "application/json"
    case .svg: "image/svg+xml"
    case .mermaid: "text/vnd.mermaid"
    }
  }
}

extension Call {
  /// The form that is asked for: by `as`, or else by `Accept`.
  func workflowForm() throws -> WorkflowForm {
    var problems = FieldProblems()
    var values = QueryValues(request.query, known: ["as"], &problems)
    let named = values.choice("as", WorkflowForm.allCases.map(\.rawValue), &problems)
    try problems.refuse()
    if let named, let form = WorkflowForm(Text(named)) { return form }
    let types = WorkflowForm.allCases.map(\.mediaType)
    guard let index = request.preferred(among: types.map { Text($0) }) else {
      throw Problem(
        status: 406, code: "not_acceptable",
        detail:
          "Accept takes none of the forms that there are: \(types.joined(separator: ", ")); as=json, svg or mermaid names one too",
        headers: [("Vary", "Accept")])
    }
    return WorkflowForm.allCases[index]
  }
}

extension OrderAPI {
  /// A workflow's definition: as it may be sent again under another name, or drawn.
  func workflow(_ call: Call) async throws -> HTTPReply {
    let form = try call.workflowForm()
    let tenant = try call.actor().tenant
    guard let workflow = try await workflow(named: WorkflowName(rawValue: call.parameters[0]), of: tenant) else {
      var problem = noWorkflow(call.parameters[0], workflows.workflows(of: tenant))
      problem.headers.append(("Vary", "Accept"))
      throw problem
    }
    let definition = workflow.definition
    switch form {
    case .json: return HTTPReply(status: 200, headers: [("Vary", "Accept")], body: SharedBytes(definition.json))
    case .mermaid:
      let text = try await LongWork.run(as: call.party) { definition.mermaid }
      return HTTPReply(
        status: 200, contentType: "\(form.mediaType); charset=utf-8", headers: [("Vary", "Accept")],
        body: SharedBytes(text))
    case .svg:
      let picture = try await LongWork.run(as: call.party) { definition.svg }
      // A picture that is opened by itself is a document: it may do nothing but be seen.
      return HTTPReply(
        status: 200, contentType: form.mediaType,
        headers: [
          ("Vary", "Accept"), ("X-Content-Type-Options", "nosniff"),
          ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ], body: SharedBytes(picture))
    }
  }

  /// A tenant's workflow, in its newest version where none is named. One that this process has not seen yet is looked for,
  /// so that what was added a moment ago by another process can be used here at once.
  func workflow(named name: WorkflowName, version: Int64? = nil, of tenant: TenantID) async throws -> Workflow? {
    let book = workflows
    guard name.rawValue.isWorkflowWord else { return nil }
    await lookForWorkflows { book.workflow(name, version: version, of: tenant) != nil }
    return workflows.workflow(name, version: version, of: tenant)
  }
}
