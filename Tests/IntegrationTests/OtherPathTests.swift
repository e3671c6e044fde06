import HubTestSupport
import Testing

/// Whoever asks a process for a path that is not there is told all that are.
@Suite struct OtherPathTests {
  @Test func aWrongPathIsAnsweredWithThoseThatThereAre() async throws {
    let hub = try await Hub.shared()
    let pages = ["/healthz", "/readyz", "/metrics"]
    for (port, wanted) in [(hub.live.port, ["/socket.io/", "/ws", "/events"] + pages), (hub.worker.port, pages)] {
      func ask(_ path: String) async throws -> RawClient.Answer {
        try await onThread {
          let client = try RawClient(port: port)
          try client.request("GET", path)
          return try client.answer()
        }
      }
      let answer = try await ask("/nonesuch")
      #expect(answer.status == 404)
      let detail = Document(parsing: answer.body)["detail"].text
      #expect(detail == "there are only \(wanted.joined(separator: ", "))")
      for path in wanted { #expect(try await ask(path).status != 404, "\(path)") }
    }
  }
}
