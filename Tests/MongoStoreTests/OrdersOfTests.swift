import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// The orders of sellers and kiosks: listed, followed by asking, and found again where an older version wrote them.
@Suite struct OrdersOfTests {
  /// What makes the store look at few of them, or at all.
  private static let limits = [ChangeLimits(), ChangeLimits(few: 1, sieved: 7), ChangeLimits(few: 1, sieved: 2_000)]

  @Test func anOrderIsReadWithItsSellerAndItsKiosk() async throws {
    try await withStore { store async throws in
      let orders = [
        Fixtures.order(seller: "sam"), Fixtures.order(kiosk: "k-1"), Fixtures.order(seller: "sam", kiosk: "k-1"),
        Fixtures.order(),
      ]
      try await fill(store, orders)
      for order in orders { #expect(try await store.order(order.id, tenant: Fixtures.tenant) == order) }
      for (of, wanted) in [
        (OrdersOf.seller("sam"), [orders[2], orders[0]]), (.kiosk("k-1"), [orders[2], orders[1]]),
        (.seller("Sam"), []), (.kiosk("sam"), []), (.seller("k-1"), []),
      ] {
        var query = OrderQuery(tenant: Fixtures.tenant)
        query.of = of
        let page = try await store.list(query)
        #expect(page.orders.map(\.id) == wanted.map(\.id) && page.total == Int64(wanted.count), "\(of)")
        query.tenant = Fixtures.other
        #expect(try await store.list(query).orders == [])
      }
    }
  }

  @Test func aDeliveryChangesNoKeyOfTheirIndexes() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order(seller: "sam", kiosk: "k-1")
      try await fill(store, [order])
      let (changed, writes) = Fixtures.change(of: order)
      #expect(try await store.commit(writes) == .committed)
      #expect(try await store.order(order.id, tenant: Fixtures.tenant) == changed)
      for name in [Indexes.seller, Indexes.kiosk] {
        let index = try #require(Indexes.all.first { "\($0.name)" == "\(name)" })
        let keys = index.keys.map { "\($0.0)" }
        #expect(keys.first == "tenantId" && keys.suffix(2) == ["createdAt", "_id"] && index.onlyWith != nil)
      }
    }
  }

  @Test func aSellerWithManyOrdersIsGivenAPageByItsState() async throws {
    try await withStore { store async throws in
      let orders = (0..<300).map { (index: Int) -> Order in
        let status = index % 50 == 0 ? "delivered" : "open"
        let seller: Text? = index % 3 == 0 ? nil : "sam"
        return Fixtures.order(status: status, at: Fixtures.time(Int64(index)), items: 1, seller: seller)
      }
      try await fill(store, orders)
      var query = OrderQuery(tenant: Fixtures.tenant, statuses: [Status(rawValue: "delivered")], limit: 2)
      (query.of, query.states) = (.seller("sam"), Workflows.builtIn.standings)
      let wanted = expected(query, orders)
      for limits in [SearchLimits(), SearchLimits(matches: 20, scanned: 60)] {
        var (walk, seen, pages) = (query, [Order](), 0)
        repeat {
          let page = try await store.list(walk, limits)
          seen += page.orders
          (walk.cursor, pages) = (page.next, pages + 1)
        } while walk.cursor != nil && pages < 100
        #expect(seen == wanted)
      }
      // However many they are, a page looks at a bounded part of them.
      #expect(OrderFilter(query: query).isSieve)
    }
  }

  @Test(arguments: limits) func eachIsGivenItsOwnChangesOnceInPagesOfAnySize(limits: ChangeLimits) async throws {
    try await withStore { store async throws in
      var of = ask(.seller("sam"), nil)
      let start = try #require(try await store.changes(of, limits)).next
      let orders = (0..<60).map { (index: Int) -> Order in
        let (seller, kiosk): (Text?, String?) = (index % 4 == 0 ? "sam" : nil, index % 5 == 0 ? "k-1" : nil)
        return Fixtures.order(seller: seller, kiosk: kiosk)
      }
      for (index, order) in orders.enumerated() {
        try await commit(Fixtures.creation(of: order), to: store, shard: index % 3, revision: Int64(index / 3 + 1))
      }
      // One of sam's and one of others' again: each comes once, where it was written last.
      for (index, order) in [orders[8], orders[9]].enumerated() {
        try await commit(Fixtures.change(of: order).writes, to: store, shard: 2, revision: Int64(21 + index))
      }
      for party in [OrdersOf.seller("sam"), .kiosk("k-1"), .seller("eve")] {
        let wanted = orders.filter { party.includes($0.parties) }.map(\.id)
        for limit in [1, 2, 7, 100] {
          of = ask(party, start, limit)
          var (seen, pages) = ([OrderID](), 0)
          while true {
            let page = try #require(try await store.changes(of, limits))
            #expect(page.orders.count <= limit)
            #expect(page.orders.allSatisfy { party.includes($0.parties) })
            seen += page.orders.map(\.id)
            (of.after, pages) = (page.next, pages + 1)
            if !page.hasMore || pages > 200 { break }
          }
          #expect(Set(seen) == Set(wanted) && seen.count == wanted.count, "\(party) \(limit)")
          // At the end there is nothing more, by either way.
          for other in Self.limits { #expect(try #require(try await store.changes(of, other)).orders == []) }
        }
      }
      of = ask(.seller("sam"), start)
      of.tenant = Fixtures.other
      #expect(try await store.changes(of, limits)?.orders.isEmpty ?? true)
    }
  }

  @Test func aPageLooksAtABoundedNumberOfWrites() async throws {
    try await withStore { store async throws in
      let start = try #require(try await store.changes(ask(.seller("sam"), nil))).next
      for index in 0..<30 {
        let order = Fixtures.order(seller: [0, 1, 29].contains(index) ? "sam" : nil)
        try await commit(Fixtures.creation(of: order), to: store, shard: 1, revision: Int64(index + 1))
      }
      let limits = ChangeLimits(few: 1, sieved: 10)
      let first = try #require(try await store.changes(ask(.seller("sam"), start), limits))
      #expect(first.orders.count == 2 && first.hasMore && first.next.marks[1]?.revision == 10)
      let second = try #require(try await store.changes(ask(.seller("sam"), first.next), limits))
      #expect(second.orders == [] && second.hasMore && second.next.marks[1]?.revision == 20)
      let third = try #require(try await store.changes(ask(.seller("sam"), second.next), limits))
      #expect(third.orders.count == 1 && !third.hasMore)
    }
  }

  /// As versions before sellers wrote them: the particulars name the seller, and no field does.
  @Test func ordersOfAnOlderVersionAreListedOnceTheirSellerWasFilledIn() async throws {
    try await withStore { store async throws in
      let orders = (0..<5).map { _ in Fixtures.order(seller: "sam") } + [Fixtures.order()]
      try await fill(store, orders)
      try await store.write { worker in
        _ = try worker.run(.write) {
          $0.string("update", Collection.orders.rawValue)
          $0.documents("updates", CollectionOfOne(())) { writer, _ in
            writer.document("q") { _ in }
            writer.document("u") { $0.document("$unset") { $0.int32("seller", 1) } }
            writer.bool("multi", true)
          }
        }
      }
      var query = OrderQuery(tenant: Fixtures.tenant)
      query.of = .seller("sam")
      #expect(try await store.list(query).orders == [])
      // One by one it is known from the beginning.
      #expect(try await store.order(orders[0].id, tenant: Fixtures.tenant)?.parties.seller == "sam")
      #expect(try await store.fillPhases() == .looked(filled: 5))
      #expect(try await store.fillPhases() == .done)
      #expect(Set(try await store.list(query).orders.map(\.id)) == Set(orders.prefix(5).map(\.id)))
    }
  }

  private func ask(_ of: OrdersOf, _ place: ChangePlace?, _ limit: Int = 100) -> ChangeQuery {
    ChangeQuery(tenant: Fixtures.tenant, of: of, after: place, limit: limit)
  }

  private func commit(_ writes: WriteSet, to store: MongoStore, shard: Int, revision: Int64) async throws {
    var writes = writes
    let scope = TallyScope(tenant: Fixtures.tenant, kind: .orders)
    writes.tallies = [
      Guarded(
        TallyShard(scope: scope, shard: shard, revision: revision, counts: [:]), expectedVersion: revision - 1)
    ]
    #expect(try await store.commit(writes) == .committed)
  }
}
