import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

@Suite struct JobRunnerTests {
  @Test func whatIsDueIsDoneOnceHoweverManyWork() async throws {
    try await withSite { site in
      for tenant in ["a", "b", "c"] { try await site.add(100, tenant: tenant) }
      try await site.add(1, kind: .call)
      let (metrics, errands) = (Metrics(), (0..<2).map { _ in Errands() })
      let runners = try errands.map { try site.runner($0, metrics: metrics) }
      try await drive(runners, until: "all is done") { try await site.count(.waiting) == 0 }
      let runs = errands.flatMap(\.runs)
      #expect(runs.count == 300)
      #expect(Set(runs.map(\.id)).count == 300)
      #expect(runs.allSatisfy { $0.kind == .notice && $0.attempts == 1 })
      #expect(metrics.render().contains(#"orderhub_jobs_total{kind="notice",outcome="done"} "#))
      #expect(try await site.count(.waiting, kind: .call) == 1, "another kind's is left")
    }
  }

  @Test func whatFailsIsTriedAgainLaterAndAtLastIsADeadLetter() async throws {
    try await withSite { site in
      try await site.add(1)
      let policy = JobPolicy(attemptsLimit: 3, firstDelayMs: 10_000, longestDelayMs: 15_000)
      let errands = Errands(policy: policy) { .retry(reason: "down \($0.attempts)") }
      let runner = try site.runner(errands)
      for attempt in 1...3 {
        try await drive([runner], until: "run \(attempt)") {
          let rows = try await site.store.outlook(.notice, limit: 1)
          return errands.runs.count == attempt && rows.due.isEmpty
        }
        // Not sooner, however often it looks.
        _ = try await runner.round()
        #expect(errands.runs.count == attempt)
        site.jobTime.move(ms: 16_000)
      }
      try await drive([runner], until: "it is dead") { try await site.count(.dead) == 1 }
      site.jobTime.move(ms: 86_400_000)
      _ = try await runner.round()
      #expect(errands.runs.count == 3)
      let dead = try await site.store.jobs(JobQuery(tenant: site.tenant, state: .dead, limit: 10))
      #expect(dead.map(\.lastError) == ["down 3"] && dead.map(\.attempts) == [3])
    }
  }

  @Test func aHandlersOwnPauseAndItsGivingUpAreKept() async throws {
    try await withSite { site in
      try await site.add(1)
      let errands = Errands { $0.attempts == 1 ? .retry(afterMs: 900_000, reason: "busy") : .dead(reason: "never") }
      let runner = try site.runner(errands)
      try await drive([runner], until: "it ran") {
        // Longer than its lease: its end is noted.
        try await site.store.outlook(.notice, limit: 1).quietMs ?? 0 > 10_000 && errands.runs.count == 1
      }
      let quietMs = try #require(try await site.store.outlook(.notice, limit: 1).quietMs)
      #expect((890_000...900_000).contains(quietMs))
      site.jobTime.move(ms: 901_000)
      try await drive([runner], until: "it is dead") { try await site.count(.dead) == 1 }
      #expect(errands.runs.count == 2)
    }
  }

