import Glibc
import HubTestSupport
import Testing

/// A process that is told to end while MongoDB stands still ends, whatever it waits for.
@Suite struct StoppedStoreTests {
  @Test(arguments: ["api", "worker"])
  func endsWhileItMakesItsCollections(command: String) async throws {
    let mongo = try await OwnMongo()
    let redis = try await onThread { try TestServers.redis() }
    defer {
      redis.stop()
      mongo.server.stop()
    }
    // Only who makes collections asks for it.
    let untilHeld = try await mongo.hold("listIndexes")
    let settings = try Hub.settingsWithPorts(mongoURI: mongo.uri, redisPort: redis.port)
    let run = try await onThread { try RunningCommand([command], environment: settings) }
    try await untilHeld()
    mongo.server.signal(SIGSTOP)
    run.signal(SIGTERM)
    let ended = try await onThread { try run.wait() }
    #expect(ended.status == 0, "\(ended)")
    #expect(ended.errors.contains("a signal came while a service started"))
    #expect(ended.errors.contains(#""message":"stopped""#))
  }

  @Test func endsWhileTheWorkerCounts() async throws {
    let mongo = try await OwnMongo()
    // Longer than any call: what ends the process is not that it has waited long enough.
    let hub = try await Hub.own(mongoURI: mongo.uri, environment: ["SHUTDOWN_TIMEOUT_S": "300"])
    defer {
      hub.end()
      mongo.server.stop()
    }
    _ = try await hub.caller().place([("p1", "1")])
    let untilHeld = try await mongo.hold("find", of: "tallies")
    try await untilHeld()
    mongo.server.signal(SIGSTOP)
    for process in hub.apis + [hub.worker, hub.live] { process.signal(SIGTERM) }
    for process in hub.apis + [hub.worker, hub.live] {
      let status = try await onThread { process.waitForExit() }
      #expect(status == 0)
      #expect(try process.output().contains(#""message":"stopped""#))
    }
    let told = try hub.worker.output()
    #expect(told.contains("the document store does not answer: what waits for it is left behind"))
    #expect(!told.contains("a service did not stop in time"))
  }
}
