import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

/// The system's clock, some time ahead.
private struct MovedWallClock: HubClock {
  var aheadMs: Int64 = 0
  func now() -> Timestamp { Timestamp(millis: SystemClock().now().millis + aheadMs) }
}

/// What a Redis says of itself to whoever checks it.
@Suite(.serialized) struct FactsTests {
  @Test func aMasterSaysWhatItIs() async throws {
    let bench = try Bench()
    let facts = try await RedisFacts.ask(bench.options(), clock: MovedWallClock())
    #expect(facts.version.hasPrefix("7."))
    #expect(facts.role == .master)
    #expect(!facts.isLoading)
    #expect(facts.maxmemoryBytes == 0 && facts.maxmemoryPolicy == "noeviction" && !facts.mayEvict)
    #expect(abs(facts.clockAheadMs) < 60_000)
    #expect(facts.runID.utf8.count == 40 && facts.replicationID.utf8.count == 40)
  }

  @Test func aReplicaAndOneThatEvictsKeysAndOneWhoseClockDiffersSaySo() async throws {
    let couple = try await Couple()
    let replica = try await RedisFacts.ask(couple.second.options(), clock: MovedWallClock())
    #expect(replica.role == .replica)
    let hour: Int64 = 3_600_000
    _ = try couple.first.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    #expect(try await !RedisFacts.ask(couple.first.options(), clock: MovedWallClock()).mayEvict)
    _ = try couple.first.ask("CONFIG", "SET", "maxmemory", "100000000")
    let master = try await RedisFacts.ask(couple.first.options(), clock: MovedWallClock(aheadMs: hour))
    #expect(master.mayEvict && master.maxmemoryBytes == 100_000_000)
    #expect(abs(master.clockAheadMs + hour) < 60_000)
    #expect(master.runID != replica.runID && master.replicationID == replica.replicationID)
  }

  @Test func whoIsNotThereOrDoesNotLetUsInIsToldApart() async throws {
    let nobody = RedisOptions(port: try freePort())
    do {
      _ = try await RedisFacts.ask(nobody, clock: MovedWallClock())
      Issue.record("somebody answered")
    } catch {
      guard case .unreachable = error else { throw error }
    }
    let bench = try Bench()
    _ = try bench.ask("CONFIG", "SET", "requirepass", "right")
    for password in [nil, "wrong-hidden"] {
      var options = bench.options()
      options.address.password = password
      do {
        _ = try await RedisFacts.ask(options, clock: MovedWallClock())
        Issue.record("it was let in")
      } catch {
        guard case .refused(let reason) = error else { throw error }
        #expect(reason.contains(password == nil ? "NOAUTH" : "WRONGPASS"))
        #expect(!reason.contains("hidden"))
      }
    }
  }

  @Test(arguments: [
    ("READONLY You can't write against a read only replica.", true), ("LOADING Redis is loading", true),
    ("MASTERDOWN Link with MASTER is down", true), ("NOREPLICAS Not enough good replicas", true),
    ("MOVED 3999 127.0.0.1:6381", true), ("OOM command not allowed", true), ("MISCONF Redis is configured", true),
    ("READONLY", true), ("READONLYX no such thing", false), ("WRONGTYPE Operation", false), ("", false),
    ("NOSCRIPT No matching script.", false),
  ])
  func anErrorSaysWhetherItsServerTakesWrites(text: String, saysNoMaster: Bool) {
    #expect(LinkFailure.saysNoMaster(text.utf8) == saysNoMaster)
  }
}
