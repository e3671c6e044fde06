import HubTestSupport
import Testing

/// What the documents' load balancers say while there is no live process: they have an answer of their own then.
@Suite struct BalancedStreamTests {
  /// Nobody listens there.
  private static func nowhere() throws -> [(String, String)] {
    DocumentedProxies.addresses(try (0..<4).map { _ in try freePort() })
  }

  private static func expectLater(_ port: Int) throws {
    let stream = try EventStreamPeer(port: port, query: "?token=x")
    #expect(stream.head.status == 200)
    #expect(stream.head.headers["content-type"] == "text/event-stream")
    #expect(stream.head.headers["access-control-allow-origin"] == "*")
    #expect(stream.head.body == "retry: 5000\n\n")
    let socket = try RawClient(port: port)
    try socket.request("GET", "/ws", headers: LiveSocket.handshake)
    #expect(try socket.answer().status == 503)
  }

  @Test func haproxyTellsAStreamWhenToComeAgainWhereThereIsNoLiveProcess() async throws {
    try await onThread {
      let stats = try freePort()
      let proxy = try DocumentedProxies.haproxy(before: Self.nowhere(), statsPort: stats)
      defer { proxy.stop() }
      for server in ["live1", "live2"] {
        let isDown = blockUntil {
          (try? Proxies.haproxyStatus(of: server, in: "live", statsPort: stats))?.hasPrefix("DOWN") == true
        }
        #expect(isDown)
      }
      try Self.expectLater(proxy.port)
    }
  }

  @Test func nginxTellsAStreamWhenToComeAgainWhereThereIsNoLiveProcess() async throws {
    try await onThread {
      let proxy = try DocumentedProxies.nginx(before: Self.nowhere())
      defer { proxy.stop() }
      try Self.expectLater(proxy.port)
    }
  }
}
