import Foundation
import HubTestSupport
import Testing

/// Pages of other origins, at both ports of a hub that welcomes one of them.
@Suite struct OtherOriginTests {
  private static let desk = "https://desk.example"

  /// What is asked of both ports, and what may be answered: before routing, by routes, and by the pages for operators.
  private static let requests: [(line: String, rest: String)] = [
    ("GET /", ""), ("GET /healthz", ""), ("GET /readyz", ""), ("GET /metrics", ""), ("GET /openapi.json", ""),
    ("GET /nonesuch", ""), ("GET /api/orders", ""), ("DELETE /api/orders", ""), ("PUT /api/orders/x", ""),
    ("POST /api/orders", "Content-Length: 2000000\r\n"), ("POST /api/auth/login", "Content-Length: 2000000\r\n"),
    ("POST /api/auth/refresh", "Content-Length: 2\r\n\r\n{}"), ("BREW /api/orders", ""), ("GET /api/%zz", ""),
    ("GET /events", ""), ("GET /ws", ""), ("GET /socket.io/?EIO=4&transport=polling", ""),
    ("GET /socket.io/?EIO=3&transport=polling", ""),
    ("POST /socket.io/?EIO=4&transport=polling", "Content-Length: 2000000\r\n"),
    ("DELETE /events", ""), ("GET /ws", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 12\r\n"),
    ("OPTIONS /api/orders", "Access-Control-Request-Method: POST\r\n"),
    ("OPTIONS /socket.io/", "Access-Control-Request-Method: POST\r\n"),
    ("OPTIONS /events", "Access-Control-Request-Method: GET\r\n"), ("OPTIONS *", ""),
  ]

  @Test func everyAnswerOfBothPortsSaysWhichPageMayReadIt() async throws {
    let hub = try await Hub.own(environment: ["CORS_ORIGINS": Self.desk])
    defer { hub.end() }
    let ports = [hub.apis[0].port, hub.live.port]
    try await onThread {
      for port in ports {
        for (line, rest) in Self.requests {
          for origin in [Self.desk, "https://evil.example", "null", nil] {
            let client = try RawClient(port: port)
            let from = origin.map { "Origin: \($0)\r\n" } ?? ""
            try client.send(
              "\(line) HTTP/1.1\r\nHost: test\r\n\(from)\(rest)" + (rest.contains("\r\n\r\n") ? "" : "\r\n"))
            let answer = try client.answer()
            let what = "\(port == ports[0] ? "api" : "live") \(line) \(origin ?? "-"): \(answer.status)"
            #expect(answer.headers["vary"] == "Origin", "\(what)")
            let isWelcome = origin == Self.desk
            #expect(answer.headers["access-control-allow-origin"] == (isWelcome ? Self.desk : nil), "\(what)")
            // A preflight that fails fails in the browser too, but no page is shut out by a header that is not there.
            if line.hasPrefix("OPTIONS"), isWelcome, answer.status == 204 {
              #expect(answer.headers["access-control-allow-methods"] != nil, "\(what)")
            }
          }
        }
      }
    }
  }

  @Test func whatIsAtHandSaysItToo() async throws {
    let hub = try await Hub.own(environment: ["CORS_ORIGINS": Self.desk])
    defer { hub.end() }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "1")])
    func atHandCount() async throws -> String? {
      let lines = try await ada.get("/metrics").text.split(separator: "\n")
      return lines.first { $0.hasPrefix(#"orderhub_http_requests_total{answer="at_hand"}"#) }.map { "\($0)" }
    }
    for origin in [Self.desk, "https://evil.example", nil] {
      let before = try #require(try await atHandCount())
      try await eventually("an answer was at hand") {
        let reply = try await ada.get(
          "/api/orders/\(order.id)/remaining", headers: origin.map { ["Origin: \($0)"] } ?? [])
        #expect(reply.status == 200 && reply.headers["vary"] == "Origin")
        #expect(reply.headers["access-control-allow-origin"] == (origin == Self.desk ? Self.desk : nil))
        return try await atHandCount() != before
      }
    }
  }
}
