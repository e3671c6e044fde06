import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// What bounds each way into the live process that may be tried without a token, or with a bad one.
@Suite(.serialized) struct StrangerTests {
  /// A way in.
  enum Way: String, CaseIterable, Sendable {
    case plain = "/ws"
    case polling = "/socket.io/ polling"
    case socketIO = "/socket.io/ websocket"
    case stream = "/events"
  }

  /// What a stranger brings.
  enum Token: String, CaseIterable, Sendable {
    case none, forged, expired
  }

  /// What a try is answered, and who pays for it.
  struct Row: Sendable {
    var way: Way
    var token: Token
    var answer: Int
    /// Whether it takes a place among those that have yet to say who they are: of these there are few, and an address
    /// never has all.
    var takesPlace: Bool
    /// Whether it is of the refused tokens of its address, which are told why only so often.
    var isRefusedToken: Bool
  }

  /// Socket.IO's token may still come in the connect packet, so a bad one in the handshake is as good as none.
  static let table: [Row] = [
    Row(way: .plain, token: .none, answer: 101, takesPlace: true, isRefusedToken: false),
    Row(way: .plain, token: .forged, answer: 401, takesPlace: false, isRefusedToken: true),
    Row(way: .plain, token: .expired, answer: 401, takesPlace: false, isRefusedToken: true),
    Row(way: .polling, token: .none, answer: 200, takesPlace: true, isRefusedToken: false),
    Row(way: .polling, token: .forged, answer: 200, takesPlace: true, isRefusedToken: false),
    Row(way: .polling, token: .expired, answer: 200, takesPlace: true, isRefusedToken: false),
    Row(way: .socketIO, token: .none, answer: 101, takesPlace: true, isRefusedToken: false),
    Row(way: .socketIO, token: .forged, answer: 101, takesPlace: true, isRefusedToken: false),
    Row(way: .socketIO, token: .expired, answer: 101, takesPlace: true, isRefusedToken: false),
    Row(way: .stream, token: .none, answer: 401, takesPlace: false, isRefusedToken: false),
    Row(way: .stream, token: .forged, answer: 401, takesPlace: false, isRefusedToken: true),
    Row(way: .stream, token: .expired, answer: 401, takesPlace: false, isRefusedToken: true),
  ]

  @Test func everyWayIsInTheTable() {
    #expect(Set(Self.table.map { "\($0.way) \($0.token)" }).count == Way.allCases.count * Token.allCases.count)
  }

  @Test(arguments: table) func aFloodOfOneAddressKeepsNobodyOut(row: Row) async throws {
    let live = LiveFixture(standing: true) { $0.handshakesPerSecond = 40 }
    let attacker: Text = "203.0.113.66"
    var answers: [Int: Int] = [:]
    for number in 0..<400 {
      answers[await self.answer(live, row.way, row.token, attacker, number), default: 0] += 1
    }
    let census = live.hub.gate.census
    let nowMs = live.steady.ms
    #expect(answers[row.answer, default: 0] > 0, "\(answers)")
    if row.takesPlace {
      #expect(census.unproven(nowMs: nowMs) == 16, "four fifths of half of a second's handshakes")
      #expect(answers == [row.answer: 16, 503: 384])
    } else {
      #expect(census.unproven(nowMs: nowMs) == 0)
    }
    if row.isRefusedToken {
      // The first on a WebSocket are let in to be told, as many as have a place for that.
      let told = row.way == .plain ? 16 : 0
      var expected = [row.answer: Gate.refusedTokensPerMinute - told, 429: 400 - Gate.refusedTokensPerMinute]
      if told > 0 { expected[101] = told }
      #expect(answers == expected)
    } else {
      #expect(answers[429] == nil)
    }
    // From another address those are let in that send their token later.
    for way in [Way.plain, .polling, .socketIO] {
      #expect([200, 101].contains(await self.answer(live, way, .none, "198.51.100.2", 0)), "\(way)")
    }
    // Whoever proves itself with its handshake is let in on every way, from the same address too.
    for way in Way.allCases {
      for address in [attacker, "198.51.100.1"] as [Text] {
        let request = self.request(way, token: live.token("north"), from: address)
        #expect(await Self.ask(live, way, request) == (way == .polling ? 200 : way == .stream ? 0 : 101), "\(way)")
      }
    }
    await live.hub.stop()
  }

