import Foundation
import HubTestSupport
import Testing

@Suite struct EvidenceTests {
  /// What is told of a round, and the history that is kept of it; nil if none is.
  private func told(_ world: World, _ round: () throws -> Void) throws -> (failures: [String], history: String?) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("evidence-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let evidence = Evidence(seed: 77, density: FaultPlan.Density(), folder: folder)
    let failures = evidence.failures(in: world, round: round)
    return (failures, try? String(contentsOf: evidence.history, encoding: .utf8))
  }

  @Test func aRoundInWhichAllHoldsLeavesNothing() throws {
    let (failures, history) = try told(World()) {}
    #expect(failures == [])
    #expect(history == nil)
  }

  @Test func aRoundThatThrowsIsTold() throws {
    let world = World()
    let (failures, history) = try told(world) {
      world.history.note("FAULT stepDown")
      throw TestServerError("nobody answers")
    }
    #expect(failures.count == 1)
    let failure = try #require(failures.first)
    for part in ["a round comes to its end: ", "nobody answers", "--seed 77 --spacing 70", "FAULT stepDown"] {
      #expect(failure.contains(part))
    }
    #expect(history?.contains("FAULT stepDown") == true)
  }

  @Test func aRoundThatThrowsLosesNoViolationThatWasNotedBefore() throws {
    let world = World()
    let (failures, history) = try told(world) {
      for number in 0..<9 { world.note(Violation("a rule", "broken \(number)")) }
      throw TestServerError("nobody answers")
    }
    #expect(failures.count == Evidence.storyLimit + 1)
    #expect(failures.first?.contains("a rule: broken 0") == true)
    #expect(failures.last?.contains("nobody answers") == true)
    #expect(history?.contains("broken 8") == true)
  }

  @Test func ofARoundThatEndsItsFirstViolationsAreTold() throws {
    let world = World()
    let (failures, _) = try told(world) { world.note(Violation("a rule", "broken")) }
    #expect(failures.count == 1)
    #expect(failures.first?.contains("a rule: broken") == true)
  }
}
