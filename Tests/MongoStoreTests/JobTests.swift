import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

@Suite struct JobTests {
  @Test func aJobReadsBackAsItWasWritten() async throws {
    try await withStore { store async throws in
      let order = Fixtures.id(Order.self)
      let whole = Fixtures.job("call 1: é", kind: .call, order: order, payload: Array(#"{"a":"\u0000"}"#.utf8))
      var dead = Fixtures.job()
      (dead.state, dead.lastError, dead.attempts, dead.diedAt) = (.dead, "$why", 7, Fixtures.time(5))
      var gone = Fixtures.timer(of: order)
      (gone.state, gone.discard) = (.discarded, Job.Discard(reason: "old", by: Fixtures.by, at: Fixtures.time()))
      let future = Fixtures.job(kind: try #require(JobKind("pigeon_post-2")))
      for job in [whole, dead, future] {
        try await store.add([job])
        #expect(try await store.job(job.id) == job)
      }
      let kept = gone
      _ = try await store.write { worker in try worker.insert(.jobs, kept) }
      #expect(try await store.job(kept.id) == kept)
    }
  }

  @Test(arguments: [
    ("", 0), (String(repeating: "n", count: Job.nameLimitBytes + 1), 0), ("n", Job.payloadLimitBytes + 1),
  ]) func whatIsTooLargeOrHasNoNameIsNotWritten(name: String, payloadBytes: Int) async throws {
    try await withStore { store async throws in
      for kind in [JobKind.notice, .timer] {
        let job = Fixtures.job(
          Text(name), kind: kind, order: Fixtures.id(Order.self), payload: [UInt8](repeating: 0x20, count: payloadBytes)
        )
        var writes = WriteSet()
        writes.start(job)
        await #expect(throws: StoreError.self) { try await store.commit(writes) }
        #expect(try await store.outlook(kind, limit: 10) == .nothing)
      }
    }
  }

  @Test func aJobIsWrittenWithItsChangeOrNotAtAll() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      var creation = Fixtures.creation(of: order)
      creation.start(Fixtures.timer(of: order.id))
      creation.start(Fixtures.job(order: order.id))
      #expect(try await store.commit(creation) == .committed)
      var (_, change) = Fixtures.change(of: order)
      change.changedOrders[0].expectedVersion += 1
      change.changedOrders[0].value.version += 1
      change.end(JobKey(orderID: order.id, name: "expire"))
      change.start(Fixtures.job("second", order: order.id))
      #expect(try await store.commit(change) == .stale)
      #expect(try await store.outlook(.timer, limit: 10).next.count == 1)
      #expect(try await store.outlook(.notice, limit: 10).next.count == 1)
      change.changedOrders[0].expectedVersion -= 1
      #expect(try await store.commit(change) == .committed)
      #expect(try await store.outlook(.timer, limit: 10) == .nothing)
      #expect(try await store.outlook(.notice, limit: 10).next.count == 2)
    }
  }

  @Test func aTimerThatIsStartedAgainHasTheNewTimeAndIsOneStill() async throws {
    try await withJobs { store, _ async throws in
      let order = Fixtures.id(Order.self)
      let first = Fixtures.timer(of: order)
      try await store.add([first, Fixtures.timer("other", of: order), Fixtures.timer(of: Fixtures.id(Order.self))])
      let claimed = try await store.claimDue(.timer)
      #expect(claimed.count == 3)
      let again = Fixtures.timer(of: order, dueInMs: 3_600_000)
      try await store.add([again])
      var kept = again
      kept.id = first.id
      #expect(try await store.job(first.id) == kept)
      #expect(try await store.outlook(.timer, limit: 10).next.count == 3)
      // Whoever was at it notes nothing of it any more.
      let ending = JobEnding(JobClaim(id: first.id, token: "t"), .done)
      #expect(try await store.settle([ending]) == 0)
      #expect(try await store.job(first.id) == kept)
      // Of two in one transaction the later one counts, and one that is stopped after it was started is none.
      var writes = WriteSet()
      writes.start(Fixtures.timer(of: order, dueInMs: 1_000))
      writes.start(Fixtures.timer(of: order, dueInMs: 2_000))
      let third = Fixtures.timer("third", of: order)
      writes.start(third)
      writes.end(try #require(third.key))
      writes.end(JobKey(orderID: order, name: "never"))
      #expect(try await store.commit(writes) == .committed)
      #expect(try await store.outlook(.timer, limit: 10).next.count == 3)
    }
  }

  @Test func nothingIsClaimedBeforeItIsDueAndOfSeveralOneGetsIt() async throws {
    try await withJobs { store, time async throws in
      let late = Fixtures.job(dueInMs: 3_600_000)
      try await store.add([late])
      let outlook = try await store.outlook(.notice, limit: 10)
      #expect(outlook.due.isEmpty && outlook.lagMs == 0)
      let quietMs = try #require(outlook.quietMs)
      #expect((1...3_600_000).contains(quietMs))
      #expect(try await store.claim([late.id], token: "early", leaseMs: 8_000) == [])
      time.move(ms: 3_700_000)
      let found = try await store.outlook(.notice, limit: 10)
      #expect(found.due.map(\.id) == [late.id] && found.quietMs == nil)
      #expect((1...3_700_000).contains(found.lagMs))
      let claims = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<8 {
          group.addTask { try await store.claim([late.id], token: "w\(number)", leaseMs: 8_000).count }
        }
        return try await group.reduce(0, +)
      }
      #expect(claims == 1)
      #expect(try await store.job(late.id)?.attempts == 1)
    }
  }

  @Test func aClaimPassesOnWhenItsLeaseLapsesUnlessItIsRenewed() async throws {
    try await withJobs { store, time async throws in
      let (lost, held) = (Fixtures.job(), Fixtures.job())
      try await store.add([lost, held])
      #expect(try await store.claimDue(token: "a").count == 2)
      time.move(ms: 7_000)
      #expect(try await store.renew([JobClaim(id: held.id, token: "a")], leaseMs: 8_000) == 1)
      time.move(ms: 2_000)
      let second = try await store.claimDue(token: "b")
      #expect(second.map(\.id) == [lost.id] && second.map(\.attempts) == [2])
      // The first has nothing to say any more.
      #expect(try await store.renew([JobClaim(id: lost.id, token: "a")], leaseMs: 8_000) == 0)
      let endings = [lost, held].map { JobEnding(JobClaim(id: $0.id, token: "a"), .done) }
      #expect(try await store.settle(endings) == 1)
      #expect(try await store.job(held.id) == nil)
      #expect(try await store.job(lost.id)?.attempts == 2)
      #expect(try await store.settle([JobEnding(JobClaim(id: lost.id, token: "b"), .done)]) == 1)
      #expect(try await store.outlook(.notice, limit: 10) == .nothing)
    }
  }

  @Test func whatFailedIsDueAgainLaterAndWhatIsGivenUpNeverIs() async throws {
    try await withJobs { store, time async throws in
      let (again, dead) = (Fixtures.job(), Fixtures.job())
      try await store.add([again, dead])
      _ = try await store.claimDue()
      let long = Text(String(repeating: "é", count: 400))
      let endings = [
        JobEnding(JobClaim(id: again.id, token: "t"), .again(afterMs: 30_000, reason: "$set is down")),
        JobEnding(JobClaim(id: dead.id, token: "t"), .dead(reason: long)),
      ]
      #expect(try await store.settle(endings) == 2)
      #expect(try await store.settle(endings) == 0)
      #expect(try await store.claimDue() == [])
      let waiting = try #require(try await store.job(again.id))
      #expect(waiting.lastError == "$set is down" && waiting.state == .waiting && waiting.attempts == 1)
      let given = try #require(try await store.job(dead.id))
      #expect(given.state == .dead && given.diedAt != nil)
      #expect(given.lastError?.utf8.count == Job.errorLimitBytes)
      #expect(
        try await store.census([.notice, .call]) == [
          JobCount(kind: .notice, state: .waiting, count: 1), JobCount(kind: .notice, state: .dead, count: 1),
          JobCount(kind: .call, state: .waiting, count: 0), JobCount(kind: .call, state: .dead, count: 0),
        ])
      time.move(ms: 31_000)
      #expect(try await store.claimDue().map(\.id) == [again.id])
      time.move(ms: 10_000_000)
      #expect(try await store.claim([dead.id], token: "x", leaseMs: 8_000) == [])
    }
  }

