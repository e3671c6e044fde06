import HubContracts
import HubTestSupport
import SocketLoop
import Testing

@testable import orderhub_load

@Suite struct OpenLoopTests {
  /// What one user sees of a server that rests once for 400 ms, when it has had so many answers.
  private func run(_ pace: Pace, until count: Int) async throws -> (tally: OperationTally, late: Int) {
    let server = try StallingServer(.rest(at: 20, seconds: 0.4))
    let endpoint = Endpoint(name: "127.0.0.1:\(server.port)", address: 0x7f00_0001, port: server.port)
    let loop = try #require(ClientLoop.started(index: 0))
    let recorder = Recorder(operationCount: 1)
    loop.post { loop in
      let group = UserGroup(
        loop: loop, recorder: recorder, pace: pace, timeoutNs: 120_000_000_000, share: (index: 0, of: 1))
      let request = Request(operation: 0, bytes: SharedBytes(RequestText(host: endpoint.name, token: "t").get("/")))
      let line = UserLine(group: group, errand: ReadErrand([request], first: 0), endpoint: endpoint, number: 0)
      loop.users = [group]
      group.start(lines: [line], nowNs: monotonicNs(), rampNs: 0)
    }
    try await eventually("so many answers") { recorder.snapshot()[0].latency.count >= count }
    let late = loop.ask { loop in
      defer { loop.users = [] }
      return loop.users.reduce(0) { late, group in
        defer { _ = group.stop() }
        return late + group.close(nowNs: monotonicNs())
      }
    }
    await loop.stop()
    return (recorder.snapshot()[0], late)
  }

  @Test func anOpenLoopShowsTheStallToAllThatShouldHaveStarted() async throws {
    let schedule = ArrivalSchedule(ratePerSecond: 100, rampSeconds: 0)
    let result = try await run(.open(schedule), until: 150)
    // About 40 requests fell into the stall; the last of them waited least.
    #expect(result.tally.failures == [:])
    #expect(result.tally.latency.value(at: Self.allBut(20, of: result)) > 100_000_000)
    #expect(result.tally.latency.largest > 350_000_000)
  }

  @Test func aClosedLoopShowsItToOne() async throws {
    let result = try await run(.closed(thinkMs: 10), until: 150)
    #expect(result.tally.latency.value(at: Self.allBut(20, of: result)) < 100_000_000)
    #expect(result.tally.latency.largest > 350_000_000)
  }

  /// The quantile that so many requests are above.
  private static func allBut(_ count: Int, of result: (tally: OperationTally, late: Int)) -> Double {
    1 - Double(count) / Double(result.tally.latency.count)
  }

  @Test func whatAnOpenLoopCouldNotStartIsCounted() async throws {
    let schedule = ArrivalSchedule(ratePerSecond: 1_000_000, rampSeconds: 0)
    let result = try await run(.open(schedule), until: 20)
    #expect(result.late > 100_000)
  }

  @Test func aServerThatIsNotThereIsAFailureAndNotACircle() async throws {
    let port = UInt16(try freePort())
    let endpoint = Endpoint(name: "nobody", address: 0x7f00_0001, port: port)
    let loop = try #require(ClientLoop.started(index: 0))
    let recorder = Recorder(operationCount: 1)
    let start = monotonicNs()
    loop.post { loop in
      let group = UserGroup(
        loop: loop, recorder: recorder, pace: .closed(thinkMs: 0), timeoutNs: 1_000_000_000, share: (index: 0, of: 1))
      let request = Request(operation: 0, bytes: SharedBytes([0x47]))
      loop.users = [group]
      group.start(
        lines: [UserLine(group: group, errand: ReadErrand([request], first: 0), endpoint: endpoint, number: 0)],
        nowNs: monotonicNs(), rampNs: 0)
    }
    try await eventually("it tries again") { recorder.snapshot()[0].failureCount >= 2 }
    _ = loop.ask { loop in loop.users.reduce(0) { $0 + $1.stop() } }
    await loop.stop()
    let tally = recorder.snapshot()[0]
    #expect(tally.latency.count == 0)
    let most = (monotonicNs() - start) / UserGroup.pauseAfterFailureNs + 1
    #expect((2...most).contains(tally.failureCount), "\(tally.failures)")
    #expect(Array(tally.failures.keys) == ["no connection"])
  }
}
