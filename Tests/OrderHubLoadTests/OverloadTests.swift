import Glibc
import HubRuntime
import HubTestSupport
import Testing

@testable import orderhub_load

/// What the hub does beyond what it can bear. Alone on the machine, for it takes all of it.
@Suite(.serialized) struct OverloadTests {
  @Test(arguments: ["create", "list"])
  func threeTimesThePeakLeavesTheRestTurnedAwayAndTheHubAlive(request: String) async throws {
    let isOver = Locked(false)
    let (run, looks) = try await LoadedHub.alone { hub in
      let port = hub.api.port
      async let looks = onThread { try Self.look(port: port) { isOver.with { $0 } } }
      defer { isOver.with { $0 = true } }
      let run = try await hub.load([
        "overload", "--request", request, "--duration", "6s", "--storm-connections", "2000", "--json", "-",
        // How much goes well and how soon depends on what else this machine does: `--expect goodput>=80%` and the like are
        // for a release build that has it to itself.
        "--timeout", "100s", "--expect", "broken=0",
      ])
      isOver.with { $0 = true }
      return (run, try await looks)
    }
    #expect(run.status == 0, "\(run)")
    for name in ["peak", "before", "storm", "turned-away", "after"] {
      #expect(run.operation(name)["count"].whole > 0, "\(name): \(run)")
    }
    // It was more than it can bear, and no sum of the phases is pretended.
    #expect(run.operation("turned-away")["count"].whole > run.operation("storm")["count"].whole / 10, "\(run)")
    #expect(run.json["total"] == .missing)
    #expect(!run.json["series"].items.isEmpty)
    // Whoever is not served hears so; nobody is cut off or left to wait.
    let kinds = Set(run.operation("storm")["errorsByKind"].members.keys)
    // All of it is one user's, who may have half of the places: then it is told that it has too much under way itself.
    let refusals: Set = ["503 overloaded", "429 overloaded"]
    #expect(kinds.isSubset(of: refusals.union([OperationTally.neverStarted])), "\(run)")
    #expect(!kinds.isDisjoint(with: refusals), "\(run)")
    // Whoever watches over the hub is answered all the time.
    #expect(looks.count >= 3 && looks.allSatisfy { $0 == 200 }, "\(looks)")
    // What it holds is bounded by numbers of connections and requests, however long each of them takes.
    let (calm, most) = (run.json["facts"]["memory-before"].value, run.json["facts"]["memory-most"].value)
    #expect(calm > 0 && most - calm < Self.memoryLimitBytes, "\(run)")
  }

  /// What two thousand connections and all that may wait are worth: twice the 59 MiB that were measured.
  private static let memoryLimitBytes = 118.0 * 1_024 * 1_024

  /// Asks for what a watcher of the hub asks, again and again until it is over; the statuses.
  private static func look(port: Int, isOver: () -> Bool) throws -> [Int] {
    let client = try RawClient(port: port)
    var statuses: [Int] = []
    while !isOver() {
      for path in ["/healthz", "/readyz", "/metrics"] {
        try client.request("GET", path)
        statuses.append(try client.answer().status)
      }
      usleep(100_000)
    }
    return statuses
  }
}
