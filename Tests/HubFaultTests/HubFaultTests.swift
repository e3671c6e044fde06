import Foundation
import Glibc
import HubRuntime
import HubTestSupport
import Testing

/// The hub as a whole, with everything around it failing. Short here; `scripts/faults` goes on as long as is wanted.
@Suite(.serialized) struct HubFaultTests {
  @Test func nothingIsLostOrDoneTwiceWhateverFails() async throws {
    let options = Self.options
    defer { fflush(nil) }
    let report = try await onThread { try FaultRun(options).run() }
    for line in Self.summary(of: report) { print(line) }
    for failure in report.failures { Issue.record("\(failure)") }
    #expect(report.operations > 0)
    #expect(report.faults > 0)
  }

  /// From the environment, which `scripts/faults` fills; without it two short rounds, one that is always the same and
  /// one with a new seed.
  private static var options: FaultRun.Options {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["FAULT_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
    let minutes = environment["FAULT_MINUTES"].flatMap { Double($0) } ?? 1
    var options = FaultRun.Options(seed: seed, seconds: minutes * 60)
    if environment["FAULT_MINUTES"] == nil {
      options.firstSeed = 1
      options.roundSeconds = 20
    }
    if let operations = environment["FAULT_OPERATIONS"].flatMap({ Int($0) }) { options.operations = operations }
    print("faults: seed \(seed), \(minutes) minutes")
    options.say = { print($0) }
    return options
  }

  private static func summary(of report: FaultRun.Report) -> [String] {
    let sorted = { (counts: [String: Int]) in
      counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
    let size = "\(report.rounds) rounds, \(report.operations) operations, \(report.faults) faults"
    let found = "orders \(report.orders), events \(report.events), seen again \(report.repeats)"
    let missed = CrashPoint.allCases.filter { !report.crashPoints.contains($0) }.map(\.rawValue)
    let hit = "\(report.crashPoints.count) of \(CrashPoint.allCases.count)"
    return [
      "\(size): \(report.failures.count) violations", "calls: \(sorted(report.outcomes)); \(found)",
      "faults: \(sorted(report.faultCounts))",
      "crash points: \(hit)" + (missed.isEmpty ? "" : ", not \(missed.joined(separator: ", "))"),
    ]
  }
}
