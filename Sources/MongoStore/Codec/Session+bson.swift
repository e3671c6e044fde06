import HubContracts
import Orders

extension Session: Document {
  func write(to writer: inout BSONWriter) {
    writer.string("_id", tokenHash)
    writer.string("tokenHash", tokenHash)
    writer.strings("used", EmptyCollection<Text>())
    writer.tenant("tenantId", actor.tenant)
    writer.user("user", actor.user)
    writer.string("role", actor.role.rawValue)
    writer.date("createdAt", createdAt)
    writer.date("expiresAt", expiresAt)
    writer.optionalDate("tokensFrom", tokensFrom)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> Session {
    let tokenHash: String = try reader.string("tokenHash")
    // The role counts that the user has now; one that a newer process gave does not end the session.
    let role = Role(try reader.string("role") as Text) ?? .customer
    let actor = Actor(tenant: try reader.tenant("tenantId"), user: try reader.user("user"), role: role)
    return Session(
      tokenHash: tokenHash, actor: actor, createdAt: try reader.date("createdAt"),
      expiresAt: try reader.date("expiresAt"), tokensFrom: try reader.optionalDate("tokensFrom"))
  }
}
