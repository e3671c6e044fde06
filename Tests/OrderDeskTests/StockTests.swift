import HubContracts
import MongoStore
import Orders
import Testing

@testable import OrderDesk

@Suite struct StockTests {
  @Test func stockGoesDownAndComesBackOnceUnderConcurrency() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = [try await site.office(), try await site.office()]
      try await offices[0].stock("A", 30, as: ada)
      let orders = try await withThrowingTaskGroup(of: OrderID.self) { group in
        for index in 0..<60 { group.addTask { try await offices[index % 2].placed([("A", 1)], as: ada) } }
        return try await group.reduce(into: [OrderID]()) { $0.append($1) }
      }
      var product = try #require(try await site.store.products(["A"], tenant: site.tenant).first)
      #expect(product.onHand == Quantity(millionths: -30 * Quantity.scale))
      var backordered: Int64 = 0
      for order in orders { backordered += try await site.order(order).items[0].backordered.millionths }
      #expect(backordered == 30 * Quantity.scale)

      // One of several items left: closing gives back what did not.
      let begun = try await offices[0].placed([("A", 4)], as: ada)
      #expect(await offices[1].deliver(1, from: begun, as: ada).status == 201)
      let outcomes = await withTaskGroup(of: Outcome.self) { group in
        for office in offices {
          for order in orders.prefix(31) { group.addTask { await office.cancel(order, as: ada) } }
          group.addTask { await office.close(begun, as: ada) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0.status == 200 } == 32)
      #expect(outcomes.count { $0.isConflict } == 32)
      product = try #require(try await site.store.products(["A"], tenant: site.tenant).first)
      #expect(product.onHand == .zero)
      let audited = try await site.store.auditedProducts(tenant: site.tenant, after: nil, limit: 10)
      #expect(audited.map(\.onHand) == [product.onHand])
    }
  }

  @Test func orderNumbersAreUniqueOverProcesses() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = [try await site.office(), try await site.office(hasRedis: false)]
      try await offices[0].stock("A", 3, as: ada)
      let orders = try await withThrowingTaskGroup(of: OrderID.self) { group in
        for index in 0..<120 {
          group.addTask { try await offices[index % 2].placed([(index % 3 == 0 ? "A" : "B", 1)], as: ada) }
        }
        return try await group.reduce(into: [OrderID]()) { $0.append($1) }
      }
      var numbers: Set<String> = []
      for order in orders { numbers.insert(try await site.order(order).number) }
      #expect(numbers.count == 120)
    }
  }

  @Test func ordersOfTheCatalogueWasteNoNumbers() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      try await office.stock("A", 3, as: ada)
      var numbers: [String] = []
      for _ in 0..<4 { numbers.append(try await site.order(office.placed([("A", 1)], as: ada)).number) }
      #expect(numbers == ["ORD-2026-000001", "ORD-2026-000002", "ORD-2026-000003", "ORD-2026-000004"])
    }
  }

  @Test func aBatchMayNameMoreProductsThanOneQuestionMay() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
        for index in 0..<6 {
          group.addTask { try await office.place((0..<300).map { ("P-\(index)-\($0)", 1) }, as: ada) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.map(\.status) == Array(repeating: 201, count: 6))
    }
  }

  @Test func invoiceNumbersHaveNoGapAndADeliveryHasOneInvoice() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = [try await site.office(), try await site.office(hasRedis: false)]
      var deliveries: [Delivery] = []
      for _ in 0..<12 {
        let order = try await offices[0].placed([("A", 1)], as: ada)
        #expect(await offices[0].deliver(1, from: order, as: ada, status: .delivered).status == 201)
        deliveries += try await site.deliveries(order)
      }
      let outcomes = await withTaskGroup(of: Outcome.self) { group in
        for delivery in deliveries {
          for office in offices { group.addTask { await office.invoice(delivery, as: ada) } }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0.status == 201 } == 12)
      for refusal in outcomes.compactMap(\.refusal) {
        #expect(refusal.kind == .conflict)
        #expect(refusal.facts.contains { if case .invoice = $0 { true } else { false } })
      }
      let numbers = try await site.store.numbers(
        of: .invoice, tenant: site.tenant, prefix: "INV-2026-", after: nil, limit: 100)
      #expect(numbers == (1...12).map { "INV-2026-0000" + ($0 < 10 ? "0" : "") + "\($0)" })
    }
  }
}