  @Test(arguments: ["ws", "polling", "websocket"])
  func aTokenSentOnTheConnectionCostsItsAddressWhatOneInAHandshakeDoes(way: String) async throws {
    try await withServer(standing: true) { server in
      let live = server.live
      let gate = live.hub.gate
      /// What a first token is answered on a connection of its own, and how that ends.
      func send(_ token: String) throws -> String {
        if way == "ws" {
          let plain = try WebSocketClient.connected(port: server.port, token: nil)
          plain.send("{\"type\":\"auth\",\"token\":\"\(token)\"}")
          let frame = try plain.next()
          guard frame.opcode == 8 else { return frame.text.contains("hub:ready") ? "ready" : frame.text }
          return "\(UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1]))"
        }
        let peer = try server.session(way == "polling" ? .polling : .websocket)
        switch try peer.connect(auth: "{\"token\":\"\(token)\"}") {
        case .refused(_, let code):
          if code == "refused_tokens" { _ = try peer.end() }
          return code
        case .connected: return "ready"
        default: return "?"
        }
      }
      let (refused, over) = way == "ws" ? ("4401", "4429") : ("unauthorised", "refused_tokens")
      for _ in 0..<(Gate.refusedTokensPerMinute - 2) { #expect(gate.refusedTokens.take("127.0.0.1")) }
      #expect(try send("forged") == refused)
      #expect(try send(live.token("north", lifetimeMs: -1)) == refused)
      #expect(try send("forged") == over)
      #expect(try send(live.token("north", lifetimeMs: -1)) == over)
      // Good ones cost nothing, and are not kept out.
      for user in ["ada", "bob"] { #expect(try send(live.token("north", user)) == "ready") }
      // It is one account: handshakes are refused too, and no other address pays.
      let handshake = live.upgradeRequest(token: "forged")
      guard case .refuse(let reply) = live.hub.admit(handshake) else { throw EnginePeer.Failure.timedOut }
      #expect(reply.status == 429)
      #expect(gate.refusedTokens.take("127.0.0.2"))
      live.pass(ms: 60_000)
      #expect(try send("forged") == refused)
    }
  }

  @Test func whoIsKnownKeepsItsConnectionHoweverManyTokensOfItsAddressWereRefused() async throws {
    try await withServer(standing: true) { server in
      let live = server.live
      while live.hub.gate.refusedTokens.take("127.0.0.1") {}
      let plain = try server.plain("north")
      plain.send("{\"type\":\"auth\",\"token\":\"forged\"}")
      #expect(try plain.nextText().hasPrefix("{\"type\":\"error\",\"code\":\"refused_tokens\""))
      plain.send("{\"type\":\"auth\",\"token\":\"\(live.token("north"))\"}")
      #expect(try plain.nextText().contains("hub:ready"))
      for transport in EnginePeer.Transport.allCases {
        let peer = try server.socketIO("north", over: transport)
        #expect(try peer.request("auth", "{\"token\":\"forged\"}")["code"] == "refused_tokens")
        #expect(try peer.request("ping") == ["success": true])
      }
    }
  }

  @Test func manyAddressesLeavePlacesForOneMore() async throws {
    let live = LiveFixture(standing: true) { $0.handshakesPerSecond = 1_000 }
    for number in 0..<2_000 { _ = await answer(live, .plain, .none, "10.0.0.\(number % 20)", number) }
    for way in [Way.plain, .polling, .socketIO] {
      // Half of a second's handshakes may be spent; then it is for a moment only.
      var status = 0
      for _ in 0..<200 where ![101, 200].contains(status) {
        status = await answer(live, way, .none, "198.51.100.2", 0)
        if status == 503 { live.pass(ms: 5) }
      }
      #expect([101, 200].contains(status), "\(way)")
    }
    await live.hub.stop()
  }

  @Test func aClientThatSaysWhoItIsGivesItsPlaceBackAndOneThatDoesNotIsEnded() async throws {
    try await withServer(standing: true) { server in
      let census = server.live.hub.gate.census
      func unproven() -> Int { census.unproven(nowMs: server.live.steady.ms) }
      var clients: [SocketIOPeer] = []
      for transport in EnginePeer.Transport.allCases {
        let client = try server.session(transport)
        clients.append(client)
        #expect(unproven() == 1)
        try client.connect(auth: "{\"token\":\"nonsense\"}")
        #expect(unproven() == 1, "a refused token proves nothing")
        try client.connect(auth: "{\"token\":\"\(server.live.token("north"))\"}")
        #expect(try client.nextEvent().name == "hub:ready")
        #expect(unproven() == 0)
      }
      let plain = try server.live.connect()
      plain.send("{\"type\":\"auth\",\"token\":\"\(server.live.token("north"))\"}")
      #expect(try plain.nextText().contains("hub:ready"))
      #expect(server.live.hub.connectionCount == 3)
      let silent = try EnginePeer.Transport.allCases.map { try server.session($0) }
      #expect(server.live.hub.connectionCount == 5)
      // Those that have connected stay; those that never did are gone long before Socket.IO's own 45 seconds.
      server.live.pass(ms: 11_000)
      // A client that polls has a moment to hear of it, which passes for as long as it takes.
      let areGone = blockUntil {
        if server.live.hub.connectionCount > 3 { server.live.pass(ms: 20) }
        return server.live.hub.connectionCount == 3
      }
      #expect(areGone)
      withExtendedLifetime((silent, clients, plain)) {}
    }
  }

  @Test func requestsForSessionsThatThereAreNotCostNothing() async throws {
    let live = LiveFixture(standing: true) { $0.handshakesPerSecond = 5 }
    for number in 0..<500 {
      var request = self.request(.polling, token: nil, from: "203.0.113.66")
      request.query.append(("sid", "AAAAAAAAAAAAAAAA\(10_000 + number)"))
      #expect(await live.hub.reply(to: request).status == 400)
    }
    #expect(live.hub.gate.census.unproven(nowMs: live.steady.ms) == 0)
    #expect(live.hub.connectionCount == 0)
    #expect(await answer(live, .polling, .none, "203.0.113.66", 0) == 200)
    await live.hub.stop()
  }

  // MARK: Parts

  private func answer(_ live: LiveFixture, _ way: Way, _ token: Token, _ address: Text, _ number: Int) async -> Int {
    let text: String? =
      switch token {
      case .none: nil
      case .forged: "forged\(number)"
      case .expired: live.token("north", "u\(number)", lifetimeMs: -1)
      }
    return await Self.ask(live, way, request(way, token: text, from: address))
  }

  private func request(_ way: Way, token: String?, from address: Text) -> HTTPRequest {
    var headers: [(name: Text, value: Text)] = token.map { [("Authorization", "Bearer \($0)")] } ?? []
    if [.plain, .socketIO].contains(way) {
      headers += [
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
      ]
    }
    let query: [(name: Text, value: Text)] =
      switch way {
      case .plain, .stream: []
      case .polling: [("EIO", "4"), ("transport", "polling")]
      case .socketIO: [("EIO", "4"), ("transport", "websocket")]
      }
    let path = Text(way.rawValue.prefix { $0 != " " })
    return HTTPRequest(method: .get, path: path, query: query, headers: headers, remoteAddress: address)
  }

  /// The status of the answer; 0 for a stream that may begin.
  private static func ask(_ live: LiveFixture, _ way: Way, _ request: HTTPRequest) async -> Int {
    switch way {
    case .polling: return await live.hub.reply(to: request).status
    case .stream: return live.hub.refusal(ofStream: request)?.status ?? 0
    case .plain, .socketIO:
      switch live.hub.admit(request) {
      case .accept: return 101
      case .refuse(let reply): return reply.status
      case .notAnUpgrade: return -1
      }
    }
  }
}
