import HubTestSupport
import Testing

/// What the hub does beyond what it can bear. Alone on the machine, for it takes all of it.
@Suite(.serialized) struct OverloadTests {
  @Test(arguments: ["create", "list"])
  func threeTimesThePeakLeavesTheRestTurnedAwayAndTheHubAlive(request: String) async throws {
    let run = try await LoadedHub.alone { hub in
      try await hub.load([
        "overload", "--request", request, "--duration", "6s", "--storm-connections", "2000", "--json", "-",
        // A quarter of the figures that are asked of a release build on a machine with nothing else to do.
        "--expect", "goodput>=50%", "--expect", "recovered<=5s", "--expect", "growth<=30%",
        "--expect", "broken=0",
      ])
    }
    #expect(run.status == 0, "\(run)")
    for name in ["peak", "before", "storm", "turned away", "after"] {
      #expect(run.operation(name)["count"].whole > 0, "\(name): \(run)")
    }
    // Whoever is not served hears so; nobody is cut off or left to wait.
    let kinds = Set(run.operation("storm")["errorsByKind"].members.keys)
    #expect(kinds.isSubset(of: ["503 overloaded", "never started"]), "\(run)")
    #expect(kinds.contains("503 overloaded"), "\(run)")
  }
}
