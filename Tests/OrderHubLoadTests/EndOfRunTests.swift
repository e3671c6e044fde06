import HubContracts
import HubTestSupport
import Testing

@testable import orderhub_load

/// What is under way when the time is up.
@Suite struct EndOfRunTests {
  private static let kinds = LoadPlan.kinds(connections: 1) + [LoadPlan.rateKind]

  private static func plan(_ words: [String]) throws -> LoadPlan {
    let words = ["--duration", "500ms", "--warm-up", "0s"] + words
    return try LoadPlan(try GivenOptions(words, kinds: kinds), connections: 1)
  }

  /// Lets users read from a server with a fault, as the plan says.
  private static func withUsers<Success: Sendable>(
    _ fault: StallingServer.Fault, _ plan: LoadPlan, _ body: @escaping @Sendable (Crew, Site) throws -> Success
  ) async throws -> Success {
    try await onThread {
      let server = try StallingServer(fault)
      let site = try server.site()
      let crew = try Crew(threads: 1, operations: [Crew.Operation(name: "read")])
      defer { crew.end() }
      crew.addUsers(plan.connections, pace: plan.pace, rampNs: 0, timeoutNs: plan.timeoutNs, site: site) { _, text in
        ReadErrand([Request(operation: 0, bytes: SharedBytes(text.get("/")))], first: 0)
      }
      return try withExtendedLifetime(server) { try body(crew, site) }
    }
  }

  private static func measure(_ fault: StallingServer.Fault, _ words: [String]) async throws -> RunFigures {
    let plan = try plan(words)
    return try await withUsers(fault, plan) { crew, site in
      Measurement(crew: crew, site: site, console: Console(isQuiet: true)).run(scenario: "stall", plan: plan)
    }
  }

  @Test func aHangToTheEndOfAClosedLoopIsATimeoutOfEveryUser() async throws {
    let run = try await Self.measure(.hang(from: 5), ["--connections", "3", "--timeout", "5s"])
    #expect(run.total.failures == ["timeout": 3])
    // Some were answered before it was measured.
    #expect(run.total.latency.count <= 4)
    #expect(run.ratePerSecond == Double(run.total.latency.count) / run.seconds)
    // What is measured is the time that was asked for, however long the wait was.
    #expect(run.seconds < 4)
    #expect(try !#require(Expectation("errors=0")).judge(run).holds)
  }

  @Test func aHangToTheEndOfAnOpenLoopIsATimeoutOfEveryUserAndTheRestNeverStarted() async throws {
    let run = try await Self.measure(
      .hang(from: 5), ["--rate", "100", "--connections", "4", "--timeout", "5s"])
    #expect(run.total.failures["timeout"] == 4)
    #expect(run.total.latency.count <= 4)
    let late = run.total.failures[OperationTally.neverStarted] ?? 0
    #expect(late > 10)
    #expect(run.total.failureCount == 4 + late)
  }

  @Test func anAnswerAfterTheEndCountsWithItsLatencyAndInNoRate() async throws {
    let run = try await Self.measure(.rest(at: 5, seconds: 4), ["--timeout", "60s"])
    #expect(run.total.failures == [:])
    #expect((1...5).contains(run.total.latency.count))
    #expect(run.total.latency.largest > 1_500_000_000)
    #expect(run.operations[0].afterEnd == 1)
    #expect(run.ratePerSecond == Double(run.total.latency.count - 1) / run.seconds)
    #expect(run.notes.contains { $0.contains("under way when the time was up") }, "\(run.notes)")
  }

  @Test func aRunWithoutAStallTakesNoLongerThanItsSlowestAnswer() async throws {
    // Were it to wait for the time that an answer may take, this would hang.
    let run = try await Self.measure(.none, ["--connections", "8", "--timeout", "3000s"])
    #expect(run.total.failures == [:])
    #expect(run.total.latency.count > 8)
  }

  @Test func aPhaseSeesThoseThatWereLeftToWait() async throws {
    let plan = try Self.plan(["--rate", "100", "--connections", "4", "--timeout", "5s"])
    let phase = try await Self.withUsers(.hang(from: 5), plan) { crew, _ in
      LoadPhase(
        "storm", crew: crew, askedPerSecond: plan.ratePerSecond, watched: [], console: Console(isQuiet: true),
        settleNs: 0, forNs: plan.durationNs, timeoutNs: plan.timeoutNs)
    }
    #expect(phase.broken == 4)
    #expect(phase.neverStarted > 10)
    #expect(phase.rate == Double(phase.row.tally.latency.count) / phase.seconds)
  }

  @Test func aCalmIsCountedFromTheEndOfTheStormAndNotOfItsLastAnswer() async throws {
    let plan = try Self.plan(["--rate", "50", "--connections", "4", "--timeout", "60s"])
    let (storm, after) = try await Self.withUsers(.rest(at: 5, seconds: 4), plan) { crew, site in
      func phase(_ crew: Crew, forNs: Int64) -> LoadPhase {
        LoadPhase(
          "phase", crew: crew, askedPerSecond: 50, watched: [], console: Console(isQuiet: true), settleNs: 0,
          forNs: forNs, timeoutNs: plan.timeoutNs)
      }
      let storm = phase(crew, forNs: plan.durationNs)
      let calm = try Crew(threads: 1, operations: crew.operations)
      defer { calm.end() }
      calm.addUsers(plan.connections, pace: plan.pace, rampNs: 0, timeoutNs: plan.timeoutNs, site: site) { _, text in
        ReadErrand([Request(operation: 0, bytes: SharedBytes(text.get("/")))], first: 0)
      }
      return (storm, phase(calm, forNs: 5_000_000_000))
    }
    // It rested for four seconds from when it was asked for the fifth, of 25 in half a second.
    let alone = try #require(after.calmFrom(p99Ns: 2_000_000_000))
    let recovered = try #require(after.calmFrom(p99Ns: 2_000_000_000, after: storm))
    #expect(recovered >= alone + 1.2, "\(alone), \(recovered)")
    #expect(storm.broken == 0)
  }

  @Test func ctrlCLeavesWhatIsUnderWayOneMoreSecond() async throws {
    // Two requests look whether the hub is there.
    let server = try StallingServer(.hang(from: 3))
    let run = try await LoadRun(
      [
        "create", "--api", "127.0.0.1:\(server.port)", "--tenant", "load-stall", "--into-existing", "--token", "t",
        "--connections", "2",
        "--duration", "3000s", "--timeout", "3000s", "--json", "-",
      ], settings: [:], program: LoadedHub.binary("orderhub-load"), interruptedWhen: { server.requestCount >= 4 })
    #expect(run.status == 1, "\(run)")
    #expect(run.json["interrupted"] == true, "\(run)")
    #expect(run.operation("create")["errors"] == 0, "\(run)")
    #expect(
      run.json["notes"].items.contains { $0.text.hasPrefix("2 requests had no answer within a second of Ctrl-C") },
      "\(run)")
  }
}
