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
    for line in Self.summary(of: report, options) { print(line) }
    for failure in report.failures { Issue.record("\(failure)") }
    #expect(report.operations > 0)
    // After a violation the run has ended early; and one that is made to be short shows what it can.
    if report.failures.isEmpty, options.isLongEnough {
      #expect(report.gaps(options.density, isUpgrade: options.old != nil) == [])
    }
  }

  /// From the environment, which `scripts/faults` fills; without it two short rounds, one that is always the same and
  /// one with a new seed.
  private static var options: FaultRun.Options {
    let environment = ProcessInfo.processInfo.environment
    func number<Number: LosslessStringConvertible>(_ name: String) -> Number? { environment[name].flatMap(Number.init) }
    let seed = number("FAULT_SEED") ?? UInt64.random(in: 1...999_999)
    let minutes: Double? = number("FAULT_MINUTES")
    var options = FaultRun.Options(seed: seed, seconds: (minutes ?? 1) * 60)
    if minutes == nil {
      options.firstSeed = 1
      options.roundSeconds = 20
      // Little time: mostly deaths at the crash points, as many as there can be.
      options.density = FaultPlan.Density(spacing: 15, crashesInHundred: 65)
    }
    options.operations = number("FAULT_OPERATIONS") ?? options.operations
    options.density.spacing = number("FAULT_SPACING") ?? options.density.spacing
    options.density.crashesInHundred = number("FAULT_CRASHES") ?? options.density.crashesInHundred
    options.old = environment["FAULT_OLD_BIN"]
    options.say = {
      print($0)
      // Whoever watches is to see it now.
      fflush(nil)
    }
    options.say("faults: seed \(seed), \(options.seconds / 60) minutes, \(options.density)")
    return options
  }

  private static func summary(of report: FaultRun.Report, _ options: FaultRun.Options) -> [String] {
    let sorted = { (counts: [String: Int]) in
      counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
    let size =
      "\(report.rounds) rounds, \(report.operations) operations, \(report.faults) faults made of \(report.tally.planned) planned"
    let found =
      "orders \(report.orders), events \(report.events), seen again \(report.repeats), counters repaired \(report.counterRepairs) times"
    let missed = options.points.filter { !report.tally.crashPoints.contains($0) }.map(\.rawValue)
    let hit = "\(report.tally.crashPoints.count) of \(options.points.count)"
    let upgrade = report.upgrade
    let done =
      options.old == nil
      ? "tables: \(report.tableOrders) orders, \(report.expiries) ended by their timers (\(report.putOff) put off), "
        + "\(report.shortages) times goods were short"
      : "versions: replaced \(upgrade.toNew) times by the newer one, \(upgrade.toOld) by the older one; migrated "
        + "\(upgrade.migrations) times"
    let followings = report.followings.sorted { $0.key < $1.key }.map {
      "\($0.key) \($0.value.events) events, back \($0.value.returns) times"
    }
    return [
      "\(size): \(report.failures.count) violations", "calls: \(sorted(report.outcomes)); \(found)",
      done, "followers: \(followings.joined(separator: "; "))",
      "faults: \(sorted(report.tally.counts)); not made: \(sorted(report.tally.missed))",
      "crash points: \(hit)" + (missed.isEmpty ? "" : ", not \(missed.joined(separator: ", "))"),
    ]
  }
}
