import Foundation
import HubTestSupport
import Testing

/// Clients of every protocol while something breaks and orders are worked on. Each ends with every event of each order,
/// in its sequence and none twice, or was told to load again and did.
///
/// `ORDERHUB_TEST_LONG=1` makes the outages as long as in an operator's bad night.
@Suite(.serialized) struct LiveFaultTests {
  private static let isLong = ProcessInfo.processInfo.environment["ORDERHUB_TEST_LONG"] == "1"
  private static let outageSeconds: Double = isLong ? 30 : 3
  private static let cutSeconds: Double = isLong ? 10 : 2

  @Test func aLiveProcessIsKilledAndNoClientMissesAnEvent() async throws {
    let scene = try await LiveScene()
    defer { scene.end() }
    try await scene.begin(at: [scene.hub.live.port, scene.second.port])
    scene.hub.live.stop()
    try await Task.sleep(for: .seconds(2))
    for (kind, log) in try await scene.finish() {
      #expect(log.resyncs == [], "\(kind): \(log)")
      #expect(log.recoveries >= 1, "\(kind): \(log)")
      #expect(log.repeats == 0, "\(kind): \(log)")
    }
  }

  @Test func clientsAreCutOffForSomeSecondsAndMissNothing() async throws {
    let scene = try await LiveScene()
    defer { scene.end() }
    let clients = scene.clients
    let ports = [
      try await clients.tell("proxy", "\"target\":\(scene.hub.live.port)", name: "one")["port"].whole,
      try await clients.tell("proxy", "\"target\":\(scene.second.port)", name: "two")["port"].whole,
    ]
    try await scene.begin(at: ports)
    _ = try await atOnce(2) {
      try await clients.tell("outage", "\"stall_s\":1,\"gone_s\":\(Self.cutSeconds)", name: ["one", "two"][$0])
    }
    for (kind, log) in try await scene.finish() {
      #expect(log.resyncs == [], "\(kind): \(log)")
      #expect(log.recoveries >= 1, "\(kind): \(log)")
      #expect(log.repeats == 0, "\(kind): \(log)")
    }
  }

  @Test(arguments: [false, true])
  func redisIsKilledAndComesBackAndEveryClientLoadsAgain(withItsData: Bool) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-test-\(UUID().uuidString)")
    let first = try await onThread { try withItsData ? Self.lastingRedis(folder) : TestServers.redis() }
    let scene = try await LiveScene(redis: first)
    defer { scene.end() }
    try await scene.begin(at: [scene.hub.live.port, scene.second.port])
    first.stop()
    try await Task.sleep(for: .seconds(Self.outageSeconds))
    let again = try await onThread {
      try withItsData ? Self.lastingRedis(folder, port: first.port) : TestServers.redis(port: first.port)
    }
    defer { again.stop() }
    // Another server, as far as anybody can tell: nothing that it holds is believed.
    for (kind, log) in try await scene.finish() { #expect(!log.resyncs.isEmpty, "\(kind): \(log)") }
  }

  @Test func redisStandsStillAndBreaksItsConnectionsAndNoClientMissesAnEvent() async throws {
    let scene = try await LiveScene()
    defer { scene.end() }
    try await scene.begin(at: [scene.hub.live.port, scene.second.port])
    let redis = scene.hub.redis
    redis.signal(SIGSTOP)
    try await Task.sleep(for: .seconds(Self.outageSeconds))
    redis.signal(SIGCONT)
    try await Task.sleep(for: .seconds(1))
    try await onThread {
      for kind in ["pubsub", "normal"] { try RedisAsker.ask(redis.port, "CLIENT", "KILL", "TYPE", kind) }
    }
    for (kind, log) in try await scene.finish() { #expect(log.resyncs == [], "\(kind): \(log)") }
  }

  /// A Redis that writes down what it is told, in a folder.
  private static func lastingRedis(_ folder: URL, port: Int? = nil) throws -> ServerProcess {
    try ServerProcess("/usr/bin/redis-server", port: port, folder: folder) { folder, port in
      ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--dir", folder.path]
    }
  }
}
