import HubContracts
import Orders
import Testing

@testable import MongoStore

/// What the ledger says that orders hold.
@Suite struct ReservationStoreTests {
  private static func row(
    _ product: Text, of order: Order, seq: Int64, reserved: Int64, onHand: Int64? = nil, kind: LedgerKind = .reserved,
    until end: Timestamp? = nil, tenant: TenantID = Fixtures.tenant
  ) -> LedgerRow {
    LedgerRow(
      id: Fixtures.id(LedgerRow.self), tenantID: tenant, productID: product, kind: kind,
      onHand: Quantity(millionths: onHand ?? -reserved), reserved: Quantity(millionths: reserved), orderID: order.id,
      hold: LedgerRow.Hold(seq: seq, owner: "cleo", expiresAt: end), by: Fixtures.by, at: Fixtures.time())
  }

  private static func write(_ store: MongoStore, _ orders: [Order], _ rows: [LedgerRow]) async throws {
    for order in orders { #expect(try await store.commit(Fixtures.creation(of: order)) == .committed) }
    var writes = WriteSet()
    writes.ledger = rows
    #expect(try await store.commit(writes) == .committed)
  }

  @Test func anOrderHoldsWhatItsRowsComeTo() async throws {
    try await withStore { store async throws in
      let orders = (0..<3).map { _ in Fixtures.order() }
      let end = Fixtures.time(60_000)
      var plain = Self.row("A", of: orders[2], seq: 1, reserved: 9)
      plain.hold = nil
      // Written in another order than they happened in.
      try await Self.write(
        store, orders,
        [
          Self.row("A", of: orders[0], seq: 5, reserved: -2, onHand: 2, kind: .released, until: end),
          Self.row("A", of: orders[0], seq: 2, reserved: 7), Self.row("B", of: orders[0], seq: 2, reserved: 1),
          Self.row("B", of: orders[0], seq: 5, reserved: -1, onHand: 0, kind: .deducted),
          Self.row("A", of: orders[1], seq: 2, reserved: 4), plain,
        ])
      let held = try await store.holdings(of: orders.map(\.id))
      #expect(held.count == 2)
      #expect(held[orders[0].id]?["A"] == StockHolding(reserved: Quantity(millionths: 5), expiresAt: end))
      #expect(held[orders[0].id]?["B"] == StockHolding(taken: Quantity(millionths: 1)))
      #expect(held[orders[1].id]?["A"].reserved == Quantity(millionths: 4))
      #expect(try await store.holdings(of: []) == [:])
      await #expect(throws: StoreError.self) { try await store.holdings(of: (0..<501).map { _ in orders[0].id }) }
    }
  }

  @Test func openReservationsAreListedInPagesTheNewestOrderFirst() async throws {
    try await withStore { store async throws in
      let orders = (0..<7).map { Fixtures.order(number: "ORD-\($0)") }
      let other = Fixtures.order(tenant: Fixtures.other)
      let end = Fixtures.time(60_000)
      var rows = orders.map { Self.row("A", of: $0, seq: 2, reserved: 3, until: end) }
      // One is over, one is firm, one holds another product, one is another tenant's.
      rows.append(Self.row("A", of: orders[5], seq: 4, reserved: -3, kind: .released))
      rows.append(Self.row("A", of: orders[4], seq: 4, reserved: 0, onHand: 0, kind: .confirmed))
      rows.append(Self.row("B", of: orders[6], seq: 3, reserved: 9))
      rows.append(Self.row("A", of: other, seq: 2, reserved: 1, tenant: Fixtures.other))
      try await Self.write(store, orders + [other], rows)
      var query = ReservationQuery(tenant: Fixtures.tenant, productID: "A", limit: 4)
      let first = try await store.reservations(query)
      #expect(first.reservations.map(\.orderNumber) == ["ORD-6", "ORD-4", "ORD-3", "ORD-2"])
      #expect(first.reservations.map(\.expiresAt) == [end, nil, end, end])
      #expect(
        first.reservations[0]
          == Reservation(
            orderID: orders[6].id, orderNumber: "ORD-6", owner: "cleo", quantity: Quantity(millionths: 3),
            expiresAt: end))
      #expect(first.next != nil)
      query.after = first.next
      let second = try await store.reservations(query)
      #expect(second.reservations.map(\.orderID) == [orders[1].id, orders[0].id] && second.next == nil)
      query.productID = "C"
      #expect(try await store.reservations(query) == ReservationPage(reservations: [], next: nil))
      query.limit = 0
      await #expect(throws: StoreError.self) { try await store.reservations(query) }
    }
  }

  /// However many are over, a page looks at so many rows; and it never takes part of an order for all of it.
  @Test(arguments: 1...12) func aPageLooksAtSoManyRowsAndGoesOn(rows limit: Int) async throws {
    try await withStore { store async throws in
      let orders = (0..<5).map { _ in Fixtures.order() }
      var rows: [LedgerRow] = []
      for (index, order) in orders.enumerated() {
        rows.append(Self.row("A", of: order, seq: 2, reserved: 3))
        rows.append(Self.row("A", of: order, seq: 3, reserved: 2))
        if index > 1 { rows.append(Self.row("A", of: order, seq: 4, reserved: -5)) }
      }
      try await Self.write(store, orders, rows)
      var query = ReservationQuery(tenant: Fixtures.tenant, productID: "A", limit: 10)
      var found: [Reservation] = []
      var pages = 0
      repeat {
        let page = try await store.reservations(query, rows: limit)
        found += page.reservations
        query.after = page.next
        pages += 1
      } while query.after != nil && pages < 20
      #expect(found.map(\.orderID) == [orders[1].id, orders[0].id])
      #expect(found.map(\.quantity.millionths) == [5, 5])
      #expect(pages <= 6)
    }
  }

  /// They may be missing beside a newer version, and are made again then.
  @Test func theirIndexesOnlyServeReads() {
    let indexes = Indexes.all.filter { $0.onlyWith.map { "\($0)" == "seq" } ?? false }
    #expect(indexes.map { "\($0.name)" } == ["order_seq", "tenant_product_order_seq"])
    for index in indexes { #expect(index.onlyServesReads) }
  }
}
