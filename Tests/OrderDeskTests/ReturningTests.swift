import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import OrderDesk

extension Office {
  fileprivate func placeOne(as actor: Actor) async throws {
    let outcome = try await place([("P1", 1)], as: actor)
    #expect(outcome.status == 201)
  }
}

@Suite struct ReturningTests {
  @Test func whoWasAnsweredIsExpectedForAWhile() {
    var returning = Returning(patienceMicros: 100)
    #expect(!returning.isWorthWaiting(with: 1, now: 0))
    returning.written(8, now: 1_000)
    #expect(returning.isWorthWaiting(with: 1, now: 1_099))
    #expect(!returning.isWorthWaiting(with: 1, now: 1_100), "they do not come back")
  }

  @Test func whoIsBackIsExpectedNoLonger() {
    var returning = Returning(patienceMicros: 100)
    returning.written(1, now: 0)
    returning.came()
    #expect(!returning.isWorthWaiting(with: 1, now: 1), "one client alone never waits for itself")
    returning.written(8, now: 10)
    for _ in 0..<6 { returning.came() }
    #expect(returning.isWorthWaiting(with: 7, now: 11))
    #expect(!returning.isWorthWaiting(with: 8, now: 11), "two more are not worth it")
    for _ in 0..<9 { returning.came() }
    #expect(!returning.isWorthWaiting(with: 0, now: 11))
  }

  @Test func thoseOfTwoTransactionsAreExpectedTogether() {
    var returning = Returning(patienceMicros: 100)
    returning.written(4, now: 0)
    returning.written(4, now: 50)
    #expect(returning.isWorthWaiting(with: 31, now: 149))
    #expect(!returning.isWorthWaiting(with: 32, now: 149))
    returning.written(4, now: 500)
    #expect(!returning.isWorthWaiting(with: 16, now: 501), "the first eight are given up")
  }

  /// Eight clients, each of whom asks again as soon as it is answered: with patience for the slowest of them a
  /// transaction is of nearly all. (Without it, of half: while half are written the others wait.)
  @Test func clientsThatComeBackTogetherShareTheirTransactions() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let store = FaultyStore(site.store, seed: 1)
      let sizes = Locked<[Int]>([])
      store.commits { writes in
        sizes.with { $0.append(writes.insertedOrders.count) }
        return nil
      }
      let office = try await site.office(on: store) { $0.returnPatienceMicros = 2_000_000 }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            for _ in 0..<20 { try await office.placeOne(as: ada) }
          }
        }
        try await group.waitForAll()
      }
      let seen = sizes.with { $0 }
      #expect(seen.reduce(0, +) == 160)
      #expect(seen.count <= 160 / 6 + 4, "\(seen)")
    }
  }

  @Test func whoDoesNotComeBackHoldsUpNobodyForLong() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let store = FaultyStore(site.store, seed: 1)
      let office = try await site.office(on: store) { $0.returnPatienceMicros = 20_000 }
      for _ in 0..<3 {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<8 { group.addTask { try await office.placeOne(as: ada) } }
          try await group.waitForAll()
        }
        // Seven of the eight stay away.
        try await office.placeOne(as: ada)
      }
    }
  }
}
