import HubRuntime
import Testing

@Suite struct GenerationTests {
  private func fault(_ kind: Fault.Kind, target: Int) -> Fault {
    var fault = Fault(seed: 1, index: 0, FaultPlan.Density(), point: .afterCommit)
    (fault.kind, fault.target) = (kind, target)
    return fault
  }

  @Test func aRoundGoesFromOldToNewAndBackAndToNewAgain() {
    let all = (0..<8).map { Generation(seed: 7, after: $0 * Generation.operations) }
    #expect([all[0], all[4]] == [.old, .old])
    #expect([all[2], all[6]] == [.new, .new])
    for place in [1, 3, 5, 7] { #expect([.mixed(new: 0), .mixed(new: 1)].contains(all[place])) }
    #expect(all == (0..<8).map { Generation(seed: 7, after: $0 * Generation.operations + 999) })
    let chosen = (0..<50).map { Generation(seed: $0, after: Generation.operations) }
    #expect(chosen.contains(.mixed(new: 0)) && chosen.contains(.mixed(new: 1)))
  }

  @Test func ofTwoProcessesOneIsOldWhereBothVersionsServe() {
    #expect([0, 1].map(Generation.old.isOld) == [true, true])
    #expect([0, 1].map(Generation.new.isOld) == [false, false])
    #expect([0, 1].map(Generation.mixed(new: 1).isOld) == [true, false])
  }

  @Test func whatAnOlderVersionDoesNotKnowIsDoneToTheOtherProcess() {
    let crash = Fault.Kind.crash(.afterCommit, nth: 2)
    let clock = Fault.Kind.wrongClock(.live, seconds: 3_600)
    for kind in [crash, clock] {
      for target in [6, 1] {
        let fitted = fault(kind, target: target).fitting(.mixed(new: 1))
        #expect(fitted.kind == kind && fitted.place == 1)
        #expect(fault(kind, target: target).fitting(.new).place == target % 2)
      }
    }
    #expect(fault(crash, target: 0).fitting(.new).kind == crash)
    #expect(fault(crash, target: 0).fitting(.old).kind == .kill(.api))
    #expect(fault(.crash(.relayRead, nth: 1), target: 0).fitting(.old).kind == .kill(.worker))
    #expect(fault(clock, target: 0).fitting(.old).kind == .kill(.live))
    #expect(fault(.stepDown, target: 0).fitting(.old).kind == .stepDown)
  }
}
