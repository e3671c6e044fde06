import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

/// Answers always with the same bytes, which are more than the buffers of two sockets hold.
private struct Talker: HTTPApplication {
  static let bytes = 12_000_000
  private let body = SharedBytes([UInt8](repeating: 0x78, count: Self.bytes))

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? {
    head.path.elementsEqual("/hand".utf8) ? HTTPReply(status: 200, contentType: "text/plain", body: body) : nil
  }
  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { 0 }
  func reply(to request: HTTPRequest) async -> HTTPReply {
    HTTPReply(status: 200, contentType: "text/plain", body: request.path == "/small" ? SharedBytes([0x73]) : body)
  }
  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    HTTPReply(status: 503, contentType: nil, body: SharedBytes([]))
  }
}

/// Answers that nobody reads, over real sockets. The figures are those of the metrics.
@Suite struct UnreadAnswerTests {
  private func withTalker(
    limit: Int, _ body: @escaping @Sendable (Int, Metrics) throws -> Void
  ) async throws {
    let metrics = Metrics()
    var options = HTTPServerOptions.patient
    options.answersLimitBytes = limit
    options.metrics = metrics
    let server = try HTTPServer(options, application: Talker(), log: Log(level: .error, sink: Silence()))
    let port = server.port
    let outcome = await Task { try await onThread { try body(port, metrics) } }.result
    await server.stop(withinSeconds: 1)
    try outcome.get()
  }

  /// A client that asks, and waits for the first bytes of the answer, but does not read them.
  private static func ask(_ port: Int, _ path: String, from address: String) throws -> RawClient {
    let client = try RawClient(port: port, from: address)
    try client.request("GET", path)
    #expect(client.isReadable(withinMs: HangLimit.ms))
    return client
  }

  private static let held = "orderhub_http_answer_bytes"
  private static let closed = "orderhub_http_unread_closes_total"

  @Test(arguments: ["/hand", "/program"]) func areBoundedInAllAndByAddress(path: String) async throws {
    // An address may have two of these, and all addresses eight.
    try await withTalker(limit: 8 * Talker.bytes + 1_000) { port, metrics in
      var clients: [RawClient] = []
      for number in 1...6 {
        clients.append(try Self.ask(port, path, from: "127.0.0.1"))
        #expect(metrics.value(of: Self.held) == min(number, 2) * Talker.bytes)
      }
      #expect(metrics.value(of: Self.closed) == 4)
      for address in 2...5 {
        for _ in 0..<2 { clients.append(try Self.ask(port, path, from: "127.0.0.\(address)")) }
        #expect(metrics.value(of: Self.held) <= 8 * Talker.bytes)
      }
      #expect(metrics.value(of: Self.held) == 8 * Talker.bytes)
      #expect(metrics.value(of: Self.closed) == 6)
      // Whoever reads gets all of it, and small answers are nobody's burden.
      let reader = try RawClient(port: port, from: "127.0.0.9")
      try reader.request("GET", path)
      #expect(try reader.answer().body.utf8.count == Talker.bytes)
      try reader.request("GET", "/small")
      #expect(try reader.answer().body == "s")
      #expect(metrics.value(of: Self.closed) == 7)
      // One that was cut off sees the end, before that of its answer; one that was not has it all.
      #expect(throws: RawClient.Failure.self) { try clients[0].answer() }
      #expect(try clients[13].answer().body.utf8.count == Talker.bytes)
      clients = []
      #expect(blockUntil { metrics.value(of: Self.held) == 0 })
      #expect(metrics.value(of: Self.closed) == 7)
    }
  }

  @Test func oneThatIsLargerThanAllMayBeIsRefused() async throws {
    try await withTalker(limit: Talker.bytes - 1) { port, metrics in
      let client = try RawClient(port: port)
      try client.request("GET", "/program")
      let answer = try client.answer()
      #expect(answer.status == 503)
      #expect(answer.headers["retry-after"] == "1")
      #expect(metrics.value(of: Self.held) == 0)
    }
  }
}
