import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

@Suite(.serialized) struct LimitTests {
  /// What a new client of each kind is answered: status and `Retry-After`; of a stream that ends at once, why.
  private func knock(_ server: LiveServer, _ user: String = "new") throws -> [String] {
    let token = "Authorization: Bearer \(server.live.token("north", user))"
    let upgrade = [
      "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    return try [
      ("/socket.io/?EIO=4&transport=polling", []), ("/socket.io/?EIO=4&transport=websocket", upgrade),
      ("/events", []), ("/ws", upgrade),
    ].map { target, headers in
      let client = try RawClient(port: server.port)
      try client.request("GET", target, headers: headers + [token])
      let answer = try client.answer()
      let code = answer.body.firstMatch(of: #/"code":"([0-9]+)"/#).map { String($0.1) }
      return "\(answer.status) \(answer.headers["retry-after"] ?? code ?? "-")"
    }
  }

  private let full = ["503 2", "503 2", "200 1013", "503 2"]
  private let draining = ["503 2", "503 2", "200 1012", "503 2"]

  @Test(arguments: ["process", "address"])
  func takesOnlySoManyConnectionsOfAllKindsTogether(whose: String) async throws {
    try await withServer({
      if whose == "process" { $0.connectionLimit = 4 } else { $0.connectionLimitPerAddress = 4 }
    }) { server in
      let polling = try server.socketIO("north", "a", over: .polling)
      let socket = try server.socketIO("north", "b")
      let stream = try server.stream("north", "c")
      let plain = try server.plain("north", "d")
      #expect(try knock(server) == full)
      // Whoever is in is served on, over as many requests as it takes.
      server.record(1...1)
      #expect(try polling.nextEvent().number == 1)
      #expect(try socket.nextEvent().number == 1)
      #expect(try [stream.next().event, stream.next().event] == ["hub:ready", "order:updated"])
      #expect(try plain.nextText().contains("\"version\":1"))
      try polling.engine.upgrade()
      try polling.engine.send("1")
      #expect(blockUntil { server.live.hub.connectionCount == 3 })
      #expect(try server.stream("north").next().event == "hub:ready")
    }
  }

  /// A refused connection is the last word to the usual Socket.IO clients, and so is a close to one that polls: whoever
  /// finds no room is cut off, and comes again.
  @Test func takesOnlySoManyConnectionsOfOneUser() async throws {
    try await withServer({ $0.connectionLimitPerUser = 1 }) { server in
      var stream: EventStreamPeer? = try server.stream("north", "ada")
      let ada = "{\"token\":\"\(server.live.token("north", "ada"))\"}"
      func turnedAway(_ transport: EnginePeer.Transport, on client: SocketIOPeer) -> EnginePeer.Failure? {
        do {
          let answer = try client.connect(auth: ada)
          Issue.record("\(transport): \(answer)")
          return nil
        } catch { return error as? EnginePeer.Failure }
      }
      let full = "too many connections of this user (LIVE_USER_LIMIT)"
      #expect(turnedAway(.websocket, on: try server.session(.websocket)) == .ended(code: 1013, reason: full))
      guard case .refused(400, _, _)? = turnedAway(.polling, on: try server.session(.polling)) else {
        throw EnginePeer.Failure.timedOut
      }
      #expect(blockUntil { server.live.hub.connectionCount == 1 })
      // They have said who they are, and keep no place from those who have yet to.
      #expect(server.live.hub.gate.census.unproven(nowMs: server.live.steady.ms) == 0)
      let second = try EventStreamPeer(
        port: server.port, headers: ["Authorization: Bearer \(server.live.token("north", "ada"))"])
      #expect(second.head.status == 200 && second.head.body.contains("hub:closing\ndata: {\"code\":\"1013\""))
      // Another's namesake is somebody else.
      #expect(try server.socketIO("south", "ada").sid != nil)
      #expect(try server.socketIO("north", "bob").sid != nil)
      #expect(try stream?.next().event == "hub:ready")
      // With room again, whoever comes back is let in.
      let before = server.live.hub.connectionCount
      stream = nil
      #expect(blockUntil { server.live.hub.connectionCount < before })
      #expect(try server.socketIO("north", "ada", over: .polling).sid != nil)
    }
  }

  @Test func takesOnlySoManyHandshakesASecond() async throws {
    try await withServer(standing: true, { $0.handshakesPerSecond = 3 }) { server in
      let client = try server.socketIO("north", over: .polling)
      var answers: [String] = []
      for _ in 0..<3 { answers += try knock(server) }
      #expect(answers.contains("503 2") && answers.contains("200 1013"))
      #expect(answers.filter { $0 != "503 2" && $0 != "200 1013" }.count == 2)
      // Polls are no handshakes.
      for number in 1...20 {
        server.record(number...number)
        #expect(try client.nextEvent().number == number)
      }
    }
  }

  @Test func endsWhoSendsMoreMessagesAMinuteThanItMay() async throws {
    try await withServer(standing: true, { $0.messagesPerMinute = 10 }) { server in
      let socket = try server.socketIO("north", "a")
      for _ in 2...10 { #expect(try socket.request("ping") == ["success": true]) }
      try socket.emit("ping")
      #expect(
        try socket.end() == .ended(code: 4429, reason: "more than 10 messages a minute (LIVE_MESSAGES_PER_MINUTE)"))
      let polling = try server.socketIO("north", "b", over: .polling)
      // Many packets in one request are many messages.
      #expect(throws: EnginePeer.Failure.self) {
        try polling.engine.send([EnginePeer.Packet](repeating: .text("42[\"ping\"]"), count: 10))
      }
      #expect(try polling.end() == .ended(code: nil, reason: ""))
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func takesAMessageOf64KiBAndNoneLarger(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      /// `1["ping","…"]` with the type before it, so long.
      func packet(_ bytes: Int) -> String { "421[\"ping\",\"" + String(repeating: "x", count: bytes - 13) + "\"]" }
      let client = try server.socketIO("north", over: transport)
      try client.engine.send(packet(65_536))
      #expect(try client.next() == .ack(id: 1, ["success": true]))
      switch transport {
      case .websocket:
        try client.engine.send(packet(65_537))
        guard case .ended(1009, _) = try client.end() else { throw EnginePeer.Failure.timedOut }
      case .polling:
        #expect(
          throws: EnginePeer.Failure.refused(
            status: 400, body: "{\"code\":3,\"message\":\"Bad request\"}", retryAfter: nil)
        ) { try client.engine.send(packet(65_537)) }
      }
      #expect(blockUntil { server.live.hub.connectionCount == 0 })
    }
  }

