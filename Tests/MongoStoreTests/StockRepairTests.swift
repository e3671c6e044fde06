import HubContracts
import Orders
import Testing

@testable import MongoStore

/// Sums of stock that are not those of the ledger, and products as the version before reservations writes them.
@Suite struct StockRepairTests {
  private static let places: [(StockPlace, StaticString)] = [
    (.available, "onHand"), (.reserved, "reserved"), (.onHold, "onHold"), (.damaged, "damaged"),
  ]

  /// A product of 10, of which 2 are on hold, 1 is damaged and 3 are reserved for an order.
  private func stocked(_ store: MongoStore, _ id: Text = "A") async throws -> Product {
    var product = Fixtures.product(id)
    product.onHand = Quantity(millionths: 4)
    product.reserved = Quantity(millionths: 3)
    product.onHold = Quantity(millionths: 2)
    product.damaged = Quantity(millionths: 1)
    var rows = [Fixtures.ledgerRow(id, onHand: 10), Fixtures.ledgerRow(id, onHand: -2)]
    (rows[1].kind, rows[1].onHold) = (.onHold, Quantity(millionths: 2))
    rows.append(Fixtures.ledgerRow(id, onHand: -1))
    (rows[2].kind, rows[2].damaged) = (.damaged, Quantity(millionths: 1))
    rows.append(Fixtures.ledgerRow(id, onHand: -3))
    (rows[3].kind, rows[3].reserved) = (.reserved, Quantity(millionths: 3))
    (rows[3].orderID, rows[3].hold) = (Fixtures.id(Order.self), LedgerRow.Hold(seq: 2, owner: "cleo"))
    var writes = WriteSet()
    (writes.insertedProducts, writes.ledger) = ([product], rows)
    #expect(try await store.commit(writes) == .committed)
    return product
  }

  private func set(_ store: MongoStore, _ update: @escaping @Sendable (inout BSONWriter) -> Void) async throws {
    try await store.write { worker in
      _ = try worker.run(.write) {
        $0.string("update", Collection.products.rawValue)
        $0.documents("updates", CollectionOfOne(update)) { writer, update in
          writer.document("q") { $0.string("_id", Product.key("A", tenant: Fixtures.tenant)) }
          writer.document("u", update)
        }
      }
    }
  }

  /// Replaces the product as the version before reservations does, which takes so much off the shelf.
  private func replaceAsOlder(_ store: MongoStore, _ product: Product, taking taken: Int64 = 0) async throws {
    try await set(store) {
      $0.string("_id", Product.key(product.productID, tenant: product.tenantID))
      $0.tenant("tenantId", product.tenantID)
      $0.string("productId", product.productID)
      $0.string("name", product.name)
      $0.money("unitPrice", product.unitPrice)
      $0.int64("taxRate", product.taxRate.millionths)
      $0.bool("active", product.active)
      $0.int64("onHand", product.onHand.millionths - taken)
      $0.quantity("damaged", product.damaged)
      $0.quantity("onHold", product.onHold)
      $0.int64("version", product.version + 1)
      $0.date("createdAt", product.createdAt)
      $0.date("updatedAt", product.updatedAt)
    }
  }

  @Test func eachSumIsFoundWrongAndPutRight() async throws {
    try await withStore { store async throws in
      let right = try await stocked(store)
      #expect(try await store.auditedProduct("A", tenant: Fixtures.tenant)?.wrong == [])
      let untouched = try #require(try await store.repairStock(of: "A", tenant: Fixtures.tenant))
      #expect(untouched.product == right, "what is right is not written")
      var version = right.version
      for (place, field) in Self.places {
        try await set(store) { $0.document("$set") { $0.int64(field, 77) } }
        let page = try await store.auditedProducts(tenant: Fixtures.tenant, after: nil, limit: 10)
        #expect(page.map(\.wrong) == [[place]])
        let found = try #require(try await store.repairStock(of: "A", tenant: Fixtures.tenant))
        #expect(found.wrong == [place] && found.product[place].millionths == 77)
        version += 1
        var next = try #require(try await store.products(["A"], tenant: Fixtures.tenant).first)
        #expect(next.version == version, "whoever read it before decides again")
        (next.version, next.updatedAt) = (right.version, right.updatedAt)
        #expect(next == right)
      }
      #expect(try await store.repairStock(of: "B", tenant: Fixtures.tenant) == nil)
      #expect(try await store.repairStock(of: "A", tenant: Fixtures.other) == nil)
      #expect(try await store.tenants() == [Fixtures.tenant], "it has stock, and no orders")
    }
  }

