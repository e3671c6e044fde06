import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

/// Knows whoever says that he is known.
private struct Doorkeeper: HTTPApplication {
  var wantsBodyHeads: Bool { true }
  var followsBodies: Bool { false }

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? { nil }
  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { 1_000 }

  func bodyBegins(_ head: HTTPRequest) -> BodyVerdict {
    let isKnown = head.header("X-Known") == "yes"
    return .take(isKnown: isKnown, limitBytes: isKnown ? 400_000 : 16_384)
  }

  func reply(to request: HTTPRequest) async -> HTTPReply {
    HTTPReply(status: 200, contentType: "text/plain", body: SharedBytes(Array("\(request.body.count)".utf8)))
  }

  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    let status =
      switch reason {
      case .bodyTooLarge: 413
      case .headTooLarge: 431
      case .overloaded, .draining: 503
      case .unknownMethod, .malformed: 400
      }
    return HTTPReply(status: status, contentType: nil, body: SharedBytes([]))
  }
}

/// Bodies of those whom the program does not know, over real sockets.
@Suite struct StrangerBodyTests {
  private static let limit = 2 * 1_048_576

  private func withDoorkeeper(_ body: @escaping @Sendable (Int, Metrics) throws -> Void) async throws {
    var options = HTTPServerOptions.patient
    options.bodiesLimitBytes = Self.limit
    options.metrics = Metrics()
    let metrics = options.metrics ?? Metrics()
    let server = try HTTPServer(options, application: Doorkeeper(), log: Log(level: .error, sink: Silence()))
    let port = server.port
    let outcome = await Task { try await onThread { try body(port, metrics) } }.result
    await server.stop(withinSeconds: 1)
    try outcome.get()
  }

  /// A request whose body is sent but for its last byte.
  private static func half(_ port: Int, from address: String, count: Int, isKnown: Bool) throws -> RawClient {
    let client = try RawClient(port: port, from: address)
    try client.request(
      "POST", "/", headers: ["Content-Length: \(count)"] + (isKnown ? ["X-Known: yes"] : []))
    // A server that has refused it and closed takes no more.
    try client.sendUntilClosed(String(repeating: "b", count: count - 1))
    return client
  }

  @Test func strangersOfFourAddressesKeepNobodyFromBeingServedWhoIsKnown() async throws {
    try await withDoorkeeper { port, metrics in
      // As many as one address may have is less than this.
      let flood = try (0..<200).map { number in
        try Self.half(port, from: "127.0.0.\(2 + number % 4)", count: 16_384, isKnown: false)
      }
      func held() -> Int { metrics.value(of: "orderhub_http_body_bytes") }
      #expect(blockUntil { held() > Self.limit / 8 })
      #expect(blockUntil { flood.count { $0.isReadable(withinMs: 0) } > 50 })
      for client in flood where client.isReadable(withinMs: 0) { #expect(try client.answer().status == 503) }
      #expect(held() <= Self.limit / 4)
      // The rest of what there is is for those who are known, at one of these addresses too.
      let known = try (0..<3).map { try Self.half(port, from: "127.0.0.\(2 + $0)", count: 400_000, isKnown: true) }
      #expect(blockUntil { held() > 1_200_000 })
      for client in known {
        try client.send("b")
        let answer = try client.answer()
        #expect(answer.status == 200)
        #expect(answer.body == "400000")
      }
      // And one more stranger finds room for a small body.
      let late = try RawClient(port: port, from: "127.0.0.9")
      try late.request("POST", "/", body: "hello")
      #expect(try late.answer().status == 200)
      withExtendedLifetime(flood) {}
    }
  }

  @Test func theVerdictAtTheHeadSaysHowLargeTheBodyMayBe() async throws {
    try await withDoorkeeper { port, _ in
      for (count, isKnown, status) in [
        (16_384, false, 200), (16_385, false, 413), (16_385, true, 200), (400_000, true, 200), (400_001, true, 413),
      ] {
        let client = try Self.half(port, from: "127.0.0.1", count: count, isKnown: isKnown)
        try client.sendUntilClosed("b")
        #expect(try client.answer().status == status, "\(count) \(isKnown)")
      }
    }
  }
}

extension Metrics {
  /// The number behind a name in the page of metrics; -1 if it is not there.
  func value(of name: String) -> Int {
    let line = render().split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return line.flatMap { Int($0.split(separator: " ")[1]) } ?? -1
  }
}
