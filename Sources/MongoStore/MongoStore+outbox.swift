public import HubContracts
public import Orders

/// What waits to be published.
extension MongoStore {
  /// How many entries one command takes out.
  static let markLimit = 1_000

  /// The transactions whose events are not known to be published, oldest first, at most `limit`.
  public func unpublished(limit: Int) async throws(StoreError) -> [OutboxEntry] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.find(Find(.outbox, limit: limit, options: Self.sort("_id", 1), filter: { _ in }), OutboxEntry.read)
    }
  }

  /// Those of them in which a tenant has a part.
  public func unpublished(of tenant: TenantID, limit: Int) async throws(StoreError) -> [OutboxEntry] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.find(
        Find(
          .outbox, limit: limit,
          options: {
            $0.document("sort") { $0.int32("_id", 1) }
            $0.string("hint", Indexes.outboxTenant)
          }, filter: { $0.string("writes.tenant", tenant.text) }), OutboxEntry.read)
    }
  }

  /// The tenants that have a part in any of them, by name. One look into the index for each: however much waits for one
  /// tenant, the next is found at once.
  public func unpublishedTenants(after: TenantID?, limit: Int) async throws(StoreError) -> [TenantID] {
    let limit = try Self.page(limit)
    return try await read { worker in
      var tenants: [TenantID] = []
      var last = after.map { Text($0.text) } ?? ""
      while tenants.count < limit {
        // Without a sort, which would be by the least of an entry's tenants: the index gives the least of those asked for.
        let found = try worker.find(
          Find(
            .outbox, limit: 1, options: { $0.string("hint", Indexes.outboxTenant) },
            filter: { [last] in $0.document("writes.tenant") { $0.string("$gt", last) } }), OutboxEntry.read)
        let names = found.first?.writes.compactMap { $0.tenant.map { Text($0.text) } } ?? []
        guard let next = names.filter({ $0 > last }).min(), let tenant = TenantID(next) else { break }
        tenants.append(tenant)
        last = next
      }
      return tenants
    }
  }

  /// An order as it stands for good.
  public func lastingOrder(_ id: OrderID) async throws(StoreError) -> Order? {
    try await read { worker in
      try worker.find(
        Find(.orders, limit: 1, options: { $0.readsLasting() }, filter: { $0.identifier("_id", id) }), Order.read
      ).first
    }
  }

  /// One order's writes whose events are not known to be published, oldest first.
  public func unpublished(of order: OrderID) async throws(StoreError) -> [UnpublishedWrite] {
    try await read { worker in
      let entries = try worker.find(
        Find(.outbox, limit: 0, filter: { $0.identifier("writes.orderId", order) }), OutboxEntry.read)
      return entries.flatMap(\.writes).filter { $0.orderID == order }.sorted { $0.lastSeq < $1.lastSeq }
    }
  }

  /// Notes that all events of these transactions are out. A note that a crash loses means that they go out twice, which
  /// changes nothing: so nobody waits for a majority here.
  public func markPublished(_ entries: [OutboxID]) async throws(StoreError) {
    guard !entries.isEmpty else { return }
    try await write { worker in
      for start in stride(from: 0, to: entries.count, by: Self.markLimit) {
        let part = entries[start..<min(start + Self.markLimit, entries.count)]
        _ = try worker.run(.plain) {
          $0.string("delete", Collection.outbox.rawValue)
          $0.documents("deletes", CollectionOfOne(part)) { writer, part in
            writer.document("q") { $0.document("_id") { $0.identifiers("$in", part) } }
            writer.int32("limit", 0)
          }
          $0.document("writeConcern") { $0.int32("w", 1) }
        }
      }
    }
  }
}

extension BSONWriter {
  /// In a command that reads: what a majority has, which no election takes back.
  mutating func readsLasting() { document("readConcern") { $0.string("level", "majority" as StaticString) } }
}
