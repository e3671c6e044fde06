import HubContracts
import HubRuntime
import HubWire
import Orders

extension OrderAPI {
  /// The format of a workflow's definition, for editors. It changes with the hub's version alone.
  func workflowSchema(_ call: Call) -> HTTPReply {
    let headers = [("ETag", Self.workflowSchemaTag), ("Cache-Control", "public, max-age=3600")]
    if let tags = call.request.list("If-None-Match"), tags.names(tag: Text(Self.workflowSchemaTag)) {
      return HTTPReply(status: 304, contentType: nil, headers: headers, body: SharedBytes([]))
    }
    return HTTPReply(
      status: 200, contentType: WorkflowSchema.contentType, headers: headers, body: Self.workflowSchemaBody)
  }

  private static let workflowSchemaBody = SharedBytes(WorkflowSchema.json)
  private static let workflowSchemaTag = "\"\(Digest.sha256Hex(WorkflowSchema.json).prefix(32))\""
}

extension Text {
  /// Whether an `If-None-Match` names an entity tag, weak or strong, or any (RFC 9110 §13.1.2).
  func names(tag: Text) -> Bool {
    split(on: UInt8(ascii: ",")).map(\.trimmed).contains { $0 == "*" || $0 == tag || $0 == "W/\(tag)" }
  }
}
