import HubContracts
import Orders

extension TenantRecord: Document {
  func write(to writer: inout BSONWriter) {
    writer.string("_id", tenant.text)
    writer.tenant("tenantId", tenant)
    writeRest(to: &writer)
  }

  /// All but whose they are.
  func writeRest(to writer: inout BSONWriter) {
    writer.int64("version", version)
    writer.int64("revision", revision)
    // Text, and not a document of its own: it comes back byte for byte, with the members of a later version too.
    writer.string("settings", utf8: settings)
    writer.documents("secrets", secrets) { writer, secret in
      writer.string("path", secret.path)
      writer.string("key", secret.sealed.keyID)
      writer.binary("nonce", secret.sealed.nonce)
      writer.binary("box", secret.sealed.box)
    }
    writer.date("updatedAt", updatedAt)
    writer.user("updatedBy", updatedBy)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> TenantRecord {
    TenantRecord(
      tenant: try reader.tenant("tenantId"), version: try reader.integer("version"),
      revision: try reader.integer("revision"), settings: try reader.octets("settings"),
      secrets: try reader.documents("secrets") { secret throws(BSONError) in
        TenantSecret(
          path: try secret.string("path"),
          sealed: SealedSecret(
            keyID: try secret.string("key"), nonce: try secret.octets("nonce"), box: try secret.octets("box")))
      }, updatedAt: try reader.date("updatedAt"), updatedBy: try reader.user("updatedBy"))
  }
}

extension TenantChange: Document {
  /// `_id`: `tenant:` and the version in 19 digits, so that changes stand in their order.
  static func key(_ tenant: TenantID, _ version: Int64) -> String {
    let digits = String(max(version, 0))
    return "\(tenant.text):\(String(repeating: "0", count: 19 - digits.utf8.count))\(digits)"
  }

  func write(to writer: inout BSONWriter) {
    writer.string("_id", Self.key(tenant, version))
    writer.tenant("tenantId", tenant)
    writer.int64("version", version)
    writer.date("at", at)
    writer.user("by", by)
    writer.strings("members", members)
    writer.int64("memberCount", Int64(memberCount))
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> TenantChange {
    let (tenant, version) = (try reader.tenant("tenantId"), try reader.integer("version"))
    let (at, by) = (try reader.date("at"), try reader.user("by"))
    var members: [Text] = []
    var list = try reader.optionalDocument("members")
    while let value = try list?.nextValue() { if let text = value.text { members.append(text) } }
    return TenantChange(
      tenant: tenant, version: version, at: at, by: by, members: members, memberCount: try reader.int("memberCount"))
  }
}
