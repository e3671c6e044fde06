import HubContracts
import Orders

extension AnswerKey {
  /// One string of the four parts; the route's length stands in it, so no two keys give the same. A key without a user has
  /// a digit where others have `@`.
  var documentKey: Text {
    let holder = user.map { "@\($0.text)\n" } ?? ""
    return "\(tenant.text)\n\(holder)\(route.utf8.count)\n\(route)\n\(key)"
  }
}

extension KeptAnswer: Document {
  func write(to writer: inout BSONWriter) {
    writer.string("_id", key.documentKey)
    writer.tenant("tenantId", key.tenant)
    if let user = key.user { writer.user("user", user) }
    writer.string("route", key.route)
    writer.string("key", key.key)
    writer.string("fingerprint", fingerprint)
    writer.int64("status", Int64(status))
    writer.string("contentType", contentType)
    writer.binary("body", body)
    writer.date("at", at)
    let (end, overflow) = at.millis.addingReportingOverflow(Int64(Self.lifetimeSeconds) * 1000)
    writer.date("expiresAt", Timestamp(millis: overflow ? .max : end))
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> KeptAnswer {
    let key = AnswerKey(
      tenant: try reader.tenant("tenantId"), user: try reader.optionalString("user").flatMap { UserID($0) },
      route: try reader.string("route"), key: try reader.string("key"))
    return KeptAnswer(
      key: key, fingerprint: try reader.string("fingerprint"), status: try reader.int("status"),
      contentType: try reader.string("contentType"), body: try reader.octets("body"), at: try reader.date("at"))
  }
}
