import HubContracts
import Orders
import Testing

@testable import MongoStore

/// A tenant's deliveries over all orders.
@Suite struct DeliveryListTests {
  /// Deliveries of twelve days in all states, a tenth of them another tenant's.
  private func fill(_ store: MongoStore, _ count: Int) async throws -> [Delivery] {
    let statuses = DeliveryStatus.allCases
    let deliveries = (0..<count).map { (index: Int) -> Delivery in
      let order = Fixtures.order(tenant: index % 10 == 9 ? Fixtures.other : Fixtures.tenant, items: 1)
      var delivery = Fixtures.delivery(of: order, day: "2026-06-\(10 + index * 7 % 12)")
      delivery.status = statuses[index * 3 % statuses.count]
      return delivery
    }
    for start in stride(from: 0, to: count, by: 500) {
      var writes = WriteSet()
      writes.insertedDeliveries = Array(deliveries[start..<min(start + 500, count)])
      #expect(try await store.commit(writes) == .committed)
    }
    return deliveries
  }

  private func expected(_ query: DeliveryQuery, _ deliveries: [Delivery]) -> [Delivery] {
    deliveries.filter { delivery in
      delivery.tenantID == query.tenant && delivery.day >= (query.from ?? "") && delivery.day <= (query.through ?? "9")
        && (query.statuses.isEmpty || query.statuses.contains(delivery.status))
    }.sorted { ($1.day, $1.id.high, $1.id.low) < ($0.day, $0.id.high, $0.id.low) }
  }

  private var queries: [DeliveryQuery] {
    let days: [(String?, String?)] = [
      (nil, nil), ("2026-06-14", "2026-06-14"), ("2026-06-12", "2026-06-18"), ("2026-06-15", nil), (nil, "2026-06-15"),
    ]
    return days.flatMap { days in
      [[], [.pending], [.failed, .dispatched]].map {
        DeliveryQuery(tenant: Fixtures.tenant, from: days.0, through: days.1, statuses: $0, limit: 23)
      }
    }
  }

  @Test func everyFilterGivesItsDeliveriesInOrderOverPages() async throws {
    try await withStore { store async throws in
      let deliveries = try await fill(store, 1_000)
      for var query in queries {
        let wanted = expected(query, deliveries)
        var seen: [Delivery] = []
        while true {
          let page = try await store.deliveries(query)
          seen += page
          guard page.count == query.limit, let last = page.last else { break }
          query.after = DeliveryPlace(day: last.day, id: last.id)
        }
        #expect(seen == wanted, "\(query)")
        #expect(!wanted.isEmpty)
      }
      // Of one day nothing follows a place in another; of several what is before it does.
      var query = DeliveryQuery(tenant: Fixtures.tenant, from: "2026-06-14", through: "2026-06-14", limit: 1_000)
      for day in ["2030-01-01", "2020-01-01"] {
        query.after = DeliveryPlace(day: day, id: deliveries[0].id)
        #expect(try await store.deliveries(query) == [], "\(day)")
      }
      query.through = "2026-06-16"
      #expect(try await store.deliveries(query) == [])
      query.after = nil
      let whole = try await store.deliveries(query)
      query.after = DeliveryPlace(day: "2030-01-01", id: deliveries[0].id)
      #expect(try await store.deliveries(query) == whole)
      for limit in [0, 1_001] {
        await #expect(throws: StoreError.self) {
          try await store.deliveries(DeliveryQuery(tenant: Fixtures.tenant, limit: limit))
        }
      }
    }
  }

  @Test func noListScansSortsOrReadsMoreThanItsPage() async throws {
    try await withStore { store async throws in
      let deliveries = try await fill(store, 2_000)
      for var query in queries {
        let wanted = expected(query, deliveries)
        let middle = wanted[wanted.count / 2]
        let place = DeliveryPlace(day: middle.day, id: middle.id)
        query.after = place
        for part in [DeliveryFilter.Part.days, .restOfDay(place)] {
          if case .days = part, query.isOneDay { query.after = nil }
          let filter = DeliveryFilter(query: query, part: part)
          let reading = try await explain(store) { filter.page(filter.query.limit) }
          #expect(reading.stages.isDisjoint(with: ["COLLSCAN", "SORT"]), "\(query): \(reading)")
          #expect(reading.documentsExamined <= Int64(query.limit) + 5, "\(query): \(reading)")
          #expect(reading.keysExamined <= Int64(query.limit) + 5 * 4, "\(query): \(reading)")
        }
      }
    }
  }
}