  @Test func aRepairAmongWritersLosesNothing() async throws {
    try await withStore { store async throws in
      _ = try await stocked(store)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
          group.addTask {
            for _ in 0..<15 {
              var outcome = CommitOutcome.stale
              while outcome == .stale {
                let read = try #require(try await store.products(["A"], tenant: Fixtures.tenant).first)
                var next = read
                next.onHand = Quantity(millionths: read.onHand.millionths - 1)
                next.reserved = Quantity(millionths: read.reserved.millionths + 1)
                next.version += 1
                var row = Fixtures.ledgerRow("A", onHand: -1)
                (row.kind, row.reserved) = (.reserved, Quantity(millionths: 1))
                (row.orderID, row.hold) = (Fixtures.id(Order.self), LedgerRow.Hold(seq: 2, owner: "cleo"))
                var writes = WriteSet()
                (writes.changedProducts, writes.ledger) = ([Guarded(next, expectedVersion: read.version)], [row])
                outcome = try await store.commit(writes)
              }
            }
          }
        }
        group.addTask {
          for round in 0..<12 {
            let field = Self.places[round % 4].1
            try await set(store) { $0.document("$inc") { $0.int64(field, 5) } }
            _ = try await store.repairStock(of: "A", tenant: Fixtures.tenant)
          }
        }
        try await group.waitForAll()
      }
      let audited = try #require(try await store.auditedProduct("A", tenant: Fixtures.tenant))
      #expect(audited.wrong == [], "\(audited)")
      #expect(audited.reserved.millionths == 48 && audited.onHand.millionths == -41)
    }
  }

  @Test func whatAnOlderVersionDroppedIsTakenFromTheLedger() async throws {
    try await withStore { store async throws in
      let right = try await stocked(store)
      var writes = WriteSet()
      writes.insertedProducts = [Fixtures.product("B")]
      #expect(try await store.commit(writes) == .committed)
      try await replaceAsOlder(store, right, taking: 1)
      var sold = Fixtures.ledgerRow("A", onHand: -1)
      sold.kind = .deducted
      writes = WriteSet()
      writes.ledger = [sold]
      #expect(try await store.commit(writes) == .committed)

      var expected = right
      expected.onHand = Quantity(millionths: 3)
      expected.version += 1
      #expect(try await store.products(["A"], tenant: Fixtures.tenant) == [expected])
      let listed = try await store.products(tenant: Fixtures.tenant, after: nil, limit: 10)
      #expect(listed.map(\.reserved.millionths) == [3, 0])
      #expect(try await store.auditedProduct("A", tenant: Fixtures.tenant)?.wrong == [])

      // The next write puts it back; one that was decided before the older version's is refused.
      var next = expected
      next.version += 1
      writes = WriteSet()
      writes.changedProducts = [Guarded(next, expectedVersion: right.version)]
      #expect(try await store.commit(writes) == .stale)
      writes.changedProducts = [Guarded(next, expectedVersion: expected.version)]
      #expect(try await store.commit(writes) == .committed)
      let stored = try await store.read { worker in
        try worker.find(Find(.products, limit: 1) { $0.string("productId", "A" as Text) }, StoredProduct.read)
      }
      #expect(stored.map(\.lacksReserved) == [false] && stored.map(\.product) == [next])
    }
  }

  @Test func aRepairMendsAProductOfAnOlderVersionToo() async throws {
    try await withStore { store async throws in
      try await replaceAsOlder(store, stocked(store), taking: 2)
      let found = try #require(try await store.repairStock(of: "A", tenant: Fixtures.tenant))
      #expect(found.wrong == [.available] && found.product.reserved.millionths == 3)
      let mended = try #require(try await store.auditedProduct("A", tenant: Fixtures.tenant))
      #expect(mended.wrong == [] && mended.product.onHand.millionths == 4)
    }
  }
}
