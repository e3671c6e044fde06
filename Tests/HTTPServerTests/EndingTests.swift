import Dispatch
import Glibc
import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@Suite struct EndingTests {
  @Test func closesItsDoorWhileTheNumberOfConnectionsComesAndGoesFromItsLimit() async throws {
    let answered = Locked(0)
    for _ in 0..<60 {
      try await withServer(TestApplication(), { $0.connectionLimit = 3 }) { server in
        let port = server.port
        let isOver = Locked(false)
        async let churning: Void = onThread {
          while !isOver.with({ $0 }) {
            let clients = (0..<4).compactMap { _ in try? RawClient(port: port, timeoutSeconds: 1) }
            for client in clients { try? client.request("GET", "/hand") }
            // Refused and cut off as the door closes: what counts is that some came through, and that the process lives.
            if let last = clients.last, (try? last.answer())?.status == 200 { answered.with { $0 += 1 } }
          }
        }
        let before = answered.with { $0 }
        #expect(await eventually { answered.with { $0 } > before + 1 })
        server.drain()
        try await Task.sleep(for: .milliseconds(5))
        await server.stop(withinSeconds: 1)
        isOver.with { $0 = true }
        try await churning
      }
    }
  }

  @Test func finishesASlowRequestBeforeItStops() async throws {
    let application = TestApplication()
    try await withServer(application) { server in
      let port = server.port
      let clients = Holder([try RawClient(port: port), try RawClient(port: port)])
      try await onThread {
        try clients.items[0].request("GET", "/slow")
        try clients.items[1].request("GET", "/hand")
        #expect(try clients.items[1].answer().status == 200)
      }
      #expect(await eventually { application.begun.value == 1 })
      server.drain()
      // The server's thread closes the door when it has a moment.
      #expect(await eventually { (try? RawClient(port: port)) == nil })
      try await onThread {
        // Who is in already is served, and told to go elsewhere.
        try clients.items[1].request("GET", "/hand")
        let last = try clients.items[1].answer()
        #expect(last.status == 200)
        #expect(last.headers["connection"] == "close")
        #expect(clients.items[1].isClosedByServer())
      }
      async let stopped: Void = server.stop(withinSeconds: 3_600)
      try await Task.sleep(for: .milliseconds(200))
      application.gate.open()
      try await onThread {
        let answer = try clients.items[0].answer()
        #expect(answer.status == 200)
        #expect(answer.headers["connection"] == "close")
        #expect(clients.items[0].isClosedByServer())
      }
      await stopped
    }
  }

  @Test func servesThoseWhoWaitedToBeLetInWhenTheDoorCloses() async throws {
    let application = HeldApplication()
    let server = try HTTPServer(
      HTTPServerOptions(host: "127.0.0.1", port: 0), application: application, log: Log(level: .error, sink: Silence()))
    let port = server.port
    let held = try await onThread {
      let client = try RawClient(port: port)
      try client.request("GET", "/hold")
      return Holder([client])
    }
    #expect(await eventually { application.isHeld.with { $0 } })
    // The server's thread stands still: nobody of these is let in, and all have sent their request.
    let waiting = try await onThread {
      let clients = try (0..<50).map { _ in try RawClient(port: port) }
      for client in clients { try client.request("GET", "/x") }
      return Holder(clients)
    }
    async let stopped: Void = server.stop(withinSeconds: 60)
    #expect(await eventually { server.isLeaving })
    application.gate.signal()
    let statuses = try await onThread { (held.items + waiting.items).map { (try? $0.answer().status) ?? 0 } }
    #expect(statuses == [Int](repeating: 200, count: 51))
    await stopped
    #expect((try? RawClient(port: port)) == nil)
  }

  @Test func aServerThatLeavesServesAndClosesEachConnectionBehindItsAnswer() async throws {
    try await withServer(TestApplication()) { server in
      let port = server.port
      try await onThread {
        let old = try RawClient(port: port)
        try old.request("GET", "/hand")
        #expect(try old.answer().headers["connection"]?.lowercased() != "close")
        server.leave()
        for client in [old, try RawClient(port: port), try RawClient(port: port)] {
          try client.request("GET", "/hand")
          let answer = try client.answer()
          #expect(answer.status == 200)
          #expect(answer.headers["connection"] == "close")
          #expect(client.isClosedByServer())
        }
      }
    }
  }

  @Test func answersInTheProgramsPlaceWhenItMustEnd() async throws {
    let application = TestApplication()
    try await withServer(application) { server in
      let port = server.port
      let clients = Holder(try (0..<20).map { _ in try RawClient(port: port) })
      try await onThread { for client in clients.items { try client.request("GET", "/slow") } }
      #expect(await eventually { application.begun.value == 20 })
      // The program answers none of them; the stop ends all the same.
      await server.stop(withinSeconds: 1)
      let statuses = try await onThread { try clients.items.map { try $0.answer().status } }
      #expect(statuses == [Int](repeating: 503, count: 20))
    }
  }

  @Test func handsAnUpgradedSocketOverWithWhatWasReadPastTheRequest() async throws {
    let upgrades = Takeover()
    try await withServer(TestApplication(), upgrades: upgrades, { $0.hurry() }) { server in
      let port = server.port
      let holder = try await stubborn {
        let client = try RawClient(port: port)
        try client.request("GET", "/ws?x=1", headers: ["Upgrade: websocket", "Connection: Upgrade"])
        let answer = try client.answer()
        #expect(answer.status == 101)
        #expect(answer.headers["sec-websocket-accept"] == "abc")
        #expect(answer.headers["upgrade"] == "websocket")
        #expect(answer.headers["connection"] == "Upgrade")
        return Holder([client])
      }
      #expect(await eventually { upgrades.taken.with { $0.count } == 1 })
      let taken = upgrades.taken.with { $0[0] }
      #expect(taken.query == "x=1")
      #expect(fcntl(taken.socket, F_GETFL) & O_NONBLOCK != 0)
      #expect(fcntl(taken.socket, F_GETFD) & FD_CLOEXEC != 0)
      // Longer than the server's deadline: the socket is none of its business any more.
      try await outliveIdleConnections(port)
      #expect(send(taken.socket, "hello", 5, 0) == 5)
      try await onThread {
        #expect(try holder.items[0].read(5) == "hello")
        try holder.items[0].send("back")
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(waitUntilReadable(taken.socket))
        #expect(recv(taken.socket, &bytes, 8, 0) == 4)
      }
      close(taken.socket)
      try await onThread { #expect(holder.items[0].isClosedByServer()) }
    }
  }

  @Test func losesNoByteThatCameWithTheUpgradeRequest() async throws {
    let upgrades = Takeover()
    try await withServer(TestApplication(), upgrades: upgrades) { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.send("GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst frame")
        #expect(try client.answer().status == 101)
      }
      #expect(await eventually { upgrades.taken.with { $0.count } == 1 })
      let taken = upgrades.taken.with { $0[0] }
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = max(0, recv(taken.socket, &bytes, 64, 0))
      #expect(String(decoding: taken.leftover + bytes[..<count], as: UTF8.self) == "first frame")
      close(taken.socket)
    }
  }

  @Test func refusesAnUpgradeOrLetsItFallThrough() async throws {
    let upgrades = Takeover()
    try await withServer(TestApplication(), upgrades: upgrades) { server in
      let port = server.port
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/hand", headers: ["Upgrade: h2c"])
        #expect(try client.answer().body == "GET /hand [] 127.0.0.1 ")
        try client.request("GET", "/refuse", headers: ["Upgrade: websocket", "Connection: Upgrade"])
        #expect(try client.answer().status == 403)
        #expect(client.isClosedByServer())
      }
      #expect(upgrades.taken.with { $0.isEmpty })
    }
  }
}

