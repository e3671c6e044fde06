import HubTestSupport
import Testing

/// Whoever calls a page by another method than its own is told which there are (RFC 9110, section 15.5.6).
@Suite struct MethodTests {
  @Test func aWrongMethodIsAnsweredWithThoseThatAreAllowed() async throws {
    let hub = try await Hub.shared()
    let pages = ["/healthz", "/readyz", "/metrics"].map { ($0, "GET, HEAD") }
    let tables: [(Int, [(String, String)])] = [
      (hub.live.port, pages + [("/ws", "GET"), ("/events", "GET, OPTIONS")]), (hub.worker.port, pages),
    ]
    for (port, pages) in tables {
      for (path, allow) in pages {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
          let answer = try await onThread {
            let client = try RawClient(port: port)
            try client.request(method, path)
            return try client.answer()
          }
          #expect(answer.status == 405, "\(method) \(path)")
          #expect(answer.headers["allow"] == allow, "\(method) \(path)")
        }
      }
    }
    // And on the api, by the routes of its own description.
    let operations = try await AccessTests.Operation.all(hub)
    for operation in operations {
      let path = operation.path.replacing("{id}", with: "0123456789abcdef01234567")
        .replacing("{deliveryId}", with: "0123456789abcdef01234567")
      let answer = try await onThread {
        let client = try RawClient(port: hub.apis[0].port)
        try client.request("DELETE", path)
        return try client.answer()
      }
      // Who may not call anything is told so first.
      #expect([401, 405].contains(answer.status), "\(path)")
      guard answer.status == 405 else { continue }
      let allowed = (answer.headers["allow"] ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
      #expect(Set(allowed) == Set(operations.filter { $0.path == operation.path }.map(\.method)), "\(path)")
    }
  }
}
