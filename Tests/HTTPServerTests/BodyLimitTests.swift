import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Testing

/// Bodies that come by halves, and what they hold. The figures are those of the metric, which is of what is allocated.
@Suite struct BodyLimitTests {
  @Test func aBodyHoldsWhatHasComeAndNotWhatIsAnnounced() async throws {
    try await withBodies { port, held in
      let client = try await half(port, announced: 100_000, sent: 10)
      #expect(await eventually { held() > 0 })
      #expect(held() <= 4_096)
      try await onThread { try client.items[0].send(String(repeating: "b", count: 19_990)) }
      #expect(await eventually { held() >= 20_000 })
      #expect(held() <= 2 * 20_000)
      try await onThread {
        try client.items[0].send(String(repeating: "b", count: 80_000))
        #expect(try client.items[0].answer().status == 200)
      }
      #expect(await eventually { held() == 0 })
    }
  }

  @Test func aBodyInChunksHoldsNoMoreThanTwiceWhatHasCome() async throws {
    try await withBodies { port, held in
      let client = try await onThread {
        let client = try RawClient(port: port)
        try client.request("POST", "/echo", headers: ["Transfer-Encoding: chunked"])
        try client.send("7530\r\n\(String(repeating: "c", count: 30_000))\r\n")
        return Holder([client])
      }
      #expect(await eventually { held() >= 30_000 })
      #expect(held() <= 60_000)
      try await onThread {
        try client.items[0].send("0\r\n\r\n")
        #expect(try client.items[0].answer().status == 200)
      }
      #expect(await eventually { held() == 0 })
    }
  }

