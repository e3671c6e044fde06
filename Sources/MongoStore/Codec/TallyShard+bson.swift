import HubContracts
import Orders

extension TallyScope.Kind {
  /// Where all tenants' tallies of this kind begin; neither a day nor a tenant has a colon.
  var prefix: String {
    switch self {
    case .orders: "orders:"
    case .deliveries(let day): "deliveries:\(day):"
    }
  }
}

extension TallyScope {
  /// Where this tally's shards begin.
  var prefix: String { "\(kind.prefix)\(tenant.text):" }
}

extension TallyShard: Document {
  var key: String { "\(scope.prefix)\(shard)" }

  func write(to writer: inout BSONWriter) throws(BSONError) {
    writer.string("_id", key)
    writer.tenant("tenantId", scope.tenant)
    switch scope.kind {
    case .orders: writer.string("kind", "orders" as StaticString)
    case .deliveries(let day):
      writer.string("kind", "deliveries" as StaticString)
      writer.string("day", day)
    }
    writer.int64("shard", Int64(shard))
    writer.int64("revision", revision)
    try writer.document("counts") { counts throws(BSONError) in
      for (name, count) in self.counts { try counts.int64(name: name, count) }
    }
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> TallyShard {
    let tenant = try reader.tenant("tenantId")
    let kind: TallyScope.Kind
    switch try reader.string("kind") as Text {
    case "orders": kind = .orders
    case "deliveries": kind = .deliveries(day: try reader.string("day"))
    default: throw .wrong("kind")
    }
    let shard = try reader.int("shard")
    let revision = try reader.integer("revision")
    var fields = try reader.document("counts")
    var counts: [Text: Int64] = [:]
    while let (name, value) = try fields.next() {
      guard let count = value.integer else { throw .wrong("counts") }
      counts[name] = count
    }
    return TallyShard(
      scope: TallyScope(tenant: tenant, kind: kind), shard: shard, revision: revision, counts: counts)
  }
}