  @Test func aSlowReaderIsClosedWithItsOwnCodeAndTheOthersDoNotFeelIt() async throws {
    try await withServer({ $0.queueLimitBytes = 256 * 1_024 }) { server in
      let slow = try server.socketIO("north", "slow")
      let idle = try server.socketIO("north", "idle", over: .polling)
      let quick = try server.socketIO("north", "quick")
      let data = "\"" + String(repeating: "x", count: 30_000) + "\""
      var sent = 0
      while !server.live.metrics.render().contains("orderhub_live_slow_closes_total 2\n"), sent < 1_000 {
        sent += 1
        server.live.bus.record([TestBus.envelope("north", seq: sent, data: data)], tenant: "north")
        #expect(try quick.nextEvent().offset == "\(1_001 + sent)-0")
      }
      // What is out was whole and in order, and the close frame is the last.
      var got = 0
      do {
        while true {
          #expect(try slow.nextEvent().offset == "\(1_002 + got)-0")
          got += 1
        }
      } catch {
        #expect(
          error as? EnginePeer.Failure == .ended(code: 4408, reason: "too slow: reconnect and catch up"))
      }
      #expect(got < sent)
      #expect(
        throws: EnginePeer.Failure.refused(
          status: 400, body: "{\"code\":1,\"message\":\"Session ID unknown\"}", retryAfter: nil)
      ) { try idle.next() }
      #expect(try quick.request("ping") == ["success": true])
      #expect(server.live.metrics.render().contains("orderhub_live_queued_bytes 0\n"))
    }
  }

  @Test func endsEachTransportWithinASecondOfItsTokensEndUnlessAFreshOneCame() async throws {
    try await withServer(standing: true) { server in
      let live = server.live
      let token = live.token("north", lifetimeMs: 1_500)
      let fresh = "{\"token\":\"\(live.token("north"))\"}"
      var lapsing: [SocketIOPeer] = []
      var renewed: [SocketIOPeer] = []
      for transport in EnginePeer.Transport.allCases {
        for isRenewed in [false, true] {
          let client = try server.session(transport)
          try client.connect(auth: "{\"token\":\"\(token)\"}")
          #expect(try client.nextEvent().name == "hub:ready")
          if isRenewed {
            #expect(try client.request("auth", "{\"token\":\"\(live.token("south"))\"}")["code"] == "forbidden")
            #expect(try client.request("auth", fresh) == ["success": true])
            renewed.append(client)
          } else {
            lapsing.append(client)
          }
        }
      }
      let stream = try EventStreamPeer(port: server.port, headers: ["Authorization: Bearer \(token)"])
      let plain = try live.connect(token: token)
      #expect(try [stream.next().retry, stream.next().event] == ["2000", "hub:ready"])
      live.pass(ms: 1_499)
      for client in lapsing { #expect(try client.request("ping") == ["success": true]) }
      live.pass(ms: 1_001)
      // One after the other: those that end later wait in their sockets.
      #expect(try lapsing[1].end() == .ended(code: 4401, reason: "token expired"))
      // Who does not take leave is cut off.
      live.pass(ms: 1_000)
      #expect(blockUntil { live.hub.connectionCount <= 3 })
      #expect(try plain.nextClose().code == 4401)
      #expect(
        try stream.next() == .init(event: "hub:closing", data: "{\"code\":\"4401\",\"reason\":\"token expired\"}"))
      #expect(throws: EventStreamPeer.Failure.ended(rest: [])) { try stream.next() }
      guard case .refused(400, _, _) = try lapsing[0].end() else { throw EnginePeer.Failure.timedOut }
      server.record(1...1)
      for client in renewed { #expect(try client.nextEvent().number == 1) }
      live.clock.jump(ms: 3_600_000)
      live.pass(ms: 250)
      #expect(try renewed[1].end() == .ended(code: 4401, reason: "token expired"))
    }
  }

  @Test func aDrainSendsEverybodyElsewhereAndTakesNobody() async throws {
    try await withServer({ $0.drainMs = 300 }) { server in
      let clients = try EnginePeer.Transport.allCases.map { try server.socketIO("north", over: $0) }
      let stream = try server.stream("north")
      let plain = try server.plain("north")
      _ = try stream.next()
      try clients[0].engine.beginPoll()
      let isDrained = Locked(false)
      Task {
        await server.live.hub.drain()
        isDrained.with { $0 = true }
      }
      // A client that polls comes again after an error, and not after a close.
      guard case .refused(400, _, _) = try clients[0].end() else { throw EnginePeer.Failure.timedOut }
      #expect(try clients[1].end() == .ended(code: 1012, reason: "this server is restarting: reconnect"))
      #expect(
        try stream.next()
          == .init(
            event: "hub:closing", data: "{\"code\":\"1012\",\"reason\":\"this server is restarting: reconnect\"}"))
      #expect(throws: EventStreamPeer.Failure.ended(rest: [])) { try stream.next() }
      #expect(try plain.nextClose().code == 1012)
      #expect(try knock(server) == draining)
      #expect(blockUntil { isDrained.with { $0 } })
      #expect(server.live.hub.connectionCount == 0)
      #expect(!server.live.log.lines.contains { $0.message == "clients are left after the drain" })
    }
  }
}