/// Holds the server's thread at `/hold` until `gate` is signalled; everything else is at hand.
private final class HeldApplication: HTTPApplication {
  let isHeld = Locked(false)
  let gate = DispatchSemaphore(value: 0)

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? {
    if head.path.elementsEqual("/hold".utf8) {
      isHeld.with { $0 = true }
      gate.wait()
    }
    return HTTPReply(status: 200, contentType: nil, body: SharedBytes([]))
  }

  func reply(to request: HTTPRequest) async -> HTTPReply {
    HTTPReply(status: 500, contentType: nil, body: SharedBytes([]))
  }
  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { 0 }
  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    HTTPReply(status: 503, contentType: nil, body: SharedBytes([]))
  }
}

/// Takes `/ws`, refuses `/refuse`, and lets anything else fall through.
private final class Takeover: HTTPUpgrades {
  struct Taken: Sendable {
    let query: String
    let socket: Int32
    let leftover: [UInt8]
  }
  let taken = Locked<[Taken]>([])

  func decide(_ request: HTTPRequest) -> UpgradeDecision {
    switch request.path {
    case "/ws":
      .accept(headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", "abc")])
    case "/refuse": .refuse(HTTPReply(status: 403, contentType: nil, body: SharedBytes([])))
    default: .notAnUpgrade
    }
  }

  func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8]) {
    let query = request.query.map { "\($0.name)=\($0.value)" }.joined()
    taken.with { $0.append(Taken(query: query, socket: socket, leftover: leftover)) }
  }
}
