import HubContracts
import Orders
import Testing

@testable import MongoStore

@Suite struct TenantTests {
  /// Something of everything that a tenant can have.
  private func fill(_ store: MongoStore, _ tenant: TenantID, orders count: Int) async throws {
    for number in 0..<count {
      var order = Fixtures.order(number: "ORD-\(number)", tenant: tenant)
      var writes = Fixtures.creation(of: order)
      writes.outbox = OutboxEntry(
        id: Fixtures.id(OutboxEntry.self),
        writes: [UnpublishedWrite(orderID: order.id, firstSeq: 1, lastSeq: order.version)])
      #expect(try await store.commit(writes) == .committed)
      let (changed, change) = Fixtures.change(of: order)
      #expect(try await store.commit(change) == .committed)
      order = changed
      var rest = WriteSet()
      rest.insertedInvoices = [Fixtures.invoice(of: change.insertedDeliveries[0], number: "INV-2026-\(number)")]
      rest.insertedParts = [Fixtures.part(of: order), Fixtures.part(of: order, "shipment")]
      rest.insertedProducts = [Fixtures.product("P\(number)", tenant: tenant)]
      var row = Fixtures.ledgerRow("P\(number)")
      row.tenantID = tenant
      rest.ledger = [row]
      rest.start(Fixtures.job(tenant: tenant))
      rest.answers = [Fixtures.answer("key-\(number)", tenant: tenant)]
      rest.invoiceNumbers = NumberSeries.allCases.map {
        InvoiceNumbering($0, tenant: tenant, year: 2026, expectedLast: Int64(number), last: Int64(number) + 1)
      }
      rest.tallies = [
        TallyScope(tenant: tenant, kind: .orders),
        TallyScope(tenant: tenant, kind: .deliveries(day: "2026-06-01")),
      ].map { Guarded(TallyShard(scope: $0, shard: number, revision: 1, counts: ["a": 1]), expectedVersion: 0) }
      #expect(try await store.commit(rest) == .committed)
    }
    _ = try await store.takeOrderNumbers(tenant: tenant, year: 2026, count: 3)
    let user = User(
      tenant: tenant, name: Fixtures.by, role: .admin, passwordHash: "h", createdAt: Fixtures.time())
    #expect(try await store.add(user))
    #expect(
      try await store.write(
        Fixtures.settings(tenant: tenant), replacing: 0,
        change: TenantChange(tenant: tenant, version: 1, at: Fixtures.time(), by: Fixtures.by, members: ["currency"]),
        answer: nil) == .done)
    try await store.open(
      Session(
        tokenHash: "hash-\(tenant.text)", actor: Actor(tenant: tenant, user: Fixtures.by, role: .admin),
        createdAt: Fixtures.time(), expiresAt: Timestamp(millis: Fixtures.wall() + 3_600_000)))
  }

  /// What `fill` makes.
  private func parts(orders count: Int64) -> [TenantPart] {
    [
      ("orders", count), ("deliveries", count), ("invoices", count), ("products", count), ("ledger", count),
      ("outbox", count), ("answers", count), ("tallies", 2 * count), ("numbers", 3), ("users", 1), ("sessions", 1),
      ("order_events", 5 * count), ("jobs", count), ("tenants", 1), ("tenant_changes", 1),
      ("parts", 2 * count),
    ].map { TenantPart(collection: $0.0, count: $0.1) }
  }

  /// How many documents there are of every collection, whoever has them.
  private func all(_ store: MongoStore) async throws -> [String: Int64] {
    try await store.read { worker in
      var counts: [String: Int64] = [:]
      for collection in Collection.allCases {
        counts[collection.rawValue] = try worker.count(collection, hint: "_id_", limit: 0) { _ in }
      }
      return counts
    }
  }

  @Test(arguments: [1, 3, MongoStore.removalSlice])
  func oneTenantGoesWhollyAndAnotherIsUntouched(slice: Int) async throws {
    try await withStore { store async throws in
      // A name that begins with the other's, and one that the other's begins with.
      let others = ["nor", "north-2"].map { Fixtures.word($0, TenantID.init) }
      try await fill(store, Fixtures.tenant, orders: 7)
      for other in others { try await fill(store, other, orders: 2) }
      #expect(try await store.contents(of: Fixtures.tenant) == parts(orders: 7))
      var told: [Int64] = []
      let removed = try await store.remove(Fixtures.tenant, slice: slice) { told.append($0) }
      #expect(removed == parts(orders: 7))
      #expect(told == told.sorted())
      #expect(told.last == removed.reduce(0) { $0 + $1.count })
      if slice < 7 { #expect(told.count > 12) }
      #expect(try await store.contents(of: Fixtures.tenant) == [])
      #expect(try await store.remove(Fixtures.tenant, slice: slice) == [])
      for other in others { #expect(try await store.contents(of: other) == parts(orders: 2)) }
      var left = Dictionary(uniqueKeysWithValues: parts(orders: 2).map { ($0.collection, 2 * $0.count) })
      // Nobody's: that there is nothing to renew, nothing of an older version's money, and the schema's number.
      left["migrations"] = 5
      left["workflows"] = 0
      #expect(try await all(store) == left)
    }
  }

  @Test func aSliceThatIsNoneIsRefused() async throws {
    try await withStore { store async throws in
      for slice in [0, MongoStore.removalSlice + 1] {
        await #expect(throws: StoreError.self) { try await store.remove(Fixtures.tenant, slice: slice) }
      }
    }
  }
}
