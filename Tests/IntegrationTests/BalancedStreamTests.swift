import Foundation
import HubTestSupport
import Testing

/// What the README's load balancers say while there is no live process: they have an answer of their own then.
@Suite struct BalancedStreamTests {
  /// Nobody listens there.
  private static func nowhere() throws -> [(String, String)] {
    try ["10.0.0.11:3002", "10.0.0.11:3003", "10.0.0.12:3002", "10.0.0.12:3003"].map {
      ($0, "127.0.0.1:\(try freePort())")
    }
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
      let proxy = try Proxies.haproxy { _, port in
        "global\n  stats socket ipv4@127.0.0.1:\(stats) level user\n"
          + (try ReadmeBlocks.block(
            "haproxy",
            replacing: Self.nowhere() + [("bind :443 ssl crt /etc/haproxy/hub.pem", "bind 127.0.0.1:\(port)")]))
      }
      defer { proxy.stop() }
      for server in ["live1", "live2"] {
        #expect(
          blockUntil {
            (try? Proxies.haproxyStatus(of: server, in: "live", statsPort: stats))?.hasPrefix("DOWN") == true
          })
      }
      try Self.expectLater(proxy.port)
    }
  }

  @Test func nginxTellsAStreamWhenToComeAgainWhereThereIsNoLiveProcess() async throws {
    try await onThread {
      let proxy = try Proxies.nginx { _, port in
        try ReadmeBlocks.block(
          "nginx",
          replacing: Self.nowhere() + [
            ("listen 443 ssl;", "listen 127.0.0.1:\(port);"),
            ("ssl_certificate /etc/nginx/hub.pem;", ""), ("ssl_certificate_key /etc/nginx/hub.key;", ""),
          ])
      }
      defer { proxy.stop() }
      try Self.expectLater(proxy.port)
    }
  }
}
