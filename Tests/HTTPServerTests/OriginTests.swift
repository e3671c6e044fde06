import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

/// That every answer says which page may read it, whoever gives it and whenever.
@Suite struct OriginTests {
  private static let shop = "https://shop.example"

  /// Requests by what is answered, and the status.
  private static let requests: [(name: String, bytes: String, status: Int)] = [
    ("at hand", "GET /hand HTTP/1.1\r\nHost: t\r\n@\r\n", 200),
    ("waited for", "GET /e HTTP/1.1\r\nHost: t\r\n@\r\n", 200),
    ("without a body", "GET /nothing HTTP/1.1\r\nHost: t\r\n@\r\n", 204),
    ("large", "GET /large HTTP/1.1\r\nHost: t\r\n@\r\n", 200),
    ("a body too large", "POST /e HTTP/1.1\r\nHost: t\r\n@Content-Length: 100001\r\n\r\n", 413),
    (
      "one that was not announced",
      "POST /e HTTP/1.1\r\nHost: t\r\n@Transfer-Encoding: chunked\r\n\r\n"
        + "186a1\r\n\(String(repeating: "x", count: 100_001))\r\n0\r\n\r\n", 413
    ),
    ("an unknown method", "BREW /e HTTP/1.1\r\nHost: t\r\n@\r\n", 501),
    ("a broken path", "GET /e%zz HTTP/1.1\r\nHost: t\r\n@\r\n", 400),
    ("a broken query", "GET /e?a=%ff HTTP/1.1\r\nHost: t\r\n@\r\n", 400),
    ("two lengths", "POST /e HTTP/1.1\r\nHost: t\r\n@Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", 400),
    ("no host", "GET /e HTTP/1.1\r\n@\r\n", 400), ("HTTP/1.0", "GET /e HTTP/1.0\r\n@\r\n", 200),
    ("a broken chunk", "POST /e HTTP/1.1\r\nHost: t\r\n@Transfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n", 400),
  ]

