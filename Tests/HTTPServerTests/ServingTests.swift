import Glibc
import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Testing

@Suite struct ServingTests {
  @Test func answersAtHandAndFromATaskOnOneConnection() async throws {
    let application = TestApplication()
    try await withServer(application) { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/hand", headers: ["Authorization: Bearer abc", "x-request-id: mine-1"])
        let first = try client.answer()
        #expect(first.status == 200)
        #expect(first.body == "at hand")
        #expect(first.headers["x-request-id"] == "mine-1")
        #expect(first.headers["date"] != nil)
        #expect(application.authorization.with { $0 } == "Bearer abc")
        try client.request("GET", "/echo%20me?a=1&b=%C3%A9+x&c", headers: ["X-Test: seen"])
        let second = try client.answer()
        #expect(second.body == "GET /echo%20me [a=1,b=é x,c=] 127.0.0.1 ")
        #expect(second.headers["x-seen"] == "seen")
        #expect(second.headers["x-request-id"]?.utf8.count == 16)
        #expect(second.headers["content-type"] == "text/plain")
        try client.request("GET", "/echo", headers: ["X-Request-Id: not allowed!"])
        #expect(try client.answer().headers["x-request-id"]?.utf8.count == 16)
      }
    }
  }

  @Test(arguments: [(true, "203.0.113.7", "2001:db8::7"), (false, "127.0.0.1", "127.0.0.1")])
  func theClientsAddressIsWhatATrustedProxySays(isTrusted: Bool, plain: String, standard: String) async throws {
    let proxies = TrustedProxies(isTrusted ? ["127.0.0.1"].compactMap { AddressRange($0.utf8) } : [])
    try await withServer(TestApplication(), { $0.trustedProxies = proxies }) { server in
      let port = server.port
      try await onThread {
        // On one connection, as a proxy sends what comes from many.
        let client = try RawClient(port: port)
        try client.request("GET", "/a", headers: ["X-Forwarded-For: 1.1.1.1, 203.0.113.7"])
        #expect(try client.answer().body == "GET /a [] \(plain) ")
        try client.request("POST", "/b", headers: ["Forwarded: for=\"[2001:db8::7]:4711\";proto=https"], body: "ok")
        #expect(try client.answer().body == "POST /b [] \(standard) ok")
        try client.request("GET", "/c", headers: ["X-Forwarded-For: 203.0.113.7", "Forwarded: for=198.51.100.1"])
        #expect(try client.answer().body == "GET /c [] 127.0.0.1 ")
        try client.request("GET", "/d", headers: [])
        #expect(try client.answer().body == "GET /d [] 127.0.0.1 ")
      }
    }
  }

  @Test(arguments: [
    ("GET http://hub.example:80/echo?a=1", "GET /echo [a=1]"), ("GET HTTPS://hub.example/e/f", "GET /e/f []"),
    ("GET http://hub.example", "GET / []"), ("GET http://hub.example?a=/b", "GET / [a=/b]"),
    ("GET http://[::1]:80/", "GET / []"), ("GET http://t//e", "GET //e []"), ("OPTIONS *", "OPTIONS * []"),
  ])
  func takesATargetThatIsAWholeAddressOrTheWholeServer(line: String, seen: String) async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.send("\(line) HTTP/1.1\r\nHost: other\r\n\r\n")
        #expect(try client.answer().body == "\(seen) 127.0.0.1 ")
        try client.send("GET http://t/hand HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.answer().body == "at hand")
        try client.send("POST http://t/p HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nok")
        #expect(try client.answer().body == "POST /p [] 127.0.0.1 ok")
      }
    }
  }

  @Test func answersPipelinedRequestsInOrder() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        let paths = (0..<20).map { $0 % 3 == 0 ? "/hand" : "/p\($0)" }
        try client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: t\r\n\r\n" }.joined())
        for path in paths {
          #expect(try client.answer().body == (path == "/hand" ? "at hand" : "GET \(path) [] 127.0.0.1 "))
        }
      }
    }
  }

  @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET"])
  func readsABodyOfKnownLength(method: String) async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        let body = String(repeating: "b", count: TestApplication.bodyLimit)
        for _ in 0..<2 {
          try client.request(method, "/echo", body: body)
          #expect(try client.answer().body == "\(method) /echo [] 127.0.0.1 \(body)")
        }
        try client.request(method, "/echo", body: "")
        #expect(try client.answer().body == "\(method) /echo [] 127.0.0.1 ")
      }
    }
  }

  @Test func readsAChunkedBodyThatComesInPieces() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encod")
        try client.send("ing: Chunked\r\n\r\n5\r\nhello\r\n1")
        try client.send("\r\n \r\n5\r\nworld\r\n0\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.body == "POST /echo [] 127.0.0.1 hello world")
        #expect(answer.headers["connection"] == "close")
      }
    }
  }

  @Test func asksForABodyThatTheClientHoldsBack() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("POST", "/echo", headers: ["Expect: 100-continue", "Content-Length: 2"])
        #expect(try client.answer().status == 100)
        try client.send("ok")
        #expect(try client.answer().body == "POST /echo [] 127.0.0.1 ok")
      }
    }
  }

  @Test(arguments: ["/hand", "/echo"])
  func answersHeadWithTheLengthAndNoBody(path: String) async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("HEAD", path)
        let head = try client.answer(hasBody: false)
        #expect(head.status == 200)
        #expect(head.headers["content-length"] == (path == "/hand" ? "7" : "\("GET /echo [] 127.0.0.1 ".utf8.count)"))
        try client.request("GET", "/hand")
        #expect(try client.answer().body == "at hand")
      }
    }
  }

  @Test func sendsLargeBodiesAndNone() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        for _ in 0..<3 {
          try client.request("GET", "/large")
          #expect(try client.answer().body.utf8.count == 3_000_000)
          try client.request("GET", "/nothing")
          let nothing = try client.answer()
          #expect(nothing.status == 204)
          #expect(nothing.headers["content-type"] == nil)
        }
      }
    }
  }

  @Test func closesForAClientThatAsksAndForHTTP10() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        for head in ["GET /hand HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", "GET /hand HTTP/1.0\r\n\r\n"] {
          let client = try RawClient(port: port)
          try client.send(head)
          #expect(try client.answer().body == "at hand")
          #expect(client.isClosedByServer())
        }
      }
    }
  }

  @Test func asManyAsTheLibraryTakesAtOnceAreAnsweredThoughNothingElseComes() async throws {
    try await withServer(TestApplication()) { server in
      let port = server.port
      try await onThread {
        let napping = try RawClient(port: port)
        // The library takes 128 events at a time.
        let clients = try (0..<128).map { _ in try RawClient(port: port) }
        for client in clients { try client.request("GET", "/hand") }
        for client in clients { _ = try client.answer() }
        for _ in 0..<3 {
          // While the server's thread is held, all of them ask.
          try napping.request("GET", "/nap")
          usleep(50_000)
          for client in clients { try client.request("GET", "/hand") }
          #expect(try napping.answer().body == "slept")
          for client in clients { #expect(try client.answer().body == "at hand") }
        }
      }
    }
  }

  @Test func countsWhatItServes() async throws {
    let metrics = Metrics()
    try await withServer(
      TestApplication(), { $0.metrics = metrics }
    ) { server in
      let port = server.port
      try await onThread {
        let clients = try (0..<12).map { _ in try RawClient(port: port) }
        for client in clients { try client.request("GET", "/hand") }
        for client in clients { #expect(try client.answer().body == "at hand") }
        for client in clients { try client.request("GET", "/echo") }
        for client in clients { #expect(try client.answer().status == 200) }
      }
      let text = metrics.render()
      #expect(text.contains("orderhub_http_requests_total{answer=\"at_hand\"} 12"))
      #expect(text.contains("orderhub_http_requests_total{answer=\"waited\"} 12"))
      #expect(await eventually { metrics.render().contains("orderhub_http_connections 0\n") })
    }
  }

  @Test func holdsAThousandRequestsThatWait() async throws {
    let application = TestApplication()
    try await withServer(
      application,
      {
        $0.pendingLimit = 1_000
        $0.vitalPaths = ["/vital"]
      }
    ) { server in
      let port = server.port
      let clients = try await onThread {
        Holder(try (0..<1_000).map { _ in try RawClient(port: port) })
      }
      try await onThread { for client in clients.items { try client.request("GET", "/slow") } }
      #expect(await eventually { application.begun.value == 1_000 })
      try await onThread {
        let late = try RawClient(port: port)
        try late.request("GET", "/echo")
        let refused = try late.answer()
        #expect(refused.status == 503)
        #expect(refused.headers["retry-after"] == "1")
        try late.request("GET", "/hand")
        #expect(try late.answer().status == 200)
        // The connection is kept though the body was read for nothing.
        try late.request("POST", "/echo", body: "1234567890")
        #expect(try late.answer().status == 503)
        #expect(application.begun.value == 1_000)
        try late.request("GET", "/vital")
        #expect(try late.answer().body.contains("GET /vital"))
      }
      application.gate.open()
      let statuses = try await onThread { try clients.items.map { try $0.answer().status } }
      #expect(statuses == [Int](repeating: 200, count: 1_000))
    }
  }

  @Test func takesAFewVitalRequestsAboveItsLimitAndNoMore() async throws {
    let application = TestApplication()
    try await withServer(
      application,
      {
        $0.pendingLimit = 1
        $0.vitalPaths = ["/slow"]
      }
    ) { server in
      let port = server.port
      let clients = try await onThread {
        let clients = Holder(try (0..<40).map { _ in try RawClient(port: port) })
        for client in clients.items { try client.request("GET", "/slow") }
        return clients
      }
      #expect(await eventually { application.begun.value == 17 })
      // The others have their answers before anybody makes room.
      let areRefused = try await onThread { blockUntil { clients.items.count { $0.isReadable(withinMs: 0) } == 23 } }
      #expect(areRefused)
      application.gate.open()
      let statuses = try await onThread { try clients.items.map { try $0.answer().status } }
      #expect(statuses.count { $0 == 200 } == 17)
      #expect(statuses.count { $0 == 503 } == 23)
    }
  }

  @Test func survivesClientsThatLeaveWhileTheyWait() async throws {
    let application = TestApplication()
    try await withServer(application) { server in
      let port = server.port
      try await onThread {
        for _ in 0..<50 { try RawClient(port: port).request("GET", "/slow") }
      }
      #expect(await eventually { application.begun.value == 50 })
      application.gate.open()
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/slow")
        #expect(try client.answer().status == 200)
      }
    }
  }
}

/// Clients that go from one thread to the next, never used by two at once.
final class Holder: @unchecked Sendable {
  // Owner: the test, which waits for each thread that it lends them to.
  let items: [RawClient]
  init(_ items: [RawClient]) { self.items = items }
}
