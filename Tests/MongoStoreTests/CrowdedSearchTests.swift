import HubContracts
import Orders
import Testing

@testable import MongoStore

/// Searches whose word fits more orders than are gathered.
@Suite struct CrowdedSearchTests {
  private static let limits = SearchLimits(matches: 100, scanned: 400)

  /// All pages from a query's cursor on, and how many they were.
  private func walk(
    _ start: OrderQuery, _ store: MongoStore, _ limits: SearchLimits = limits,
    betweenPages: () async throws -> Void = {}
  ) async throws -> (orders: [Order], pages: Int) {
    var query = start
    var seen: [Order] = []
    var pages = 0
    repeat {
      let page = try await store.list(query, limits)
      #expect(page.orders.count <= query.limit)
      #expect(page.totalIsCapped)
      seen += page.orders
      query.cursor = page.next
      pages += 1
      try await betweenPages()
    } while query.cursor != nil && pages < 1_000
    return (seen, pages)
  }

  @Test func everyFilterGivesItsOrdersInOrderOverPages() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(2_500)
      try await fill(store, orders)
      for var query in combinations() {
        let wanted = expected(query, orders)
        query.limit = 43
        // A number's start, a name's start, a whole word, and two words that are both crowded.
        for (text, fits) in [("ORD-2026", ""), ("smi", ""), ("smith1", "Smith1"), ("ord-2026 smith1", "Smith1")] {
          query.search = Text(text)
          let wanted = wanted.filter { fits.isEmpty || $0.customer.name.hasSuffix(Text(fits)) }
          // A whole word that fits few within the dates asked for is gathered.
          let seen = try await walk(query, store)
          #expect(seen.orders == wanted, "\(query)")
          var skipping = query
          skipping.skip = 30
          skipping.limit = 7
          let skipped = try await store.list(skipping, Self.limits).orders
          #expect(skipped == Array(wanted.dropFirst(30).prefix(7)), "\(skipping)")
        }
      }
    }
  }

  @Test func aPageThatLooksAtItsLimitNamesThePlaceToGoOnFrom() async throws {
    try await withStore { store async throws in
      // Newest and oldest are many that do not fit; those that fit lie between them.
      let orders = (0..<1_500).map { index in
        Fixtures.order(
          customer: Customer(name: (600..<800).contains(index) ? "Miller\(index)" : "Grace"),
          at: Fixtures.time(Int64(index / 3)), items: 1)
      }
      try await fill(store, orders)
      for descending in [true, false] {
        let query = OrderQuery(tenant: Fixtures.tenant, search: "mill", descending: descending, limit: 30)
        let first = try await store.list(query, Self.limits)
        #expect(first.orders.isEmpty)
        let last = expected(query, orders)[399]
        #expect(first.next == OrderCursor(last, by: .createdAt))
        let fitting = expected(query, orders).filter { $0.customer.name.hasPrefix("Miller") }
        let seen = try await walk(query, store)
        #expect(seen.orders == fitting)
        // Seven pages of orders, and few that only look.
        #expect((8...12).contains(seen.pages))
      }
    }
  }

  @Test func ordersThatComeInOnTheWayChangeNoPage() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(1_200)
      try await fill(store, orders)
      var newest: Int64 = 1_000_000
      for descending in [true, false] {
        for limits in [Self.limits, SearchLimits(matches: 100, scanned: 25)] {
          let query = OrderQuery(
            tenant: Fixtures.tenant, search: "ord-2026", statuses: [Status(rawValue: "delivered")],
            descending: descending, limit: 17)
          let present = try await walk(query, store, limits).orders
          var added = 0
          let seen = try await walk(query, store, limits) {
            // Newer than all, of which a walk towards the newest would see each: it ends once no more come.
            guard added < 60 else { return }
            let newer = (0..<6).map { _ in
              newest += 1
              return Fixtures.order(status: "delivered", at: Fixtures.time(newest), items: 1)
            }
            added += newer.count
            try await fill(store, newer)
          }.orders
          #expect(Set(seen.map(\.id)).count == seen.count)
          if descending {
            #expect(seen == present)
          } else {
            #expect(Array(seen.prefix(present.count)) == present)
            #expect(seen.count == present.count + added)
          }
        }
      }
    }
  }

  @Test func aWordThatFitsFewIsLookedUpBeforeALongerOneThatIsCrowded() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(1_500)
      try await fill(store, orders)
      let query = OrderQuery(tenant: Fixtures.tenant, search: "ord-2026-10 person42", limit: 50)
      let wanted = expected(query, orders).filter { $0.customer.name.hasPrefix("Person42 ") }
      let page = try await store.list(query, Self.limits)
      #expect(page == OrderPage(orders: wanted, total: Int64(wanted.count), totalIsCapped: false, next: nil))
    }
  }

  @Test func aWordThatFitsFewFindsAllThatBeginSoInOrderOverPages() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(1_500)
      try await fill(store, orders)
      for var query in combinations() {
        let wanted = expected(query, orders)
        query.limit = 9
        // One that nobody has more of, and one that others begin with.
        for (text, start) in [("person42", "Person42 "), ("person4", "Person4")] {
          query.search = Text(text)
          query.cursor = nil
          let wanted = wanted.filter { $0.customer.name.hasPrefix(Text(start)) }
          var seen: [Order] = []
          repeat {
            let page = try await store.list(query)
            #expect(page.total == Int64(wanted.count), "\(query)")
            #expect(!page.totalIsCapped)
            seen += page.orders
            query.cursor = page.next
          } while query.cursor != nil && seen.count <= wanted.count
          #expect(seen == wanted, "\(query)")
        }
      }
      var search = OrderSearch(
        OrderQuery(tenant: Fixtures.tenant, search: "person42", limit: 9), lookingUp: "person42", of: ["person42"],
        SearchLimits())
      search.isExact = true
      let reading = try await explain(search, store)
      #expect(reading.stages.contains("IXSCAN"))
      #expect(reading.stages.isDisjoint(with: ["COLLSCAN", "SORT"]), "\(reading.stages)")
      #expect(reading.documentsExamined <= 15)
    }
  }

  @Test func noWalkScansSortsOrReadsMoreThanItMay() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(4_000)
      try await fill(store, orders)
      for query in combinations() {
        var deep = query
        let middle = expected(query, orders)
        if let order = middle.dropFirst(middle.count / 2).first {
          deep.cursor = OrderCursor(order, by: .createdAt)
        }
        for query in [query, deep] {
          for (word, isExact) in [("ord2026", false), ("smith1", true), ("nobody", false)] {
            var search = OrderSearch(query, lookingUp: Text(word), of: [Text(word)], Self.limits)
            search.isExact = isExact
            let walk = OrderWalk(search: search)
            for scanned in [walk.firstScanned, Self.limits.scanned] {
              let reading = try await explain(walk, scanned, store)
              #expect(reading.stages.contains("IXSCAN"))
              #expect(reading.stages.isDisjoint(with: ["COLLSCAN", "SORT"]), "\(query): \(reading.stages)")
              // 30 ranges of status and payment, each with its own end and a moment that the cursor stands in.
              #expect(reading.keysExamined <= Int64(scanned) + 30 * 8, "\(query): \(reading)")
              #expect(reading.documentsExamined <= Int64(scanned) + 8, "\(query): \(reading)")
            }
          }
        }
        // The first look is a few pages long.
        #expect(OrderWalk(search: OrderSearch(query, lookingUp: "a", of: ["a"], SearchLimits())).firstScanned <= 100)
      }
    }
  }

  private func explain(_ walk: OrderWalk, _ scanned: Int, _ store: MongoStore) async throws -> Reading {
    try await explain(walk.index, store) { walk.writePage(to: &$0, scanned) }
  }

  private func explain(_ search: OrderSearch, _ store: MongoStore) async throws -> Reading {
    try await explain(Indexes.search, store) { search.writePage(to: &$0) }
  }

  private func explain(
    _ index: StaticString, _ store: MongoStore, _ page: @escaping @Sendable (inout Aggregation) -> Void
  ) async throws -> Reading {
    try await store.read { worker in
      try Reading(
        try worker.run(.plain) {
          $0.document("explain") {
            $0.string("aggregate", Collection.orders.rawValue)
            Aggregation.write(to: &$0) { page(&$0) }
            $0.document("cursor") { _ in }
            $0.string("hint", index)
          }
          $0.string("verbosity", "executionStats" as StaticString)
        })
    }
  }
}
