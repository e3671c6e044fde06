import Glibc
import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Testing

@Suite struct RefusalTests {
  /// Requests that must be answered with a status and a closed connection, whatever follows them.
  static let broken: [(name: String, bytes: String, status: Int)] = [
    (
      "both lengths", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400
    ),
    ("two lengths", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", 400),
    ("a signed length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: +2\r\n\r\nok", 400),
    ("a negative length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\nok", 400),
    ("a length in words", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: two\r\n\r\nok", 400),
    ("an endless length", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999\r\n\r\nok", 413),
    ("another encoding", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunks in HTTP/1.0", "POST /e HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a broken escape", "GET /e%zz HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a cut escape", "GET /e%2 HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("an escaped NUL", "GET /e%00 HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a NUL", "GET /e\0x HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a control byte", "GET /e\u{1}x HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a raw UTF-8 path", "GET /é HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a relative path", "GET e HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a star that is not for OPTIONS", "GET * HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("two stars", "OPTIONS ** HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("an address without a host", "GET http:///e HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("an address with a user", "GET http://ann@t/e HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("an address of another scheme", "GET ftp://t/e HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("an address with a broken escape", "GET http://t/e%zz HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a host alone", "GET t:80 HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a query that is not UTF-8", "GET /e?a=%ff HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a query with a cut escape", "GET /e?a=%4 HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a query with a NUL", "GET /e?a=%00 HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a query of too many pairs", "GET /e?\(String(repeating: "a&", count: 101)) HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("an unknown method", "BREW /e HTTP/1.1\r\nHost: t\r\n\r\n", 501),
    ("a method in lower case", "get /e HTTP/1.1\r\nHost: t\r\n\r\n", 501),
    ("a space in a name", "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length : 2\r\n\r\nok", 400),
    ("a folded header", "GET /e HTTP/1.1\r\nHost: t\r\nX: a\r\n\tContent-Length: 5\r\n\r\n", 400),
    ("chunks that are none", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
    ("a negative chunk", "POST /e HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", 400),
    ("another version", "GET /e HTTP/2.0\r\nHost: t\r\n\r\n", 505),
    ("two hosts", "GET /e HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n", 400),
    ("no host", "GET /e HTTP/1.1\r\n\r\n", 400),
  ]

  @Test(arguments: broken.indices)
  func refusesABrokenRequestAndCloses(index: Int) async throws {
    let (name, bytes, status) = Self.broken[index]
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.send(bytes)
        #expect(try client.answer().status == status, "\(name)")
        #expect(client.isClosedByServer(), "\(name)")
        let next = try RawClient(port: port)
        try next.request("GET", "/hand")
        #expect(try next.answer().status == 200)
      }
    }
  }

  @Test func refusesHeadersThatAreTooLarge() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/hand", headers: ["X-Big: \(String(repeating: "x", count: 40_000))"])
        #expect(try client.answer().status == 431)
        #expect(client.isClosedByServer())
      }
    }
  }

  @Test func refusesAnAnnouncedBodyBeforeItIsSent() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        for headers in [["Content-Length: 100001"], ["Expect: 100-continue", "Content-Length: 100001"]] {
          let client = try RawClient(port: port)
          try client.request("PATCH", "/echo", headers: headers)
          let answer = try client.answer()
          #expect(answer.status == 413)
          #expect(answer.body == "bodyTooLarge(limitBytes: 100000)")
          #expect(client.isClosedByServer())
        }
      }
    }
  }

  @Test func refusesAChunkedBodyThatGrowsOverTheLimit() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("POST", "/echo", headers: ["Transfer-Encoding: chunked"])
        let chunk = "2710\r\n\(String(repeating: "c", count: 10_000))\r\n"
        for _ in 0..<15 { try client.send(chunk) }
        try client.send("0\r\n\r\n")
        #expect(try client.answer().status == 413)
        #expect(client.isClosedByServer())
        // One without an end is cut off.
        let endless = try RawClient(port: port)
        try endless.request("POST", "/echo", headers: ["Transfer-Encoding: chunked"])
        #expect(throws: RawClient.Failure.self) { while true { try endless.send(chunk) } }
      }
    }
  }

  @Test(arguments: [
    "", "GET /hand HT", "GET /hand HTTP/1.1\r\nHost: t\r\n",
    "POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab",
  ])
  func endsAConnectionThatSendsHalfARequest(half: String) async throws {
    try await withServer(TestApplication(), { $0.hurry() }) { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.send(half)
        // Closed, with or without a 408 before.
        _ = try? client.answer()
        #expect(client.isClosedByServer())
      }
    }
  }

  @Test func endsAConnectionThatDripsItsHead() async throws {
    try await withServer(TestApplication(), { $0.hurry() }) { server in
      let port = server.port
      // A byte now and then does not keep it open.
      let isEnded = try await onThread {
        let client = try RawClient(port: port)
        try client.send("GET /hand HTTP/1.1\r\nHost: t\r\nX: ")
        return blockUntil {
          usleep(200_000)
          return (try? client.send("x")) == nil
        }
      }
      #expect(isEnded)
    }
  }

  @Test func doesNotEndARequestThatTheProgramIsSlowWith() async throws {
    let application = TestApplication()
    try await withServer(application, { $0.hurry() }) { server in
      let port = server.port
      let client = try await stubborn {
        let client = try RawClient(port: port)
        try client.request("GET", "/slow")
        try client.waitUntil { application.begun.value > 0 }
        return Holder([client])
      }
      try await outliveIdleConnections(port)
      application.gate.open()
      let status = try await onThread { try client.items[0].answer().status }
      #expect(status == 200)
    }
  }

  @Test func refusesOptionsThatAreOutOfRange() {
    let silence = Log(level: .error, sink: Silence())
    for (host, port) in [("nowhere", 0), ("127.0.0.1", 70_000), ("127.0.0.1", -1)] {
      #expect(throws: HTTPServerError.self) {
        try HTTPServer(HTTPServerOptions(host: host, port: port), application: TestApplication(), log: silence)
      }
    }
    #expect(throws: HTTPServerError.badOption("connectionLimit 0, at least 1")) {
      try HTTPServer(
        HTTPServerOptions(host: "::1", port: 0, connectionLimit: 0), application: TestApplication(), log: silence)
    }
  }

  @Test func aCheckOfTheAddressTellsTakenFromFreeAndTakesNothing() async throws {
    let free = try freePort()
    try HTTPServerOptions(host: "127.0.0.1", port: free).checkAddress()
    try await withServer(TestApplication(), { $0.port = free }) { server in
      #expect(throws: HTTPServerError.cannotListen(host: "127.0.0.1", port: free, reason: "Address already in use")) {
        try HTTPServerOptions(host: "127.0.0.1", port: server.port).checkAddress()
      }
    }
  }

  @Test func saysThatAPortIsTaken() async throws {
    try await withServer { server in
      let port = server.port
      #expect(throws: HTTPServerError.cannotListen(host: "127.0.0.1", port: port, reason: "Address already in use")) {
        try HTTPServer(
          HTTPServerOptions(host: "127.0.0.1", port: port), application: TestApplication(),
          log: Log(level: .error, sink: Silence()))
      }
    }
  }
}
