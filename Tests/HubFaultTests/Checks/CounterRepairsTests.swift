import Foundation
import Testing

@Suite struct CounterRepairsTests {
  private func line(_ message: String, _ tenant: String) -> String {
    #"{"at":"2026-06-01T00:00:00.000Z","level":"warning","message":"\#(message)","tenant":"\#(tenant)"}"#
  }

  @Test func countsTheRepairsOfItsTenantInAllLogs() {
    let repaired = line(CounterRepairs.words, "r1")
    let logs = [
      [repaired, line(CounterRepairs.words, "r12"), line("something else", "r1")], [], [repaired, repaired],
    ].map { Data($0.joined(separator: "\n").utf8) }
    #expect(CounterRepairs.count(of: "r1", in: logs) == 3)
    #expect(CounterRepairs.count(of: "r12", in: logs) == 1)
    #expect(CounterRepairs.count(of: "r2", in: logs) == 0)
  }

  @Test func aWorkerStillSaysItInTheseWords() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
    let source = try String(
      contentsOf: root.appendingPathComponent("Sources/Worker/CounterCheck.swift"), encoding: .utf8)
    #expect(source.contains("log.warning(\"\(CounterRepairs.words)\", [(\"tenant\", tenant.text)])"))
  }

  @Test func saysWhatIsWorthALook() {
    #expect(CounterRepairs.summary(0, redisFaults: 0) == "counters repaired 0 times")
    #expect(CounterRepairs.summary(2, redisFaults: 1) == "counters repaired 2 times")
    #expect(CounterRepairs.summary(1, redisFaults: 0) == "counters repaired 1 times though nothing was done to Redis")
  }
}
