import HubContracts
import Orders
import Testing

@testable import MongoStore

/// Lists by total and by delivery date.
@Suite struct RankingTests {
  /// So few that most filters leave more than is gathered.
  private static let crowded = SearchLimits(matches: 40, scanned: 150)
  private static let sorts = [OrderSort.total, .deliveryDate]

  /// All pages of a list; where it is crowded some may be short.
  private func walk(_ start: OrderQuery, _ store: MongoStore, _ limits: SearchLimits) async throws -> [Order] {
    var query = start
    var seen: [Order] = []
    var pages = 0
    repeat {
      let page = try await store.list(query, limits)
      #expect(page.orders.count <= query.limit)
      seen += page.orders
      query.cursor = page.next
      pages += 1
    } while query.cursor != nil && pages < 1_000
    return seen
  }

  @Test(arguments: sorts) func everyFilterGivesItsOrdersInOrderOverPages(sort: OrderSort) async throws {
    try await withStore { store async throws in
      let orders = manyOrders(1_000)
      try await fill(store, orders)
      for var query in combinations() {
        (query.sort, query.limit) = (sort, 43)
        let wanted = expected(query, orders)
        #expect(try await walk(query, store, SearchLimits()) == wanted, "\(query)")
        #expect(try await walk(query, store, Self.crowded) == wanted, "\(query)")
        let page = try await store.list(query)
        let counts = query.from != nil || query.before != nil || query.of != nil
        #expect(page.total == (counts ? Int64(wanted.count) : nil) && !page.totalIsCapped)
        var skipping = query
        (skipping.skip, skipping.limit) = (30, 7)
        #expect(try await store.list(skipping).orders == Array(wanted.dropFirst(30).prefix(7)))
      }
    }
  }

  @Test(arguments: sorts) func aSearchIsSortedToo(sort: OrderSort) async throws {
    try await withStore { store async throws in
      let orders = manyOrders(1_000)
      try await fill(store, orders)
      for statuses in [[], [Status(rawValue: "open"), Status(rawValue: "cancelled")]] {
        for descending in [true, false] {
          // A name's start, a whole word, a word of few, and a number's start beside it.
          for (text, fits) in [
            ("smi", ""), ("smith1", "Smith1"), ("person42", "Person42 "), ("ord-2026 smith1", "Smith1"),
          ] as [(Text, Text)] {
            let query = OrderQuery(
              tenant: Fixtures.tenant, search: text, statuses: statuses, sort: sort, descending: descending, limit: 43)
            let wanted = expected(query, orders).filter {
              fits.isEmpty || $0.customer.name.hasSuffix(fits) || $0.customer.name.hasPrefix(fits)
            }
            #expect(try await walk(query, store, SearchLimits()) == wanted, "\(query)")
            #expect(try await walk(query, store, Self.crowded) == wanted, "\(query)")
          }
        }
      }
    }
  }

  @Test func aPlaceAmongOrdersOfTheSameIsFoundAtOnce() async throws {
    try await withStore { store async throws in
      // One total, and no delivery date at all.
      let orders = (0..<1_200).map { Fixtures.order(at: Fixtures.time(Int64($0)), items: 1) }
      try await fill(store, orders)
      for sort in Self.sorts {
        for descending in [true, false] {
          var query = OrderQuery(tenant: Fixtures.tenant, sort: sort, descending: descending, limit: 20)
          let wanted = expected(query, orders)
          query.cursor = OrderCursor(wanted[1_000], by: sort)
          #expect(try await store.list(query).orders == Array(wanted[1_001...1_020]))
          let ranking = OrderRanking(query, SearchLimits())
          let reading = try await explain(store) { ranking.page(nil) }
          #expect(reading.stages.contains("IXSCAN"))
          #expect(reading.stages.isDisjoint(with: ["COLLSCAN", "SORT"]), "\(reading)")
          #expect(reading.keysExamined <= 24 && reading.documentsExamined <= 24, "\(reading)")
        }
      }
    }
  }

  @Test func noListScansOrReadsMoreThanItMay() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(2_000)
      try await fill(store, orders)
      for sort in Self.sorts {
        for var query in combinations() {
          query.sort = sort
          let wanted = expected(query, orders)
          for cursor in [nil, wanted.dropFirst(wanted.count / 2).first.map { OrderCursor($0, by: sort) }] {
            query.cursor = cursor
            let ranking = OrderRanking(query, Self.crowded)
            let gathered = try await explain(store) { ranking.gathered }
            #expect(gathered.stages.contains("IXSCAN") && !gathered.stages.contains("COLLSCAN"), "\(query)")
            let end = try await explain(store) { ranking.reach }
            #expect(end.stages.isDisjoint(with: ["COLLSCAN", "SORT"]), "\(end)")
            #expect(end.documentsExamined == 0 && end.keysExamined <= 153, "\(end)")
            let ends = try await store.read { worker in try worker.find(ranking.reach, sort.readPlace) }
            guard ends.count == 2 else { continue }
            let reach = OrderRanking.Reach(last: ends[0], beyond: ends[1])
            let page = try await explain(store) { ranking.page(reach) }
            #expect(page.stages.isDisjoint(with: ["COLLSCAN", "SORT"]), "\(page)")
            #expect(page.keysExamined <= 153 && page.documentsExamined <= 153, "\(page)")
          }
        }
      }
    }
  }

  @Test func ordersThatComeInOnTheWayAreNeitherSeenTwiceNorHideOthers() async throws {
    try await withStore { store async throws in
      var there = manyOrders(600)
      var year = 2026
      try await fill(store, there)
      for sort in Self.sorts {
        for descending in [true, false] {
          var query = OrderQuery(
            tenant: Fixtures.tenant, statuses: [Status(rawValue: "open"), Status(rawValue: "delivered")], sort: sort,
            descending: descending, limit: 17)
          let present = expected(query, there)
          var seen: [Order] = []
          repeat {
            let page = try await store.list(query, Self.crowded)
            seen += page.orders
            query.cursor = page.next
            // As many before the place as behind it.
            year += 1
            let more = seen.count < 200 ? manyOrders(6, year: year) : []
            try await fill(store, more)
            there += more
          } while query.cursor != nil
          #expect(Set(seen.map(\.id)).count == seen.count)
          #expect(seen == expected(query, seen))
          #expect(Set(present.map(\.id)).isSubset(of: seen.map(\.id)))
        }
      }
    }
  }
}
