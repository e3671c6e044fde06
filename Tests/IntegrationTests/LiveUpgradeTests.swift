import HubTestSupport
import Testing

/// Requests for the WebSocket's path that are none for a WebSocket.
@Suite struct LiveUpgradeTests {
  @Test func aGetForTheWebSocketThatIsNoneIsToldWhatToSend() async throws {
    let hub = try await Hub.shared()
    let port = hub.live.port
    try await onThread {
      for headers in [[], ["Connection: Upgrade", "Upgrade: h2c"]] {
        let client = try RawClient(port: port)
        try client.request("GET", "/ws", headers: headers)
        let answer = try client.answer()
        #expect(answer.status == 426)
        #expect(answer.headers["upgrade"] == "websocket")
        #expect(answer.headers["content-type"] == "application/problem+json")
        let problem = Document(parsing: answer.body)
        #expect(problem["status"].whole == 426)
        #expect(problem["detail"].text.contains("/ws is a WebSocket"))
      }
      let client = try RawClient(port: port)
      try client.request("GET", "/wss")
      #expect(try client.answer().status == 404)
    }
  }
}
