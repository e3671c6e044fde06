import HubRuntime
import Testing

@Suite struct PlanTests {
  private func faults(_ seed: UInt64, _ count: Int = 200) -> [Fault] {
    var plan = FaultPlan(seed: seed, FaultPlan.Density(spacing: 100))
    return (0..<count).map { _ in plan.next() }
  }

  private func points(_ faults: [Fault]) -> [CrashPoint] {
    faults.compactMap { if case .crash(let point, _) = $0.kind { point } else { nil } }
  }

  @Test func aSeedPlansTheSameOperationsAndFaultsEachTime() {
    let operations = { (seed: UInt64) in (0..<200).map { Operation(seed: seed, shopper: 3, index: $0) } }
    #expect(operations(7) == operations(7))
    #expect(faults(7) == faults(7))
    #expect(operations(7) != operations(8))
    #expect(faults(7) != faults(8))
    #expect(operations(7) != (0..<200).map { Operation(seed: 7, shopper: 4, index: $0) })
  }

  @Test func everyKindOfOperationIsPlanned() {
    let kinds = Set((0..<2_000).map { Operation(seed: 1, shopper: 0, index: $0).kind })
    #expect(kinds == Set(Operation.Kind.allCases))
  }

  @Test func everyKindOfFaultIsPlanned() {
    let faults = faults(1, 5_000)
    let names = Set(faults.map(\.name))
    #expect(names.count == 27)
    #expect(names.isSuperset(of: ["commitUnconfirmed", "commitRequestLost", "commitReplyLost"]))
    #expect(faults.contains { $0.name == "freezePastLock" && $0.lastsMs == Fault.pastLockMs })
    #expect(faults.allSatisfy { $0.afterOperations >= 1 && $0.afterOperations <= 200 })
  }

  @Test(arguments: [UInt64(1), 2, 77, .max])
  func everyCrashPointIsPlannedBeforeOneIsPlannedAgain(seed: UInt64) {
    let first = points(faults(seed, 1_000)).prefix(CrashPoint.allCases.count)
    #expect(Set(first) == Set(CrashPoint.allCases))
  }

  @Test func aFewRoundsOneAfterTheOtherPlanEveryCrashPoint() {
    let planned = (1...10).flatMap { points(faults(UInt64($0), 40)) }
    #expect(Set(planned) == Set(CrashPoint.allCases))
  }

  @Test func whatIsDeliveredAloneIsDoneAsAnOlderVersionKnowsIt() {
    let operations = (0..<2_000).map { Operation(seed: 1, shopper: 0, index: $0, range: .deliveries) }
    #expect(operations.allSatisfy { $0.business == nil })
    #expect(Set(operations.map(\.kind)).isDisjoint(with: [.act, .stray, .trespass]))
    var plan = FaultPlan(seed: 1, FaultPlan.Density(), points: CrashPoint.ofEveryWrite)
    #expect(Set(points((0..<1_000).map { _ in plan.next() })).isDisjoint(with: CrashPoint.ofJobs))
  }

  @Test func aShareOfTheOrdersIsOfEachTable() {
    let businesses = (0..<2_000).map { Operation(seed: 1, shopper: 0, index: $0).business }
    for business in Business.all {
      #expect((150...400).contains(businesses.count { $0 == business }), "\(business.name)")
    }
  }

  @Test func aWorkersCrashTakesAnAPIWithIt() {
    let fault = faults(1, 1_000).first {
      if case .crash(let point, _) = $0.kind { CrashPoint.ofWorker.contains(point) } else { false }
    }
    #expect(fault?.touches == ["worker0", "worker1", "api\(fault?.place ?? -1)"])
  }
}
