import EngineIO
import Orders
import Testing

/// What the official test suite of Engine.IO 4 looks at, test by test.
@Suite struct EngineSuiteTests {
  private let server = EchoServer()

  // MARK: Handshake

  @Test func opensASessionOverPolling() throws {
    let open = server.request("GET", "EIO=4&transport=polling")
    #expect(open.status == 200)
    #expect(
      try open.text()
        == """
        0{"sid":"sid1","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}
        """)
  }

  @Test(arguments: [
    ("GET", "transport=polling", EngineRefusal.unsupportedVersion),
    ("GET", "EIO=abc&transport=polling", .unsupportedVersion),
    ("GET", "EIO=3&transport=polling", .unsupportedVersion),
    ("GET", "EIO=4", .unknownTransport),
    ("GET", "EIO=4&transport=abc", .unknownTransport),
    ("POST", "EIO=4&transport=polling", .badHandshakeMethod),
    ("PUT", "EIO=4&transport=polling", .badHandshakeMethod),
    ("GET", "EIO=4&transport=polling&sid=none", .unknownSession),
    ("GET", "EIO=4&transport=websocket", .badRequest),
  ])
  func refusesABadRequest(method: String, query: String, refusal: EngineRefusal) {
    let exchange = server.request(method, query)
    #expect(exchange.answer == .refused(refusal))
    #expect(exchange.status == 400)
    #expect(server.sessionCount == 0)
  }

  @Test func opensASessionOverAWebSocket() {
    let socket = server.webSocket()
    #expect(
      socket.read() == [
        #"0{"sid":"sid1","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#
      ])
  }

  @Test(arguments: [
    ("transport=websocket", EngineRefusal.unsupportedVersion),
    ("EIO=abc&transport=websocket", .unsupportedVersion),
    ("EIO=4", .unknownTransport), ("EIO=4&transport=abc", .unknownTransport),
    ("EIO=4&transport=websocket&sid=none", .unknownSession), ("EIO=4&transport=polling", .badRequest),
  ])
  func refusesABadWebSocket(query: String, refusal: EngineRefusal) {
    #expect(server.webSocket(query).refusal == refusal)
    #expect(server.sessionCount == 0)
  }

  // MARK: Messages

  @Test(arguments: ["4hello", "4test1\u{1e}4test2\u{1e}4test3", "4hello\u{1e}bAQIDBA=="])
  func echoesAPayload(body: String) throws {
    let sid = try server.openPolling()
    #expect(try server.post(sid, body).text() == "ok")
    let poll = server.get(sid)
    #expect(poll.status == 200)
    #expect(try poll.text() == body)
  }

  @Test(arguments: ["abc", "", "4a\u{1e}", "bAQ", "bAQI", "b A==", "bAB==", "4a\u{1e}7"])
  func closesTheSessionUponABadPayload(body: String) throws {
    let sid = try server.openPolling()
    #expect(server.post(sid, body).answer == .refused(.badRequest))
    #expect(server.get(sid).answer == .refused(.unknownSession))
  }

  @Test func closesTheSessionUponTwoPollsAtOnce() throws {
    let sid = try server.openPolling()
    let first = server.get(sid)
    #expect(first.answer == nil)
    let second = server.get(sid)
    #expect(try first.text() == "1")
    #expect(first.status == 200)
    #expect(second.status == 400)
    #expect(server.get(sid).status == 400)
  }

  @Test func closesTheSessionUponAPollThatIsGivenUp() throws {
    let sid = try server.openPolling()
    server.abandon(server.get(sid), sid)
    #expect(server.get(sid).answer == .refused(.unknownSession))
  }

  @Test func echoesTextAndBinaryOverAWebSocket() {
    let socket = server.webSocket()
    _ = socket.read()
    socket.send("4hello")
    socket.send([1, 2, 3, 4])
    #expect(socket.read() == ["4hello", "<1 2 3 4>"])
  }

  @Test(arguments: ["abc", "", "7", "0"]) func closesTheSocketUponABadPacket(text: String) {
    let socket = server.webSocket()
    socket.send(text)
    #expect(socket.closed != nil)
    #expect(server.sessionCount == 0)
  }

  // MARK: Heartbeat

  @Test func pingsOverPolling() throws {
    let sid = try server.openPolling()
    for _ in 0..<3 {
      let poll = server.get(sid)
      #expect(poll.answer == nil)
      server.advance(300)
      #expect(try poll.text() == "2")
      #expect(server.post(sid, "3").answer == .ok)
    }
  }

  @Test(arguments: [true, false]) func closesASilentPollingSession(hasTimer: Bool) throws {
    let sid = try server.openPolling()
    server.advance(300)
    if hasTimer { server.advance(200) } else { server.advanceWithoutTimer(200) }
    #expect(server.get(sid).answer == .refused(.unknownSession))
    #expect(server.post(sid, "3").answer == .refused(.unknownSession))
  }

  @Test func pingsOverAWebSocket() {
    let socket = server.webSocket()
    _ = socket.read()
    for _ in 0..<3 {
      server.advance(300)
      #expect(socket.read() == ["2"])
      server.advance(199)
      socket.send("3")
    }
    #expect(socket.closed == nil)
  }

  @Test func closesASilentWebSocket() {
    let socket = server.webSocket()
    server.advance(499)
    #expect(socket.closed == nil)
    server.advance(1)
    #expect(socket.closed == .pingTimeout)
  }

  // MARK: Close

  @Test func endsAPollWithANoopWhenTheClientCloses() throws {
    let sid = try server.openPolling()
    let poll = server.get(sid)
    #expect(server.post(sid, "1").answer == .ok)
    #expect(try poll.text() == "6")
    #expect(server.get(sid).status == 400)
  }

  @Test func closesTheSocketWhenTheClientCloses() {
    let socket = server.webSocket()
    socket.send("1")
    #expect(socket.closed == .clientClosed)
  }

  // MARK: Upgrade

  @Test func goesOverToAWebSocket() throws {
    let sid = try server.openPolling()
    let socket = server.webSocket(sid: sid)
    socket.send("2probe")
    #expect(socket.read() == ["3probe"])
    let poll = server.get(sid)
    server.advance(100)
    #expect(try poll.text() == "6")
    socket.send("5")
    socket.send("4hello")
    #expect(socket.read() == ["4hello"])
  }

  @Test func refusesPollsAndPostsAfterTheUpgrade() throws {
    let (sid, socket) = try upgraded()
    #expect(server.get(sid).status == 400)
    #expect(server.post(sid, "4lost").status == 400)
    socket.send("4hello")
    #expect(socket.read() == ["4hello"])
  }

  @Test func closesASecondWebSocketAfterTheUpgrade() throws {
    let (sid, socket) = try upgraded()
    #expect(server.webSocket(sid: sid).closed == .notWanted)
    socket.send("4hello")
    #expect(socket.read() == ["4hello"])
  }

  private func upgraded() throws -> (Text, Socket) {
    let sid = try server.openPolling()
    let socket = server.webSocket(sid: sid)
    socket.send("2probe")
    socket.send("5")
    #expect(socket.read() == ["3probe"])
    return (sid, socket)
  }
}
