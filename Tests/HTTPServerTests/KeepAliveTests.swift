import HTTPServer
import HubRuntime
import HubTestSupport
import Testing

/// How long a connection may do what, by a clock that the test moves.
@Suite struct KeepAliveTests {
  /// A server with the times that a hub has by default.
  private func withClock(_ body: @escaping @Sendable (_ port: Int, _ clock: MovedClock) throws -> Void) async throws {
    let clock = MovedClock()
    try await withServer(
      TestApplication(),
      {
        $0.idleTimeoutSeconds = 30
        $0.keepAliveSeconds = 75
        $0.seconds = { Int64(clock.now() / 1_000_000) }
      }
    ) { server in
      let port = server.port
      try await onThread { try body(port, clock) }
    }
  }

  private func ask(_ client: RawClient) throws {
    try client.request("GET", "/hand")
    #expect(try client.answer().status == 200)
  }

  /// Waits until the server has looked at its connections after the clock was moved: one that has said nothing is ended.
  private func pass(_ seconds: Int, _ port: Int, _ clock: MovedClock) throws {
    let silent = try RawClient(port: port)
    try ask(try RawClient(port: port))
    clock.move(ms: seconds * 1_000)
    if seconds > 30 { #expect(silent.isClosedByServer(ignoringRest: true)) }
  }

  @Test func aConnectionIsKeptBetweenRequestsForLongerThanProxiesKeepTheirs() async throws {
    try await withClock { port, clock in
      let kept = try RawClient(port: port)
      try ask(kept)
      for _ in 0..<2 {
        // A proxy may use it again up to a minute later.
        try pass(61, port, clock)
        try ask(kept)
      }
      try pass(77, port, clock)
      #expect(kept.isClosedByServer(ignoringRest: true))
    }
  }

  @Test(arguments: [
    "GET /hand HTTP/1.1\r\nHost: t\r\nX: ", "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab",
  ])
  func aFurtherRequestHasNoMoreTimeThanTheFirst(half: String) async throws {
    try await withClock { port, clock in
      let client = try RawClient(port: port)
      try ask(client)
      // What it owes counts from here on, and not from its last answer.
      try pass(40, port, clock)
      try client.send(half)
      let later = try RawClient(port: port)
      try ask(later)
      try pass(32, port, clock)
      #expect(client.isClosedByServer(ignoringRest: true))
      // The other one is between two requests.
      try ask(later)
    }
  }

  @Test func aClientThatReadsNothingOfItsAnswerIsNotWaitedForAsLong() async throws {
    try await withClock { port, clock in
      let client = try RawClient(port: port)
      // More than a socket's buffers hold.
      for _ in 0..<8 { try client.request("GET", "/large") }
      #expect(client.isReadable(withinMs: HangLimit.ms))
      // Two looks: one that sees what is in the way, and one that sees that it still is.
      for _ in 0..<3 { try pass(31, port, clock) }
      #expect(client.rest().utf8.count < 8 * 3_000_000)
    }
  }
}