  private static func expect(
    _ answer: RawClient.Answer, isWelcome: Bool, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let headers = answer.headers
    #expect(headers["vary"] == "Origin", "\(what)", sourceLocation: sourceLocation)
    #expect(
      headers["access-control-allow-origin"] == (isWelcome ? shop : nil), "\(what)", sourceLocation: sourceLocation)
    #expect(
      headers["access-control-allow-credentials"] == (isWelcome ? "true" : nil), "\(what)",
      sourceLocation: sourceLocation)
    #expect(
      headers["access-control-expose-headers"] == (isWelcome ? "Idempotent-Replayed, Retry-After, X-Request-Id" : nil),
      "\(what)", sourceLocation: sourceLocation)
  }

  private func withOrigins(
    _ change: @escaping (inout HTTPServerOptions) -> Void = { _ in },
    _ body: (HTTPServer, TestApplication) async throws -> Void
  ) async throws {
    let application = TestApplication()
    try await withServer(
      application,
      {
        $0.crossOrigin = CrossOrigin(allowedOrigins: [Self.shop], allowsOwnHost: false)
        change(&$0)
      }
    ) { try await body($0, application) }
  }

  @Test(arguments: requests.indices, [shop, "https://evil.example", "null", nil])
  func everyAnswerSaysWhichPageMayReadIt(index: Int, origin: String?) async throws {
    let (name, bytes, status) = Self.requests[index]
    try await withOrigins { server, _ in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.send(bytes.replacing("@", with: origin.map { "Origin: \($0)\r\n" } ?? ""))
        let answer = try client.answer()
        #expect(answer.status == status, "\(name)")
        Self.expect(answer, isWelcome: origin == Self.shop, name)
      }
    }
  }

  @Test(arguments: [shop, "https://evil.example", nil])
  func soDoRefusalsForLackOfRoomAndAtTheEnd(origin: String?) async throws {
    let headers = origin.map { ["Origin: \($0)"] } ?? []
    try await withOrigins({ $0.pendingLimit = 1 }) { server, application in
      let port = server.port
      let waiting = try await onThread {
        let waiting = try RawClient(port: port)
        try waiting.request("GET", "/slow", headers: headers)
        return Held(waiting)
      }
      try await eventually("it waits") { application.begun.value == 1 }
      try await onThread {
        let client = try RawClient(port: port)
        for (method, body) in [("GET", nil), ("POST", "body")] as [(String, String?)] {
          try client.request(method, "/e", headers: headers, body: body)
          let answer = try client.answer()
          #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
          Self.expect(answer, isWelcome: origin == Self.shop, "overloaded \(method)")
        }
      }
      // The one that waits is answered in the program's place.
      await server.stop(withinSeconds: 0)
      let answer = try await onThread { try waiting.client.answer() }
      #expect(answer.status == 503)
      Self.expect(answer, isWelcome: origin == Self.shop, "draining")
    }
  }

  /// A client that one thread after the other uses.
  private final class Held: @unchecked Sendable {
    // Owner: the test; it is used by one call at a time.
    let client: RawClient
    init(_ client: RawClient) { self.client = client }
  }

  @Test func whereNoPageIsWelcomeNothingIsAdded() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        for path in ["/hand", "/e"] {
          try client.request("GET", path, headers: ["Origin: https://shop.example"])
          let headers = try client.answer().headers
          #expect(headers["vary"] == nil && headers["access-control-allow-origin"] == nil)
        }
      }
    }
  }

  /// What libmicrohttpd refuses by itself has its own short text; these it leaves to the program.
  @Test(arguments: [
    ("GET /hand HTTP/1.1\r\n\r\n", #"malformed("Host is missing")"#),
    ("GET /hand HTTP/1.1\r\nX-Host: t\r\n\r\n", #"malformed("Host is missing")"#),
    ("GET /e x HTTP/1.1\r\nHost: t\r\n\r\n", #"malformed("the path has a byte that must be escaped")"#),
    (
      "GET /e?a=b c HTTP/1.1\r\nHost: t\r\n\r\n",
      #"malformed("the query has a broken escape, a control byte, or is not UTF-8")"#
    ),
  ])
  func aRefusalIsTheProgramsOwn(bytes: String, body: String) async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.send(bytes)
        let answer = try client.answer()
        #expect(answer.status == 400 && answer.body == body)
        #expect(client.isClosedByServer(ignoringRest: true))
      }
    }
  }

  @Test(arguments: [
    "Host", "Origin", "Content-Type", "Authorization", "Last-Event-ID", "Idempotency-Key", "If-Match",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version", "Access-Control-Request-Method",
  ])
  func aHeaderThatHasOneValueIsRefusedIfItComesTwice(name: String) async throws {
    try await withOrigins { server, _ in
      let port = server.port
      try await onThread {
        // In another spelling, with the same value, and with others between.
        for second in ["\(name.lowercased()): b", "\(name.uppercased()): t", "\(name):"] {
          for request in ["GET /hand HTTP/1.1", "GET /e HTTP/1.1", "PATCH /e HTTP/1.1"] {
            let client = try RawClient(port: port)
            let host = name == "Host" ? "" : "Host: t\r\n"
            try client.send("\(request)\r\n\(host)\(name): t\r\nX-Other: x\r\n\(second)\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 400 && answer.body == "malformed(\"\(name) was sent twice\")")
            Self.expect(answer, isWelcome: false, name)
          }
        }
      }
    }
  }

  @Test(arguments: ["X-Forwarded-For", "Forwarded", "Cookie", "X-Request-Id", "Sec-WebSocket-Protocol", "Accept"])
  func aListMayComeInSeveralLines(name: String) async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/hand", headers: ["\(name): a", "\(name): b"])
        #expect(try client.answer().status == 200)
      }
    }
  }
}
