import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

@Suite struct DeadLetterTests {
  private static func dead(
    _ name: Text = "print", kind: JobKind = .call, tenant: TenantID = Fixtures.tenant, order: OrderID? = nil
  ) -> Job {
    var job = Fixtures.job(name, kind: kind, tenant: tenant, order: order)
    (job.state, job.lastError, job.attempts, job.diedAt) = (.dead, "no paper", 20, Fixtures.time())
    return job
  }

  private static let discard = Job.Discard(reason: "printed by hand", by: Fixtures.by, at: Fixtures.time(9))

  @Test func aDeadLetterThatIsReleasedIsDueAtOnce() async throws {
    try await withJobs { store, _ async throws in
      let job = Self.dead()
      try await store.add([job])
      guard case .done(let released) = try await store.release(job.id, tenant: Fixtures.tenant, answer: nil) else {
        Issue.record("it is not released")
        return
      }
      #expect(released.state == .waiting && released.attempts == 0 && released.diedAt == nil)
      #expect(released.lastError == "no paper", "why it failed is told until it is tried again")
      #expect(released.due > job.due)
      #expect(try await store.claimDue(.call).map(\.id) == [job.id])
      var claimed = released
      claimed.attempts = 1
      #expect(try await store.release(job.id, tenant: Fixtures.tenant, answer: nil) == .notDead(claimed))
    }
  }

  @Test func aDeadLetterThatIsDiscardedIsKeptForAWhileAndDoneNoMore() async throws {
    try await withJobs { store, time async throws in
      let order = Fixtures.id(Order.self)
      let job = Self.dead("expire", kind: .timer, order: order)
      _ = try await store.write { worker in try worker.insert(.jobs, job) }
      guard
        case .done(let gone) = try await store.discard(job.id, tenant: Fixtures.tenant, Self.discard, answer: nil)
      else {
        Issue.record("it is not discarded")
        return
      }
      #expect(gone.state == .discarded && gone.discard == Self.discard && gone.lastError == "no paper")
      time.move(ms: 86_400_000)
      #expect(try await store.outlook(.timer, limit: 10) == .nothing)
      for outcome in [
        try await store.discard(job.id, tenant: Fixtures.tenant, Self.discard, answer: nil),
        try await store.release(job.id, tenant: Fixtures.tenant, answer: nil),
      ] {
        #expect(outcome == .notDead(gone))
      }
      let expiry = try await store.read { worker in
        try worker.findOne(.jobs, { row throws(BSONError) in try row.date("expiresAt") }) {
          $0.identifier("_id", job.id)
        }
      }
      #expect(expiry?.millis == Self.discard.at.millis + 90 * 86_400_000)
      #expect(try await store.census([.timer]).map(\.count) == [0, 0])
      // The order may have another timer of that name.
      let next = Fixtures.timer(of: order)
      try await store.add([next])
      #expect(try await store.job(next.id) == next)
      #expect(try await store.job(job.id) == gone)
    }
  }

  @Test func aTimerThatWasGivenUpIsStartedAnew() async throws {
    try await withStore { store async throws in
      let order = Fixtures.id(Order.self)
      let job = Self.dead("expire", kind: .timer, order: order)
      _ = try await store.write { worker in try worker.insert(.jobs, job) }
      var next = Fixtures.timer(of: order)
      try await store.add([next])
      next.id = job.id
      #expect(try await store.job(job.id) == next)
      #expect(try await store.outlook(.timer, limit: 10).due.count == 1)
    }
  }

