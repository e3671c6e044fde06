import HubContracts
import Orders
import Testing

@testable import MongoStore

@Suite struct ListTests {
  @Test func everyFilterGivesItsOrdersInOrderOverPages() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(2_500)
      try await fill(store, orders)
      for query in combinations() {
        let wanted = expected(query, orders)
        var walk = query
        walk.limit = 97
        var seen: [Order] = []
        repeat {
          let page = try await store.list(walk)
          seen += page.orders
          walk.cursor = page.next
          let counts = query.from != nil || query.before != nil || query.of != nil
          #expect(page.total == (counts ? Int64(wanted.count) : nil))
          #expect(!page.totalIsCapped)
        } while walk.cursor != nil
        #expect(seen == wanted)
        var skipping = query
        skipping.skip = 30
        skipping.limit = 7
        #expect(try await store.list(skipping).orders == Array(wanted.dropFirst(30).prefix(7)))
      }
    }
  }

  @Test func noFilterScansSortsOrReadsMoreThanItsPage() async throws {
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
          let reading = try await explain(store) { MongoWorker.page(OrderFilter(query: query)) }
          #expect(reading.stages.isDisjoint(with: ["COLLSCAN", "SORT"]), "\(query): \(reading.stages)")
          // A customer's orders are few; status and payment sieve them.
          let isSieved = query.of != nil && (!query.statuses.isEmpty || query.paymentStatus != nil)
          let statuses = query.statuses.isEmpty ? 6 : query.statuses.count
          let ranges = Int64(statuses * (query.paymentStatus == nil ? 5 : 1))
          let limit = isSieved ? 500 : Int64(query.limit) + 1 + 7 * ranges
          #expect(reading.keysExamined <= limit, "\(query): \(reading)")
          if !isSieved { #expect(reading.documentsExamined <= Int64(query.limit) + 8, "\(query): \(reading)") }
        }
      }
    }
  }

  @Test func aSearchFindsByTheStartOfAWord() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(2_000)
      try await fill(store, orders)
      func found(_ text: Text, _ change: (inout OrderQuery) -> Void = { _ in }) async throws -> OrderPage {
        var query = OrderQuery(tenant: Fixtures.tenant, search: text, limit: 100)
        change(&query)
        return try await store.list(query)
      }
      let north = expected(OrderQuery(tenant: Fixtures.tenant), orders)
      #expect(try await found("ORD-2026-100017").orders.map(\.number) == ["ORD-2026-100017"])
      #expect(try await found("100017").orders.map(\.number) == ["ORD-2026-100017"])
      #expect(try await found("0170 555 10017").orders.map(\.number) == ["ORD-2026-100017"])
      #expect(try await found("ord-2026-10001").orders == north.filter { $0.number.hasPrefix("ORD-2026-10001") })
      let smiths = north.filter { $0.customer.name.hasSuffix("Smith1") && $0.customer.name.hasPrefix("Person42 ") }
      #expect(try await found("smith1 PERSON42").orders == smiths)
      #expect(try await found("smith1 PERSON42").total == Int64(smiths.count))
      #expect(try await found("nobody").orders == [])
      #expect(try await found("nobody").total == 0)
      #expect(try await found("...").orders == [])
      // Another tenant's order is not found.
      #expect(try await found("ORD-2026-100019").orders == [])
      let open = north.filter { $0.customer.name.hasPrefix("Person7 ") && $0.status.rawValue == "open" }
      let page = try await found("person7 ") { $0.statuses = [Status(rawValue: "open")] }
      #expect(page.orders.filter { $0.customer.name.hasPrefix("Person7 ") } == open)
    }
  }

  @Test func aSearchFindsWhatPeopleTypeForWhatStandsThere() async throws {
    try await withStore { store async throws in
      let stored: [(name: Text, phone: Text?, questions: [Text])] = [
        ("Elena Díaz", nil, ["diaz", "DIAZ elena", "di\u{301}az"]),
        ("Jürgen Müller", nil, ["muller", "mueller", "Müller"]),
        ("Bar Straße 3", nil, ["strasse", "straße"]), ("Conor O’Brien", nil, ["o'brien", "obrien", "brien"]),
        ("王", nil, ["王"]), ("山田太郎", nil, ["太郎", "山"]), ("A/S Nordic", nil, ["a/s nordic"]),
        ("24/7 Service", nil, ["24/7"]),
        (
          "Asha Rao", "+91 98450 12345",
          ["098450 12345", "0091 98450-12345", "9845012345", "+91 (0)98450 12345 ext. 3"]
        ),
      ]
      var orders = stored.enumerated().map { index, row in
        Fixtures.order(
          number: "ORD-2026-\(600_001 + index)", customer: Customer(name: row.name, phone: row.phone),
          at: Fixtures.time(Int64(index)))
      }
      orders += (0..<200).map {
        Fixtures.order(customer: Customer(name: "Person\($0) Smith"), at: Fixtures.time(1_000))
      }
      try await fill(store, orders)
      for (index, row) in stored.enumerated() {
        for question in row.questions {
          let page = try await store.list(OrderQuery(tenant: Fixtures.tenant, search: question))
          #expect(page.orders == [orders[index]], "\(question)")
          #expect(page.total == 1, "\(question)")
        }
      }
      for question: Text in ["2026-600003", "600003", "ORD-2026-600003", "ord2026600003"] {
        #expect(try await store.list(OrderQuery(tenant: Fixtures.tenant, search: question)).orders == [orders[2]])
      }
    }
  }

  @Test func anOrderIsFoundByTheNumberOfItsInvoice() async throws {
    try await withStore { store async throws in
      var orders: [Order] = []
      for (index, invoice) in [("7", "INV-2026-000012"), ("12", "INV-2026-000013"), ("14", "INV-2026-000014")]
        .enumerated()
      {
        let order = Fixtures.order(
          number: "ORD-2026-0000\(invoice.0.count == 1 ? "0" : "")\(invoice.0)", at: Fixtures.time(Int64(index)))
        try await fill(store, [order])
        var writes = WriteSet()
        writes.insertedInvoices = [Fixtures.invoice(of: Fixtures.delivery(of: order), number: invoice.1)]
        #expect(try await store.commit(writes) == .committed)
        orders.append(order)
      }
      func found(_ text: Text, _ change: (inout OrderQuery) -> Void = { _ in }) async throws -> [Order] {
        var query = OrderQuery(tenant: Fixtures.tenant, search: text)
        change(&query)
        let page = try await store.list(query)
        if query.cursor == nil, query.skip == 0 { #expect(page.total == Int64(page.orders.count)) }
        return page.orders
      }
      #expect(try await found("INV-2026-000012") == [orders[0]])
      #expect(try await found("inv-2026-13") == [orders[1]])
      // Its own number, and the invoice of another; and both its own.
      #expect(try await found("2026-000012") == [orders[1], orders[0]])
      #expect(try await found("2026-000014") == [orders[2]])
      #expect(try await found("2026-000012") { $0.descending = false } == [orders[0], orders[1]])
      #expect(try await found("2026-000012") { $0.skip = 1 } == [orders[0]])
      let cursor = OrderCursor(orders[1], by: .createdAt)
      #expect(try await found("2026-000012") { $0.cursor = cursor } == [orders[0]])
      #expect(
        try await found("INV-2026-000012") { $0.cursor = OrderCursor(orders[0], by: .createdAt) }
          == [])
      #expect(try await found("INV-2026-000012") { $0.statuses = [Status(rawValue: "cancelled")] } == [])
      #expect(try await found("INV-2026-000012") { $0.customerID = "other" } == [])
      #expect(try await found("INV-2026-000012") { $0.before = orders[0].createdAt } == [])
      #expect(try await found("INV-2026-000099") == [])
      #expect(try await store.list(OrderQuery(tenant: Fixtures.other, search: "INV-2026-000012")).orders == [])
    }
  }

  @Test func aSearchGoesOnBehindItsCursor() async throws {
    try await withStore { store async throws in
      let orders = manyOrders(1_000)
      try await fill(store, orders)
      for descending in [true, false] {
        var query = OrderQuery(tenant: Fixtures.tenant, search: "smith", descending: descending, limit: 64)
        let wanted = expected(query, orders)
        var seen: [Order] = []
        repeat {
          let page = try await store.list(query)
          #expect(page.total == Int64(wanted.count))
          seen += page.orders
          query.cursor = page.next
        } while query.cursor != nil
        #expect(seen == wanted)
      }
    }
  }

  @Test func aCrowdedSearchGivesTheNewestOfTheWholeWord() async throws {
    try await withStore { store async throws in
      let orders = (0..<10_200).map {
        Fixtures.order(customer: Customer(name: "Miller"), at: Fixtures.time(Int64($0)), items: 1)
      }
      try await fill(store, orders)
      var query = OrderQuery(tenant: Fixtures.tenant, search: "miller", limit: 10)
      let page = try await store.list(query)
      #expect(page.orders == Array(orders.reversed().prefix(10)))
      #expect(page.total == 10_000 && page.totalIsCapped)
      query.cursor = page.next
      #expect(try await store.list(query).orders == Array(orders.reversed().dropFirst(10).prefix(10)))
      query.search = "mill"
      query.cursor = nil
      let start = try await store.list(query)
      #expect(start.orders == page.orders)
      #expect(start.total == 10_000 && start.totalIsCapped)
    }
  }

  @Test func aPageOutsideItsLimitsIsRefused() async throws {
    try await withStore { store async throws in
      for (limit, skip) in [(0, 0), (101, 0), (20, -1), (20, 10_001)] {
        await #expect(throws: StoreError.self) {
          try await store.list(OrderQuery(tenant: Fixtures.tenant, limit: limit, skip: skip))
        }
      }
    }
  }
}