  @Test func aKilledWorkersClaimsPassOnWithinTenSeconds() async throws {
    try await withSite { site in
      try await site.add(5)
      let (barrier, metrics) = (Barrier(), Metrics())
      let stuck = Errands { _ in
        await barrier.pass()
        return .done
      }
      let (dying, heir) = (try site.runner(stuck, metrics: metrics), Errands())
      let second = try site.runner(heir)
      try await drive([dying], until: "they are claimed") { stuck.runs.count == 5 }
      // It is driven no more, as if it were dead.
      _ = try await second.round()
      #expect(heir.runs.isEmpty)
      site.jobTime.move(ms: 9_000)
      try await drive([second], until: "they are done") { try await site.count(.waiting) == 0 }
      #expect(Set(heir.runs.map(\.id)) == Set(stuck.runs.map(\.id)))
      #expect(heir.runs.allSatisfy { $0.attempts == 2 })
      // It was not dead after all; what it has to say comes too late.
      barrier.open()
      try await drive([dying], until: "its runs are counted") {
        metrics.render().contains(#"orderhub_jobs_total{kind="notice",outcome="lost"} 5"#)
      }
    }
  }

  @Test func nothingIsBegunWhileTheStoresClockIsFarFromTheProcesss() async throws {
    try await withSite { site in
      try await site.add(1)
      let errands = Errands { _ in .retry(afterMs: 1_000, reason: "not yet") }
      let runner = try site.runner(errands, wallClock: { SystemClock().now() })
      // An hour ahead it would be put off into an hour that is still to come, and behind be claimed by everybody.
      site.jobTime.move(ms: 3_600_000)
      #expect(try await runner.round() == JobRunner.Options().pauseMs)
      site.jobTime.move(ms: -7_200_000)
      _ = try await runner.round()
      #expect(errands.runs.isEmpty)
      #expect(try await site.store.outlook(.notice, limit: 1).due.count == 1)
      // Right again, or nearly so.
      site.jobTime.move(ms: 3_600_000 - 60_000)
      try await drive([runner], until: "it was begun") { errands.runs.count == 1 }
    }
  }

  @Test func aClaimIsRenewedWhileWorkGoesOn() async throws {
    try await withSite { site in
      try await site.add(1)
      let (barrier, clock) = (Barrier(), MovedClock())
      let slow = Errands(policy: JobPolicy(attemptsLimit: 3, firstDelayMs: 1, longestDelayMs: 1, runLimitMs: 600_000)) {
        _ in
        await barrier.pass()
        return .done
      }
      let (runner, other) = (try site.runner(slow, clock: clock), Errands())
      let second = try site.runner(other)
      try await drive([runner], until: "it is claimed") { slow.runs.count == 1 }
      for _ in 0..<10 {
        site.jobTime.move(ms: 3_000)
        clock.move(ms: 3_000)
        _ = try await runner.round()
        _ = try await second.round()
      }
      #expect(other.runs.isEmpty)
      barrier.open()
      try await drive([runner], until: "it is done") { try await site.count(.waiting) == 0 }
      #expect(slow.runs.count == 1)
    }
  }

  @Test func aJobThatKillsWhoeverDoesItIsGivenUp() async throws {
    try await withSite { site in
      try await site.add(1)
      for number in 0..<3 {
        let due = try await site.store.outlook(.notice, limit: 1).due
        #expect(try await site.store.claim(due.map(\.id), token: "w\(number)", leaseMs: 8_000).count == 1)
        site.jobTime.move(ms: 9_000)
      }
      let errands = Errands(policy: JobPolicy(attemptsLimit: 3, firstDelayMs: 1, longestDelayMs: 1))
      try await drive([try site.runner(errands)], until: "it is dead") { try await site.count(.dead) == 1 }
      #expect(errands.runs.isEmpty)
      let dead = try await site.store.jobs(JobQuery(tenant: site.tenant, state: .dead, limit: 1))
      #expect(dead.first?.lastError == "it was begun 3 times, and the last run never ended")
    }
  }

  @Test func aRunThatTakesTooLongGivesItsPlaceUp() async throws {
    try await withSite { site in
      try await site.add(1)
      let (barrier, clock) = (Barrier(), MovedClock())
      defer { barrier.open() }
      let policy = JobPolicy(attemptsLimit: 3, firstDelayMs: 60_000, longestDelayMs: 60_000, runLimitMs: 5_000)
      let errands = Errands(policy: policy) { _ in
        await barrier.pass()
        return .done
      }
      let runner = try site.runner(errands, clock: clock)
      try await drive([runner], until: "it is begun") { errands.runs.count == 1 }
      clock.move(ms: 5_001)
      _ = try await runner.round()
      let waiting = try await site.store.jobs(JobQuery(tenant: site.tenant, state: .waiting, limit: 1))
      #expect(waiting.first?.lastError == "it did not end within 5000 ms")
      #expect(try await site.store.outlook(.notice, limit: 1).due.isEmpty)
    }
  }

  @Test func aTenantsBacklogDoesNotHoldUpAnother() async throws {
    try await withSite { site in
      try await site.add(3_000, tenant: "large")
      try await site.add(1, tenant: "small", dueAt: 1_000_000)
      let errands = Errands()
      let runner = try site.runner(errands, places: 32)
      try await drive([runner], until: "the small one is done") {
        errands.runs.contains { $0.tenantID.text == "small" }
      }
      let place = try #require(errands.runs.firstIndex { $0.tenantID.text == "small" })
      #expect(place < 3 * 32, "it waited for \(place) of the other's")
    }
  }

  @Test func tenantsWithBacklogsTakeTurns() async throws {
    try await withSite { site in
      for tenant in ["a", "b", "c"] { try await site.add(500, tenant: tenant) }
      let errands = Errands()
      let runner = try site.runner(errands, places: 30)
      try await drive([runner], until: "some are done") { errands.runs.count >= 300 }
      let counts = Dictionary(grouping: errands.runs.prefix(300), by: \.tenantID).mapValues(\.count)
      #expect(counts.count == 3 && counts.values.allSatisfy { (60...140).contains($0) }, "\(counts)")
    }
  }

  @Test func aTenantWhoseWorkHangsDoesNotTakeAllPlaces() async throws {
    try await withSite { site in
      try await site.add(200, tenant: "hangs")
      try await site.add(20, tenant: "works", dueAt: 1_000_000)
      let barrier = Barrier()
      let errands = Errands { job in
        if job.tenantID.text == "hangs" { await barrier.pass() }
        return .done
      }
      let runner = try site.runner(errands, places: 16)
      try await drive([runner], until: "the other's are done") {
        errands.runs.count { $0.tenantID.text == "works" } == 20
      }
      #expect(errands.runs.count { $0.tenantID.text == "hangs" } < 16)
      barrier.open()
      try await drive([runner], until: "all are done") { try await site.count(.waiting) == 0 }
    }
  }

  @Test func anIdleRunnerLooksOnceAndKnowsHowLongItMayPause() async throws {
    try await withSite { site in
      let queue = CountedQueue(queue: site.store)
      let runner = try site.runner(Errands(), queue: queue)
      for _ in 0..<3 { #expect(try await runner.round() == 1_000) }
      #expect(queue.looks.with { $0 } == 3)
      #expect(queue.others.with { $0 } == 0)
      let soon = Timestamp(millis: SystemClock().now().millis + 3_600_000)
      try await site.add(1, dueAt: soon.millis)
      #expect(try await runner.round() == 1_000)
      site.jobTime.move(ms: 3_600_000 - 400)
      // How much of the time has passed nobody knows; it is not more than was left.
      #expect((0...400).contains(try await runner.round()))
      #expect(queue.looks.with { $0 } >= 5)
    }
  }

  @Test func aServiceDoesWhatComesAndEnds() async throws {
    try await withSite { site in
      let errands = Errands()
      let metrics = Metrics()
      let runner = JobRunner(
        errands, queue: site.store, ids: RandomIdentities(), user: try #require(UserID("worker")), log: quiet,
        metrics: metrics)
      let service = JobService([runner], queue: site.store, log: quiet)
      try await service.start()
      try await site.add(500)
      try await eventually("they are done") { try await site.count(.waiting) == 0 }
      await service.stop()
      #expect(errands.runs.count == 500)
      try await site.add(1)
      #expect(errands.runs.count == 500)
      // Without handlers there is nothing to do.
      let none = JobService([], queue: site.store, log: quiet)
      try await none.start()
      await none.stop()
    }
  }

  @Test func pausesGrowToTheirLimitAndDoNotOverflow() {
    var random = SystemRandomNumberGenerator()
    let policy = JobPolicy(attemptsLimit: 9, firstDelayMs: 1_000, longestDelayMs: 60_000)
    for (attempts, most) in [(1, 1_000), (2, 2_000), (4, 8_000), (7, 60_000), (Int64.max, 60_000), (.min, 1_000)]
      as [(Int64, Int64)]
    {
      for _ in 0..<50 {
        #expect((most / 2...most).contains(policy.delayMs(after: attempts, using: &random)), "\(attempts)")
      }
    }
    let endless = JobPolicy(attemptsLimit: 9, firstDelayMs: .max / 2, longestDelayMs: .max)
    #expect(endless.delayMs(after: 99, using: &random) > 0)
    let fates = [
      policy.fate(of: .done, attempts: 99, using: &random),
      policy.fate(of: .retry(afterMs: .max, reason: "r"), attempts: 1, using: &random),
      policy.fate(of: .retry(afterMs: -5, reason: "r"), attempts: 1, using: &random),
      policy.fate(of: .retry(afterMs: 5, reason: "r"), attempts: 9, using: &random),
      policy.fate(of: .dead(reason: "r"), attempts: 1, using: &random),
    ]
    #expect(
      fates == [
        .done, .again(afterMs: JobPolicy.retryLimitMs, reason: "r"), .again(afterMs: 0, reason: "r"),
        .dead(reason: "r"), .dead(reason: "r"),
      ])
  }

  @Test func deadLettersMakeAWorkersConditionDoubtful() async throws {
    try await withSite { site in
      #expect(await JobConditions.deadLetters(site.store).map(\.state) == [.ok])
      try await site.add(2)
      let runner = try site.runner(Errands { _ in .dead(reason: "never") })
      try await drive([runner], until: "they are dead") { try await site.count(.dead) == 2 }
      let conditions = await JobConditions.deadLetters(site.store)
      #expect(conditions.map(\.state) == [.doubtful])
      #expect(conditions.first?.found == "2 of the kind notice")
    }
  }
}
