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

extension Office {
  fileprivate func placeHeavy(as actor: Actor) async throws {
    let outcome = try await place((0..<100).map { ("P\($0)", 1) }, as: actor)
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

  /// While one lane waits for light writes to come back, the other ends a heavy one, and wants light ones too.
  @Test func twoLanesNeverWaitForTheSame() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let store = FaultyStore(site.store, seed: 1)
      let door = Door()
      store.commits { writes in
        await door.pass(isHeavy: writes.insertedOrders.contains { $0.items.count > 64 })
        return nil
      }
      let office = try await site.office(on: store) { $0.returnPatienceMicros = 3_000_000 }
      try await withThrowingTaskGroup(of: Void.self) { group in
        door.close()
        group.addTask { try await office.placeHeavy(as: ada) }
        group.addTask { try await office.placeOne(as: ada) }
        try await eventually("both lanes are held") { door.heldCount == 2 }
        // Eight share a transaction, and are expected back.
        try await withThrowingTaskGroup(of: Void.self) { light in
          for _ in 0..<8 { light.addTask { try await office.placeOne(as: ada) } }
          try await eventually("they wait") { office.desk.waitingCount == 8 }
          door.open(heavy: false)
          try await light.waitForAll()
        }
        // One is back, and a lane waits for the others; then the other lane ends what it has.
        let isAnswered = Locked(false)
        try await withThrowingTaskGroup(of: Void.self) { light in
          light.addTask {
            try await office.placeOne(as: ada)
            isAnswered.with { $0 = true }
          }
          try await eventually("it is there") { office.desk.waitingCount == 1 || isAnswered.with { $0 } }
          door.open(heavy: true)
          try await light.waitForAll()
        }
        try await office.placeOne(as: ada)
        try await group.waitForAll()
      }
      // Both lanes are still there: one holds a heavy write, the other serves the rest.
      door.close()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await office.placeHeavy(as: ada) }
        try await eventually("the heavy one is held") { door.heldCount == 1 }
        door.open(heavy: false)
        try await office.placeOne(as: ada)
        door.open(heavy: true)
        try await group.waitForAll()
      }
    }
  }
}

/// Where transactions wait until they are let through.
private final class Door: Sendable {
  private struct State {
    var isOpen = [false: true, true: true]
    var held: [(isHeavy: Bool, goesOn: CheckedContinuation<Void, Never>)] = []
  }
  private let state = Locked(State())

  var heldCount: Int { state.with { $0.held.count } }

  func close() { state.with { $0.isOpen = [false: false, true: false] } }

  /// Lets the heavy ones through, or the others, from now on.
  func open(heavy: Bool) {
    let freed = state.with { state in
      state.isOpen[heavy] = true
      let freed = state.held.filter { $0.isHeavy == heavy }
      state.held.removeAll { $0.isHeavy == heavy }
      return freed
    }
    for one in freed { one.goesOn.resume() }
  }

  func pass(isHeavy: Bool) async {
    await withCheckedContinuation { goesOn in
      let isOpen = state.with { state in
        if state.isOpen[isHeavy] == true { return true }
        state.held.append((isHeavy, goesOn))
        return false
      }
      if isOpen { goesOn.resume() }
    }
  }
}
