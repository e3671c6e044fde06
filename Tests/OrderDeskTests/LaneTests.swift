import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import OrderDesk

@Suite struct LaneTests {
  @Test func whoeverIsAlwaysTooLateIsToldSo() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let (store, pages) = (FaultyStore(site.store, seed: 1), Pages())
      let office = try await site.office(on: store, log: Log(level: .warning, sink: pages)) { $0.attemptLimit = 4 }
      let id = try await office.placed([("A", 5)], as: ada)
      let attempts = Locked(0)
      store.commits { _ in
        attempts.with { $0 += 1 }
        return .stale
      }
      let outcome = await office.deliver(1, from: id, as: ada, requestID: "late-1")
      guard case .contended = outcome else { throw Unexpected(outcome: outcome) }
      #expect(attempts.with { $0 } == 4)
      #expect(pages.lines.map { $0.requestIDs } == ["late-1"])
      store.commits { _ in nil }
      #expect(await office.deliver(1, from: id, as: ada).status == 201)
      #expect(try await site.deliveries(id).count == 1)
    }
  }

  @Test func aWriteThatCannotBeWrittenDoesNotSpoilThoseBesideIt() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let (store, pages) = (FaultyStore(site.store, seed: 1), Pages())
      let office = try await site.office(on: store, log: Log(level: .warning, sink: pages)) { $0.lanes = 1 }
      var made: [OrderID] = []
      for _ in 0..<16 { made.append(try await office.placed([("A", 5)], as: ada)) }
      let (first, bad, orders) = (made[0], made[1], made)
      let sizes = Locked<[Int]>([])
      let isFirst = Locked(false)
      store.commits { writes throws(StoreError) in
        let written = writes.changedOrders.map(\.value.id)
        // Until all others have come together behind it.
        if written == [first] {
          isFirst.with { $0 = true }
          _ = await eventually { office.desk.waitingCount == 15 }
        }
        guard written.contains(bad) else { return nil }
        sizes.with { $0.append(written.count) }
        throw .broken("a bad document")
      }
      let outcomes = await withTaskGroup(of: (OrderID, Outcome).self) { group in
        for (index, id) in orders.enumerated() {
          group.addTask {
            if index > 0 { _ = await eventually { isFirst.with { $0 } } }
            return (id, await office.deliver(1, from: id, as: ada, requestID: "r-\(index)"))
          }
        }
        return await group.reduce(into: [OrderID: Outcome]()) { $0[$1.0] = $1.1 }
      }
      #expect(sizes.with { $0 } == [15, 1], "first all together, then alone")
      for id in orders where id != bad {
        #expect(outcomes[id]?.status == 201)
        #expect(try await site.deliveries(id).count == 1)
      }
      guard case .broken? = outcomes[bad] else {
        Issue.record("\(String(describing: outcomes[bad]))")
        return
      }
      #expect(try await site.deliveries(bad).isEmpty)
      let named = pages.lines.compactMap(\.requestIDs)
      #expect(named.count == 2)
      #expect(named.first?.split(separator: " ").count == 10, "a line names ten at most")
      #expect(named.last == "r-1")
    }
  }
}

extension LogLine {
  fileprivate var requestIDs: String? { fields.first { $0.0 == "requestIds" }?.1 }
}