  @Test func theTenantsOfWhatIsDueAreFoundAmongManyOfWhichNothingIs() async throws {
    try await withJobs { store, time async throws in
      let tenants = (0..<30).map { Fixtures.word("t\($0 + 10)", TenantID.init) }
      var jobs = tenants.map { Fixtures.job(tenant: $0, dueInMs: 3_600_000) }
      for tenant in [tenants[3], tenants[17]] { jobs += (0..<5).map { _ in Fixtures.job(tenant: tenant) } }
      try await store.add(jobs + [Fixtures.job(kind: .call, tenant: tenants[5])])
      let now = try #require(try await store.outlook(.notice, limit: 1).now)
      func due(after: TenantID?, limit: Int) async throws -> [TenantID] {
        try await store.dueTenants(.notice, by: now, after: after, limit: limit)
      }
      #expect(try await due(after: nil, limit: 10) == [tenants[3], tenants[17]])
      #expect(try await due(after: nil, limit: 1) == [tenants[3]])
      #expect(try await due(after: tenants[3], limit: 10) == [tenants[17]])
      #expect(try await due(after: tenants[17], limit: 10) == [])
      #expect(try await store.due(.notice, by: now, of: tenants[17], limit: 3).count == 3)
      #expect(try await store.due(.notice, by: now, of: tenants[17], limit: 100).count == 5)
      #expect(try await store.due(.notice, by: now, of: tenants[16], limit: 100) == [])
      time.move(ms: 4_000_000)
      let later = try #require(try await store.outlook(.notice, limit: 1).now)
      #expect(try await store.dueTenants(.notice, by: later, after: nil, limit: 100) == tenants)
    }
  }

  @Test func aPageThatIsNoneIsRefused() async throws {
    try await withStore { store async throws in
      for limit in [0, 1_001] {
        await #expect(throws: StoreError.self) { try await store.outlook(.timer, limit: limit) }
      }
      let ids = (0..<1_001).map { JobID(high: 1, low: $0) }
      await #expect(throws: StoreError.self) { try await store.claim(ids, token: "t", leaseMs: 1) }
      #expect(try await store.claim([], token: "t", leaseMs: 1) == [])
      #expect(try await store.settle([]) == 0)
    }
  }
}
