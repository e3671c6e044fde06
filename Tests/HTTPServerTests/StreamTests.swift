import Glibc
import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@Suite(.serialized) struct StreamTests {
  private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

  @Test func aTakerWritesAMegabyteAndTheConnectionIsClosedBehindIt() async throws {
    let taker = StreamTaker()
    let metrics = Metrics()
    try await withServer(TestApplication(), upgrades: taker, { $0.metrics = metrics }) { server in
      let port = server.port
      let client = try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/events?a=1", headers: ["X-Request-Id: r-1"])
        return Holder([client])
      }
      let taken = try await taker.one()
      #expect(taken.request.query.map { "\($0.name)=\($0.value)" } == ["a=1"])
      #expect(taken.request.requestID == "r-1")
      #expect(fcntl(taken.socket, F_GETFL) & O_NONBLOCK != 0)
      #expect(fcntl(taken.socket, F_GETFD) & FD_CLOEXEC != 0)
      let line = String(repeating: "x", count: 1_023) + "\n"
      async let read = onThread { () -> Bool in
        guard try client.items[0].read(Self.head.utf8.count) == Self.head else { return false }
        for _ in 0..<1_024 where try client.items[0].read(1_024) != line { return false }
        return client.items[0].isClosedByServer()
      }
      try await onThread {
        try taken.write(Self.head)
        for _ in 0..<1_024 { try taken.write(line) }
      }
      #expect(metrics.render().contains("orderhub_http_connections 1"))
      taken.end()
      #expect(try await read)
      #expect(await eventually { metrics.render().contains("orderhub_http_connections 0") })
      #expect(metrics.render().contains(#"orderhub_http_requests_total{answer="streamed"} 1"#))
      // A second word means nothing.
      taken.finished()
    }
  }

  @Test func outlivesTheTimeThatIdleConnectionsHave() async throws {
    let taker = StreamTaker()
    try await withServer(TestApplication(), upgrades: taker, { $0.hurry() }) { server in
      let port = server.port
      let client = try await stubborn {
        let client = try Self.asking(port)
        try client.waitUntil { taker.taken.with { $0.count } > 0 }
        return Holder([client])
      }
      let taken = try #require(taker.taken.with { $0.last })
      try await outliveIdleConnections(port)
      try await onThread {
        try taken.write("late")
        #expect(try client.items[0].read(4) == "late")
      }
      taken.end()
      try await onThread { #expect(client.items[0].isClosedByServer()) }
    }
  }

  /// A browser takes 503 for the last word; one that is cut off asks again.
  @Test func whereAllAreBusyOneThatAsksForAStreamIsCutOffWithoutAnAnswer() async throws {
    let application = TestApplication()
    try await withServer(application, upgrades: StreamTaker(), { $0.connectionLimit = 4 }) { server in
      let port = server.port
      try await onThread {
        var busy: [RawClient] = []
        for number in 1...4 {
          busy.append(try RawClient(port: port))
          try busy[number - 1].request("GET", "/slow")
          #expect(blockUntil { application.begun.value >= number })
        }
        for _ in 0..<10 {
          #expect(try Self.asking(port).isClosedByServer())
          let other = try RawClient(port: port)
          try other.request("GET", "/echo")
          #expect(try other.answer().status == 503)
        }
        application.gate.open()
        for client in busy { #expect(try client.answer().status == 200) }
      }
    }
  }

  @Test func aClientThatLeavesFirstIsNoticedAndLetGoOf() async throws {
    let taker = StreamTaker()
    let metrics = Metrics()
    try await withServer(TestApplication(), upgrades: taker, { $0.metrics = metrics }) { server in
      let port = server.port
      try await onThread { _ = try Self.asking(port) }
      let taken = try await taker.one()
      var byte: UInt8 = 0
      #expect(await eventually { recv(taken.socket, &byte, 1, 0) == 0 })
      #expect(metrics.render().contains("orderhub_http_connections 1"))
      taken.end()
      #expect(await eventually { metrics.render().contains("orderhub_http_connections 0") })
    }
  }

  @Test func aTakerMayBeDoneWithinTheCall() async throws {
    let taker = StreamTaker(endsAtOnce: true)
    try await withServer(TestApplication(), upgrades: taker) { server in
      let port = server.port
      try await onThread {
        for _ in 0..<50 {
          let client = try Self.asking(port)
          #expect(try client.read(Self.head.utf8.count) == Self.head)
          #expect(client.isClosedByServer())
        }
      }
    }
  }

  @Test func streamsOnlyAGetOfThePathInHTTP11WithoutABody() async throws {
    let taker = StreamTaker()
    try await withServer(TestApplication(), upgrades: taker) { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("POST", "/events", body: "b")
        #expect(try client.answer().body == "POST /events [] 127.0.0.1 b")
        try client.request("GET", "/events", body: "b")
        #expect(try client.answer().body == "GET /events [] 127.0.0.1 b")
        try client.request("HEAD", "/events")
        #expect(try client.answer(hasBody: false).status == 200)
        try client.request("GET", "/event%73")
        #expect(try client.answer().status == 200)
        try client.request("GET", "/events/")
        #expect(try client.answer().status == 200)
        try client.request("GET", "/events?other=1")
        #expect(try client.answer().body == "GET /events [other=1] 127.0.0.1 ")
        try client.request("GET", "/events?refuse=1")
        #expect(try client.answer().status == 403)
        #expect(client.isClosedByServer())
        let old = try RawClient(port: port)
        try old.send("GET /events HTTP/1.0\r\nHost: t\r\n\r\n")
        #expect(try old.answer().status == 200)
      }
      #expect(taker.taken.with { $0.isEmpty })
    }
  }

  @Test func answersNothingThatComesBehindTheRequest() async throws {
    let taker = StreamTaker()
    let application = TestApplication()
    try await withServer(application, upgrades: taker) { server in
      let port = server.port
      let client = try await onThread {
        let client = try RawClient(port: port)
        try client.send("GET /events HTTP/1.1\r\nHost: t\r\n\r\nGET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        return Holder([client])
      }
      let taken = try await taker.one()
      try await onThread { try taken.write(Self.head) }
      taken.end()
      try await onThread {
        let head = try client.items[0].read(Self.head.utf8.count)
        #expect(head == Self.head)
        #expect(client.items[0].isClosedByServer())
      }
      #expect(application.begun.value == 0)
    }
  }

  @Test func fiveHundredStreamsLeaveNothingBehind() async throws {
    let taker = StreamTaker()
    let metrics = Metrics()
    let settings = { (options: inout HTTPServerOptions) in
      options.metrics = metrics
      options.pendingLimit = 4
    }
    try await withServer(TestApplication(), upgrades: taker, settings) { server in
      let port = server.port
      let before = Self.descriptors(of: port)
      for _ in 0..<2 {
        try await streamFiveHundred(port, taker, metrics)
        #expect(await eventually { metrics.render().contains("orderhub_http_connections 0") })
        #expect(await eventually { Self.descriptors(of: port) == before })
      }
    }
  }

  private func streamFiveHundred(_ port: Int, _ taker: StreamTaker, _ metrics: Metrics) async throws {
    let clients = try await onThread { Holder(try (0..<500).map { _ in try Self.asking(port) }) }
    #expect(await eventually { taker.taken.with { $0.count } == 500 })
    #expect(metrics.render().contains("orderhub_http_connections 500"))
    #expect(Self.descriptors(of: port) > 1_000)
    // They are no requests that wait.
    try await onThread {
      let client = try RawClient(port: port)
      try client.request("GET", "/echo")
      #expect(try client.answer().status == 200)
    }
    let taken = taker.taken.with { taken in
      defer { taken = [] }
      return taken
    }
    try await onThread {
      for (index, one) in taken.enumerated() where index % 2 == 0 { try one.write(Self.head) }
    }
    for one in taken { one.end() }
    try await onThread {
      var heads = 0
      for client in clients.items {
        if (try? client.read(Self.head.utf8.count)) == Self.head { heads += 1 }
        #expect(client.isClosedByServer())
      }
      #expect(heads == 250)
    }
  }

  @Test func countsStreamsAmongTheConnectionsOfAnAddress() async throws {
    let taker = StreamTaker()
    try await withServer(TestApplication(), upgrades: taker, { $0.connectionsPerAddressLimit = 3 }) { server in
      let port = server.port
      let clients = try await onThread { Holder(try (0..<3).map { _ in try Self.asking(port) }) }
      #expect(await eventually { taker.taken.with { $0.count } == 3 })
      try await onThread {
        let fourth = try RawClient(port: port)
        #expect(fourth.isClosedByServer())
      }
      taker.taken.with { $0[0] }.end()
      try await onThread { #expect(clients.items[0].isClosedByServer()) }
      let again = try await onThread { Holder([try Self.asking(port)]) }
      #expect(await eventually { taker.taken.with { $0.count } == 4 })
      for one in taker.taken.with({ $0.dropFirst() }) { one.end() }
      withExtendedLifetime(again) {}
    }
  }

  @Test func stopWaitsForTakersThatEndTheirStreams() async throws {
    let taker = StreamTaker()
    try await withServer(TestApplication(), upgrades: taker) { server in
      let port = server.port
      let clients = try await onThread { Holder(try (0..<20).map { _ in try Self.asking(port) }) }
      #expect(await eventually { taker.taken.with { $0.count } == 20 })
      // Were it to wait for its time, this would hang.
      async let stopped: Void = server.stop(withinSeconds: 3_600)
      for one in taker.taken.with({ $0 }) {
        try await onThread { try one.write("bye") }
        one.end()
      }
      await stopped
      try await onThread {
        for client in clients.items {
          let word = try client.read(3)
          #expect(word == "bye")
          #expect(client.isClosedByServer())
        }
      }
    }
  }

  @Test func stopEndsStreamsWhoseTakersDoNot() async throws {
    let taker = StreamTaker()
    try await withServer(TestApplication(), upgrades: taker) { server in
      let port = server.port
      let clients = try await onThread { Holder(try (0..<20).map { _ in try Self.asking(port) }) }
      #expect(await eventually { taker.taken.with { $0.count } == 20 })
      let start = monotonicMicros()
      await server.stop(withinSeconds: 1)
      #expect(monotonicMicros() - start > 1_000_000)
      try await onThread { for client in clients.items { #expect(client.isClosedByServer()) } }
      for one in taker.taken.with({ $0 }) {
        var byte: UInt8 = 0
        #expect(recv(one.socket, &byte, 1, 0) == 0)
        // Late, when there is no server any more.
        one.end()
      }
    }
  }

  private static func asking(_ port: Int) throws -> RawClient {
    let client = try RawClient(port: port)
    try client.request("GET", "/events")
    return client
  }

  /// How many sockets of this process are the server's, duplicates among them.
  private static func descriptors(of port: Int) -> Int {
    (Int32(0)..<8_192).count { descriptor in
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let status = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
      }
      return status == 0 && address.sin_family == sa_family_t(AF_INET) && address.sin_port == UInt16(port).bigEndian
    }
  }
}

/// Streams `/events`; with `other` it is not his, with `refuse` it is refused.
private final class StreamTaker: HTTPUpgrades {
  struct Taken: Sendable {
    let request: HTTPRequest
    let socket: Int32
    let finished: @Sendable () -> Void

    /// Writes it all, and waits where the client is slow.
    func write(_ text: String) throws {
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count > 0 {
          bytes = bytes.dropFirst(count)
        } else if errno == EAGAIN {
          var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
          guard poll(&entry, 1, HangLimit.ms) > 0 else { throw RawClient.Failure("the client does not read") }
        } else {
          throw RawClient.Failure("cannot write: errno \(errno)")
        }
      }
    }

    func end() {
      close(socket)
      finished()
    }
  }

  let taken = Locked<[Taken]>([])
  private let endsAtOnce: Bool
  init(endsAtOnce: Bool = false) { self.endsAtOnce = endsAtOnce }

  var streamingPath: Text? { "/events" }
  func decide(_ request: HTTPRequest) -> UpgradeDecision { .notAnUpgrade }
  func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8]) { close(socket) }

  func streams(_ request: HTTPRequest) -> HTTPStreamDecision {
    switch request.query.first?.name {
    case "other": .notMine
    case "refuse": .refuse(HTTPReply(status: 403, contentType: nil, body: SharedBytes([])))
    default: .stream
    }
  }

  func stream(_ request: HTTPRequest, socket: Int32, finished: @escaping @Sendable () -> Void) {
    let one = Taken(request: request, socket: socket, finished: finished)
    guard !endsAtOnce else {
      try? one.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
      return one.end()
    }
    taken.with { $0.append(one) }
  }

  func one() async throws -> Taken {
    #expect(await eventually { taken.with { $0.count } == 1 })
    return try #require(taken.with { $0.first })
  }
}