  @Test func anothersOrAnAnsweredWriteChangesNothing() async throws {
    try await withStore { store async throws in
      let job = Self.dead()
      try await store.add([job])
      let (own, other, id) = (Fixtures.tenant, Fixtures.other, Fixtures.id(Job.self))
      #expect(try await store.release(job.id, tenant: other, answer: nil) == .unknown)
      #expect(try await store.discard(job.id, tenant: other, Self.discard, answer: nil) == .unknown)
      #expect(try await store.release(id, tenant: own, answer: nil) == .unknown)
      let kept = Fixtures.answer("once")
      #expect(try await store.keep(kept))
      #expect(try await store.release(job.id, tenant: own) { _ in kept } == .answered)
      #expect(try await store.discard(job.id, tenant: own, Self.discard) { _ in kept } == .answered)
      #expect(try await store.job(job.id) == job)
      let answer = Fixtures.answer("twice")
      guard case .done = try await store.release(job.id, tenant: own, answer: { _ in answer }) else {
        Issue.record("it is not released")
        return
      }
      #expect(try await store.keptAnswer(answer.key, for: "f") == answer)
    }
  }

  @Test func aTenantsJobsAreCountedByKindAndState() async throws {
    try await withStore { store async throws in
      let old = Fixtures.job("z", dueInMs: -90_000)
      try await store.add([
        old, Fixtures.job("a"), Self.dead(), Self.dead(), Fixtures.job(kind: .call, dueInMs: 90_000),
        Fixtures.job("a", tenant: Fixtures.other, dueInMs: -900_000),
      ])
      let counts = try await store.jobCounts(of: Fixtures.tenant)
      #expect(counts.map(\.kind) == [.call, .notice, .call])
      #expect(counts.map(\.state) == [.waiting, .waiting, .dead])
      #expect(counts.map(\.count) == [1, 2, 2])
      #expect(counts[1].oldestDue == old.due && counts[2].oldestDue == nil && counts[0].oldestDue != nil)
      #expect(counts.allSatisfy { !$0.isCapped })
      #expect(try await store.jobCounts(of: Fixtures.word("nobody", TenantID.init)) == [])
    }
  }

  @Test(arguments: [1, 2, 3, 100]) func pagesShowEachJobOnceByKindNameAndTime(limit: Int) async throws {
    try await withStore { store async throws in
      var jobs: [Job] = []
      for kind in [JobKind.timer, .call] {
        for (name, due) in [("b", 5), ("a", 9), ("a", 7), ("b", 5), ("a.b c", 1)] as [(Text, Int64)] {
          jobs.append(Fixtures.job(name, kind: kind, dueInMs: due * 1_000_000, payload: [0x7b, 0x7d]))
        }
      }
      try await store.add(jobs + [Fixtures.job(tenant: Fixtures.other), Self.dead()])
      var seen: [Job] = []
      var query = JobQuery(tenant: Fixtures.tenant, state: .waiting, limit: limit)
      while true {
        let page = try await store.jobs(query)
        seen += page
        guard page.count == limit, let last = page.last else { break }
        query.after = JobCursor(last)
      }
      let sorted = jobs.sorted {
        ($0.kind.word, $0.name, $0.due, $0.id.low) < ($1.kind.word, $1.name, $1.due, $1.id.low)
      }
      #expect(seen.map(\.id) == sorted.map(\.id))
      #expect(seen.allSatisfy { $0.payload.isEmpty }, "what a job holds is for whoever does it")
      // The same within a kind or a name.
      for (kind, name, count) in [(JobKind.timer, nil, 5), (nil, "a", 4), (.call, "b", 2)] as [(JobKind?, Text?, Int)] {
        var narrow = JobQuery(tenant: Fixtures.tenant, state: .waiting, kind: kind, name: name, limit: 1)
        var found: [JobID] = []
        while let job = try await store.jobs(narrow).first, found.count < 20 {
          found.append(job.id)
          narrow.after = JobCursor(job)
        }
        #expect(found == sorted.filter { (kind ?? $0.kind) == $0.kind && (name ?? $0.name) == $0.name }.map(\.id))
        #expect(found.count == count)
      }
      query.after = nil
      query.limit = 100
      query.name = "a"
      #expect(try await store.jobs(query).count == 4)
      query.kind = .timer
      #expect(try await store.jobs(query).map(\.kind) == [.timer, .timer])
      query.name = nil
      #expect(try await store.jobs(query).count == 5)
      query.state = .dead
      #expect(try await store.jobs(query) == [])
      query.kind = .call
      #expect(try await store.jobs(query).map(\.name) == ["print"])
    }
  }
}
