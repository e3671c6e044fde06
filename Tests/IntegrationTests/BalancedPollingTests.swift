import HubTestSupport
import Testing

/// Clients of each kind behind the balancers of the documents, which do not keep a client at one process: Socket.IO's polling
/// finds its session by the name in its `sid`.
@Suite(.serialized) struct BalancedPollingTests {
  private static let names = ("one", "two")

  @Test(arguments: Balancer.allCases)
  func pollingNeedsNoStickinessAndSurvivesTheDeathOfItsProcess(behind balancer: Balancer) async throws {
    let scene = try await LiveScene(names: Self.names)
    defer { scene.end() }
    let proxy = try await balancer.start(before: scene)
    defer { proxy.stop() }
    let lives = [scene.hub.live, scene.second]

    // Sessions at both, each of whose polls and posts reach it.
    for index in 0..<8 {
      let name = "p\(index)"
      let opened = try await scene.clients.connect(name, to: proxy, token: scene.ada.token, over: .polling)
      #expect(opened["refused"] == .missing, "\(opened)")
      for _ in 0..<5 {
        #expect(
          try await scene.clients.tell("call", #""event":"ping""#, name: name)["ack"] == ["success": true])
      }
    }
    let counts = try await onThread { try lives.map { try pollingSessions($0) } }
    #expect(counts.reduce(0, +) == 8)
    #expect(counts.allSatisfy { $0 > 0 }, "\(counts): the balancer kept them together")

    try await scene.begin(at: [proxy.port])
    lives[0].stop()
    for (kind, log) in try await scene.finish() {
      #expect(log.resyncs == [], "\(kind): \(log)")
      #expect(log.repeats == 0, "\(kind): \(log)")
    }
    // The other's sessions never noticed.
    #expect(try await onThread { try pollingSessions(lives[1]) } >= counts[1])
  }

  private func pollingSessions(_ live: ServerProcess) throws -> Int {
    let beginning = #"orderhub_live_connections{transport="socketio_polling"} "#
    let line = try Self.get(live.port, "/metrics").body.split(separator: "\n").first { $0.hasPrefix(beginning) }
    guard let line, let count = Int(line.dropFirst(beginning.count)) else { throw TestServerError("no such metric") }
    return count
  }

  @Test func aSessionIsUnknownAtAProcessOfAnotherName() async throws {
    let scene = try await LiveScene(names: Self.names)
    defer { scene.end() }
    let (one, two) = (scene.hub.live.port, scene.second.port)
    try await onThread {
      let opened = try Self.get(one, "/socket.io/?EIO=4&transport=polling")
      let sid = Document(parsing: String(opened.body.dropFirst()))["sid"].text
      #expect(sid.hasPrefix("one."))
      let elsewhere = try Self.get(two, "/socket.io/?EIO=4&transport=polling&sid=\(sid)")
      #expect(elsewhere.status == 400)
      #expect(Document(parsing: elsewhere.body)["code"] == 1)
    }
  }

  private static func get(_ port: Int, _ path: String) throws -> RawClient.Answer {
    let client = try RawClient(port: port)
    try client.request("GET", path)
    return try client.answer()
  }
}

/// A balancer with the configuration of the documents.
enum Balancer: String, CaseIterable, Sendable {
  case haproxy, nginx

  /// Starts it before the live processes of a scene; its api is the first for all.
  func start(before scene: LiveScene) async throws -> ServerProcess {
    let api = scene.hub.apis[0].port
    let addresses = DocumentedProxies.addresses([api, scene.hub.live.port, api, scene.second.port])
    return try await onThread {
      switch self {
      case .haproxy: try DocumentedProxies.haproxy(before: addresses, statsPort: freePort())
      case .nginx: try DocumentedProxies.nginx(before: addresses)
      }
    }
  }
}
