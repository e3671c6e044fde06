import HubContracts
import Orders

extension User: Document {
  /// A tenant's name has no colon, so the two parts cannot be confused, and a tenant's users are one range.
  static func key(_ name: UserID, tenant: TenantID) -> String { "\(tenant.text):\(name.text)" }

  func write(to writer: inout BSONWriter) {
    writer.string("_id", Self.key(name, tenant: tenant))
    writer.tenant("tenantId", tenant)
    writer.user("name", name)
    writer.string("role", role.rawValue)
    writer.string("passwordHash", passwordHash)
    writer.date("createdAt", createdAt)
    writer.date("updatedAt", createdAt)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> User {
    User(
      tenant: try reader.tenant("tenantId"), name: try reader.user("name"), role: try reader.word("role", Role.self),
      passwordHash: try reader.string("passwordHash"), createdAt: try reader.date("createdAt"))
  }
}
