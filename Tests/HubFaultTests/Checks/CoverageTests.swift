import Glibc
import HubRuntime
import Testing

@Suite struct CoverageTests {
  private let density = FaultPlan.Density(spacing: 15, crashesInHundred: 65)

  private func fault(_ kind: Fault.Kind) -> Fault {
    var fault = Fault(seed: 1, index: 0, density, point: .afterCommit)
    fault.kind = kind
    return fault
  }

  private var full: FaultRun.Report {
    var report = FaultRun.Report()
    report.outcomes = ["ok": 1, "refused": 1]
    (report.expiries, report.shortages) = (1, 1)
    for point in [CrashPoint.afterCommit, .afterOrders, .relayRead] { report.tally.made(fault(.crash(point, nth: 1))) }
    for name in ["WebSocket", "Socket.IO", "server-sent events"] {
      report.followings[name] = Following(events: 1, returns: 1)
    }
    return report
  }

  @Test func aRunThatCameByEverythingHasNoGaps() { #expect(full.gaps(density) == []) }

  @Test func aRunInWhichNothingHappenedHasAllGaps() {
    #expect(FaultRun.Report().gaps(density).count == 12)
  }

  @Test func whatATableBringsIsAskedForWhereThereAreTables() {
    var report = full
    (report.expiries, report.shortages) = (0, 0)
    #expect(report.gaps(density) == ["no order ended by its timer", "nothing was short"])
    let upgraded = ["no process was replaced by a newer one", "nothing was migrated"]
    #expect(report.gaps(density, isUpgrade: true) == upgraded)
    (report.upgrade.toNew, report.upgrade.migrations) = (1, 1)
    report.tally = FaultTally()
    report.tally.made(fault(.stepDown))
    #expect(report.gaps(density, isUpgrade: true) == [])
  }

  @Test func eachGapIsNamed() {
    var report = full
    report.followings["Socket.IO"]?.returns = 0
    #expect(report.gaps(density) == ["nobody came back by Socket.IO"])
    report = full
    report.followings["server-sent events"] = nil
    #expect(report.gaps(density).count == 2)
    report = full
    report.outcomes["refused"] = nil
    #expect(report.gaps(density) == ["no call was refused"])
  }

  @Test func deathsAreAskedForOnlyWhereTheyWereWanted() {
    var report = full
    report.tally = FaultTally()
    report.tally.made(fault(.stepDown))
    #expect(report.gaps(density).count == 1)
    #expect(report.gaps(FaultPlan.Density(spacing: 15, crashesInHundred: 0)) == [])
  }

  /// A run of so many faults, all of which were made but those that are left out.
  private func long(_ count: Int, _ density: FaultPlan.Density, without isLeftOut: (Fault) -> Bool) -> FaultRun.Report {
    var report = full
    var plan = FaultPlan(seed: 1, density)
    for _ in 0..<count {
      let fault = plan.next()
      report.tally.planned(fault)
      if !isLeftOut(fault) { report.tally.made(fault) }
    }
    return report
  }

  @Test func aLongRunIsAskedForEveryKindOfFault() {
    let usual = FaultPlan.Density()
    #expect(long(2_000, usual) { _ in false }.gaps(usual) == [])
    #expect(long(400, usual) { _ in false }.gaps(usual) == [])
    for name in ["kill", "terminate", "fullDisk", "freezePastLock", "commitReplyLost", "silentRedis"] {
      #expect(long(2_000, usual) { $0.name == name }.gaps(usual) == ["no fault was \(name)"])
    }
    #expect(long(400, usual) { $0.name == "commitReplyLost" }.gaps(usual) == ["no fault was commitReplyLost"])
  }

  @Test func aLongRunIsAskedForNearlyAllCrashPoints() {
    let usual = FaultPlan.Density()
    let without = { (count: Int) in
      let missing = Set(
        CrashPoint.allCases.filter { ![.afterCommit, .afterOrders, .relayRead].contains($0) }.suffix(count))
      return self.long(400, usual) { fault in
        if case .crash(let point, _) = fault.kind { missing.contains(point) } else { false }
      }
    }
    // The three of a full report are there in any case.
    #expect(without(4).gaps(usual) == [])
    #expect(without(5).gaps(usual) == ["processes died at 33 of 38 crash points"])
  }

  @Test func aShortRunIsAskedForNoMoreThanBefore() {
    #expect(long(250, density) { $0.name == "commitReplyLost" || $0.name == "wipeRedis" }.gaps(density) == [])
  }

  @Test func whatNobodyPlannedIsNotAskedFor() {
    let deaths = FaultPlan.Density(spacing: 15, crashesInHundred: 100)
    #expect(long(400, deaths) { _ in false }.gaps(deaths) == [])
  }

  @Test func onlyWhatTookEffectCountsAsMade() {
    var tally = FaultTally()
    for kind in [Fault.Kind.crash(.afterCommit, nth: 2), .stepDown, .wipeRedis] { tally.planned(fault(kind)) }
    tally.made(fault(.crash(.afterCommit, nth: 2)))
    tally.made(fault(.stepDown))
    #expect(tally.planned == 3)
    #expect(tally.made == 2)
    #expect(tally.missed == ["wipeRedis": 1])
    #expect(tally.redisFaults == 0)
    #expect(tally.counts == ["crash": 1, "crash at after-commit": 1, "stepDown": 1])
    #expect(tally.crashPoints == [.afterCommit])
    tally.made(fault(.wipeRedis))
    #expect(tally.redisFaults == 1)
  }

  @Test func onlyAnEndWithStatusZeroIsAnEndInGoodOrder() {
    #expect(Injector.violation(afterTermination: 0, "api0") == nil)
    #expect(Injector.violation(afterTermination: 1, "api0")?.detail == "api0 ended with 1")
    #expect(Injector.violation(afterTermination: 128 + SIGTERM, "api0")?.rule.contains("status 0") == true)
    #expect(Injector.violation(afterTermination: nil, "api0")?.rule == "SIGTERM ends a process in time")
  }
}
