import HubContracts
import Orders

extension KeptWorkflow: Document {
  /// A name has no colon, so no other's begins with it.
  static func key(_ name: WorkflowName, version: Int64, tenant: TenantID) -> String {
    "\(tenant.text):\(name.rawValue):\(version)"
  }

  func write(to writer: inout BSONWriter) {
    writer.string("_id", Self.key(name, version: version, tenant: tenant))
    writer.tenant("tenantId", tenant)
    writer.string("name", name.rawValue)
    writer.int64("version", version)
    writer.string("definition", utf8: definition)
    writer.bool("removed", isRemoved)
    writer.user("by", by)
    writer.date("at", at)
    writer.int64("revision", revision)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> KeptWorkflow {
    KeptWorkflow(
      tenant: try reader.tenant("tenantId"), name: WorkflowName(rawValue: try reader.string("name")),
      version: try reader.integer("version"), definition: Array((try reader.string("definition") as Text).utf8),
      isRemoved: try reader.bool("removed"), by: try reader.user("by"), at: try reader.date("at"),
      revision: try reader.integer("revision"))
  }
}
