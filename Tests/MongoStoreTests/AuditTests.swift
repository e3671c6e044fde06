import HubContracts
import Orders
import Testing

@testable import MongoStore

@Suite struct AuditTests {
  @Test func everythingIsReadInPages() async throws {
    try await withStore { store async throws in
      let orders = (0..<7).map {
        Fixtures.order(number: "ORD-\($0)", tenant: $0 == 6 ? Fixtures.other : Fixtures.tenant)
      }
      for order in orders { #expect(try await store.commit(Fixtures.creation(of: order)) == .committed) }
      let (changed, change) = Fixtures.change(of: orders[0])
      #expect(try await store.commit(change) == .committed)
      var invoicing = WriteSet()
      invoicing.insertedInvoices = [Fixtures.invoice(of: change.insertedDeliveries[0], number: "INV-2026-000001")]
      invoicing.invoiceNumbers = [InvoiceNumbering(tenant: Fixtures.tenant, year: 2026, expectedLast: 0, last: 1)]
      #expect(try await store.commit(invoicing) == .committed)

      var seen: [AuditedOrder] = []
      while true {
        let page = try await store.auditedOrders(after: seen.last?.order.id, tenant: nil, limit: 3)
        if page.isEmpty { break }
        seen += page
      }
      #expect(seen.map(\.order) == [changed] + orders.dropFirst())
      #expect(seen[0].deliveries == change.insertedDeliveries)
      #expect(seen[0].invoices == invoicing.insertedInvoices)
      #expect(seen[0].events.map(\.seq) == [1, 2, 3, 4, 5])
      #expect(try await store.auditedOrders(after: nil, tenant: Fixtures.other, limit: 9).map(\.order) == [orders[6]])
      #expect(try await store.tenants() == [Fixtures.tenant, Fixtures.other])
      #expect(try await store.years(of: .invoice, tenant: Fixtures.tenant) == [2026])
      #expect(try await store.years(of: .invoice, tenant: Fixtures.other) == [])
    }
  }

  @Test func aProductComesWithTheSumsOfItsLedger() async throws {
    try await withStore { store async throws in
      var writes = WriteSet()
      writes.insertedProducts = [Fixtures.product("A"), Fixtures.product("B")]
      writes.ledger = [Fixtures.ledgerRow("A", onHand: 7), Fixtures.ledgerRow("A", onHand: -3)]
      #expect(try await store.commit(writes) == .committed)
      let audited = try await store.auditedProducts(tenant: Fixtures.tenant, after: nil, limit: 10)
      #expect(audited.map(\.product) == writes.insertedProducts)
      #expect(audited.map(\.onHand) == [Quantity(millionths: 4), .zero])
    }
  }

  @Test func aRecountReplacesWhatTheTallySays() async throws {
    try await withStore { store async throws in
      let scope = TallyScope(tenant: Fixtures.tenant, kind: .orders)
      var writes = WriteSet()
      writes.insertedOrders = [Fixtures.order(), Fixtures.order(), Fixtures.order(status: "delivered", payment: .paid)]
      writes.tallies = (3...4).map {
        Guarded(TallyShard(scope: scope, shard: $0, revision: 1, counts: ["open|unpaid": 5]), expectedVersion: 0)
      }
      #expect(try await store.commit(writes) == .committed)
      let rows: Set = [
        RecountRow(status: "open", paymentStatus: "unpaid", count: 2),
        RecountRow(status: "delivered", paymentStatus: "paid", count: 1),
      ]
      #expect(try await Set(store.recount(scope)) == rows)
      let repair = try await store.repair(scope) { rows in
        Dictionary(rows.map { ("\($0.status)|\($0.paymentStatus ?? "")" as Text, $0.count) }) { $0 + $1 }
      }
      let counts: [Text: Int64] = ["open|unpaid": 2, "delivered|paid": 1]
      #expect(repair == TallyRepair(before: ["open|unpaid": 10], after: counts))
      #expect(try await store.tallies(scope).map(\.counts) == [counts, [:]])
      #expect(try await store.tallies(scope).map(\.revision) == [2, 2])
      #expect(try await store.allTallies(after: nil, limit: 1).map(\.shard) == [3])
      let first = try await store.allTallies(after: nil, limit: 1).first
      #expect(try await store.allTallies(after: first, limit: 9).map(\.shard) == [4])
    }
  }

  @Test func aDaysWorthIsExactHoweverLarge() async throws {
    try await withStore { store async throws in
      var writes = WriteSet()
      let euro = Currency("EUR")
      let values: [Int64] = [999_999_999_999_999_999, 999_999_999_999_999_998, 1, 100_000_000, 9_007_199_254_740_993]
      writes.insertedDeliveries = values.map {
        var delivery = Fixtures.delivery(of: Fixtures.order())
        delivery.value = Money(units: $0)
        delivery.currency = euro
        return delivery
      }
      #expect(try await store.commit(writes) == .committed)
      let rows = try await store.recount(TallyScope(tenant: Fixtures.tenant, kind: .deliveries(day: "2026-06-01")))
      let whole = values.reduce(0) { $0 + $1 / Money.scale }
      let rest = values.reduce(0) { $0 + $1 % Money.scale }
      #expect(
        rows == [
          RecountRow(
            status: "pending", paymentStatus: nil, currency: euro, count: 5, value: whole, valueFraction: rest)
        ])
    }
  }

  @Test func aRepairAmongWritersLosesNothing() async throws {
    try await withStore { store async throws in
      let scope = TallyScope(tenant: Fixtures.tenant, kind: .orders)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for shard in 0..<3 {
          group.addTask {
            for _ in 0..<15 {
              var outcome = CommitOutcome.stale
              while outcome == .stale {
                var writes = Fixtures.creation(of: Fixtures.order())
                var tally = try await store.tally(scope, shard: shard)
                tally.revision += 1
                tally.counts["open|unpaid", default: 0] += 1
                writes.tallies = [Guarded(tally, expectedVersion: tally.revision - 1)]
                outcome = try await store.commit(writes)
              }
            }
          }
        }
        group.addTask {
          for _ in 0..<5 {
            _ = try? await store.repair(scope) { rows in ["open|unpaid": rows.reduce(0) { $0 + $1.count }] }
          }
        }
        try await group.waitForAll()
      }
      let sum = try await store.tallies(scope).reduce(0) { $0 + ($1.counts["open|unpaid"] ?? 0) }
      #expect(sum == 45)
    }
  }
}