  @Test func whatIsHeldIsBoundedAndFreeAgainWhenTheClientsLeave() async throws {
    try await withBodies({ $0.bodiesLimitBytes = 300_000 }) { port, held in
      var halves: [Holder] = []
      for _ in 0..<10 { halves.append(try await half(port, announced: 90_000, sent: 40_000)) }
      #expect(await eventually { held() > 200_000 })
      #expect(held() <= 300_000)
      try await onThread {
        // At the head, before a byte of it is sent.
        let late = try RawClient(port: port)
        try late.request("POST", "/echo", headers: ["Expect: 100-continue", "Content-Length: 100000"])
        let answer = try late.answer()
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "1")
        #expect(late.isClosedByServer())
        // What needs no body is served, and a small one too as long as there is room for it.
        let other = try RawClient(port: port)
        try other.request("GET", "/hand")
        #expect(try other.answer().status == 200)
      }
      halves.removeAll()
      #expect(await eventually { held() == 0 })
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("POST", "/echo", body: String(repeating: "b", count: 100_000))
        #expect(try client.answer().status == 200)
      }
    }
  }

  @Test func aBodyThatFindsNoRoomOnItsWayIsAnsweredWhenItEnds() async throws {
    try await withBodies({ $0.bodiesLimitBytes = 100_000 }) { port, held in
      let first = try await half(port, announced: 90_000, sent: 10)
      let second = try await half(port, announced: 90_000, sent: 10)
      #expect(await eventually { held() > 2_000 })
      try await onThread {
        try first.items[0].send(String(repeating: "b", count: 80_000))
        try second.items[0].send(String(repeating: "b", count: 89_990))
        let answer = try second.items[0].answer()
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "1")
        #expect(second.items[0].isClosedByServer())
        try first.items[0].send(String(repeating: "b", count: 9_990))
        #expect(try first.items[0].answer().status == 200)
      }
      #expect(await eventually { held() == 0 })
    }
  }

  @Test func oneAddressCannotHoldWhatIsThereForAll() async throws {
    try await withBodies({
      $0.bodiesLimitBytes = 1_000_000
      $0.addressBodiesLimitBytes = 150_000
    }) { port, held in
      let halves = [
        try await half(port, announced: 90_000, sent: 60_000), try await half(port, announced: 80_000, sent: 1),
      ]
      #expect(await eventually { held() > 60_000 })
      try await onThread {
        let same = try RawClient(port: port)
        try same.request("POST", "/echo", headers: ["Content-Length: 100000"])
        #expect(try same.answer().status == 503)
        let other = try RawClient(port: port, from: "127.0.0.2")
        try other.request("POST", "/echo", body: String(repeating: "b", count: 100_000))
        #expect(try other.answer().status == 200)
      }
      #expect(halves.count == 2)
    }
  }

  @Test func aBodyThatHardlyComesIsCutOffAndOneThatComesIsNot() async throws {
    let clock = Locked<Int64>(1_000)
    let application = TestApplication()
    let metrics = Metrics()
    try await withServer(
      application,
      {
        $0.metrics = metrics
        $0.seconds = { clock.with { $0 } }
      }
    ) { server in
      let port = server.port
      let slow = try await half(port, announced: 90_000, sent: 100)
      let steady = try await half(port, announced: 90_000, sent: 10_000)
      #expect(await eventually { Self.held(metrics) >= 10_000 })
      // Within the first seconds nobody is judged; 9 seconds later 4 KiB are owed.
      clock.with { $0 += 9 }
      try await onThread {
        _ = slow.items[0].rest()
        try steady.items[0].send(String(repeating: "b", count: 80_000))
        #expect(try steady.items[0].answer().status == 200)
      }
      #expect(application.begun.value == 1)
    }
  }

  /// A client that sends all before it reads, as most do, must find the answer though its body was not wanted.
  @Test(arguments: [100_001, 3_000_000])
  func anAnswerThatIsGivenBeforeTheBodyArrivesThoughTheClientSendsItAll(count: Int) async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        for _ in 0..<5 {
          let client = try RawClient(port: port)
          try client.request("POST", "/echo", body: String(repeating: "b", count: count))
          let answer = try client.answer()
          #expect(answer.status == 413)
          #expect(answer.headers["connection"] == "close")
        }
      }
    }
  }

  @Test func aBodyInTinyPartsIsReadWhole() async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        let body = "5;a=\"b c\"\r\nhello\r\n00001\r\n \r\n5\r\nworld\r\n0\r\nA: b\r\nC:\r\n\r\n"
        for byte in "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n\(body)".utf8 {
          try client.send([byte])
        }
        #expect(try client.answer().body == "POST /echo [] 127.0.0.1 hello world")
        // Nothing is read behind it.
        #expect(client.isClosedByServer())
      }
    }
  }

  @Test(arguments: [1, 2, 3, 7, 100, 1_000, 5_000])
  func chunksOfAnySizeAreRead(size: Int) async throws {
    try await withServer { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        var sent = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        var body = ""
        for index in 0..<(20_000 / size) {
          let chunk = String((0..<size).map { "\(($0 + index) % 10)" }.joined().prefix(size))
          body += chunk
          sent += String(size, radix: 16) + (index % 3 == 0 ? ";n=\(index)" : "") + "\r\n\(chunk)\r\n"
        }
        sent += "0\r\n\r\n"
        let bytes = Array(sent.utf8)
        for start in stride(from: 0, to: bytes.count, by: 1_433) {
          try client.send(Array(bytes[start..<min(start + 1_433, bytes.count)]))
        }
        #expect(try client.answer().body == "POST /echo [] 127.0.0.1 \(body)")
      }
    }
  }

  // MARK: Parts

  /// A client that has sent part of its body.
  private func half(_ port: Int, announced: Int, sent: Int) async throws -> Holder {
    try await onThread {
      let client = try RawClient(port: port)
      try client.request("POST", "/echo", headers: ["Content-Length: \(announced)"])
      try client.send(String(repeating: "b", count: sent))
      return Holder([client])
    }
  }

  private func withBodies(
    _ change: (inout HTTPServerOptions) -> Void = { _ in },
    _ body: (_ port: Int, _ held: @Sendable () -> Int) async throws -> Void
  ) async throws {
    let metrics = Metrics()
    try await withServer(
      TestApplication(),
      {
        $0.metrics = metrics
        change(&$0)
      }
    ) { server in
      try await body(server.port) { Self.held(metrics) }
    }
  }

  private static func held(_ metrics: Metrics) -> Int {
    let line = metrics.render().split(separator: "\n").first { $0.hasPrefix("orderhub_http_body_bytes ") }
    return line.flatMap { Int($0.split(separator: " ")[1]) } ?? -1
  }
}
