import HubRuntime
import Testing

@Suite struct PlanTests {
  @Test func aSeedPlansTheSameOperationsAndFaultsEachTime() {
    let operations = { (seed: UInt64) in (0..<200).map { Operation(seed: seed, shopper: 3, index: $0) } }
    let faults = { (seed: UInt64) in (0..<200).map { Fault(seed: seed, index: $0, spacing: 100) } }
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

  @Test func everyKindOfFaultAndEveryCrashPointIsPlanned() {
    let faults = (0..<5_000).map { Fault(seed: 1, index: $0, spacing: 100) }
    #expect(Set(faults.map(\.name)).count == 20)
    let points = faults.compactMap { fault -> CrashPoint? in
      if case .crash(let point, _) = fault.kind { point } else { nil }
    }
    #expect(Set(points) == Set(CrashPoint.allCases))
    #expect(faults.contains { $0.kind == .freeze(.api) && $0.lastsMs == Fault.pastLockMs })
    #expect(faults.allSatisfy { $0.afterOperations >= 1 && $0.afterOperations <= 200 })
  }
}
