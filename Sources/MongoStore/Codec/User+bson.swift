import HubContracts
import Orders

extension User: Document {
  /// A tenant's name has no colon, so the two parts cannot be confused, and a tenant's users are one range.
  static func key(_ name: UserID, tenant: TenantID) -> String { "\(tenant.text):\(name.text)" }

  func write(to writer: inout BSONWriter) {
    writer.string("_id", Self.key(name, tenant: tenant))
    writer.tenant("tenantId", tenant)
    writer.user("name", name)
    writer.string("role", roleWord)
    if let passwordHash { writer.string("passwordHash", passwordHash) }
    writer.optionalString("displayName", displayName)
    writer.date("createdAt", createdAt)
    writer.date("updatedAt", updatedAt)
    writer.optionalDate("disabledAt", disabledAt)
    writer.optionalDate("tokensFrom", tokensFrom)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> User {
    var user = User(
      tenant: try reader.tenant("tenantId"), name: try reader.user("name"), roleWord: try reader.string("role"),
      passwordHash: try reader.optionalString("passwordHash")?.string,
      displayName: try reader.optionalString("displayName"), createdAt: try reader.date("createdAt"))
    user.updatedAt = try reader.optionalDate("updatedAt") ?? user.createdAt
    user.disabledAt = try reader.optionalDate("disabledAt")
    user.tokensFrom = try reader.optionalDate("tokensFrom")
    return user
  }
}
