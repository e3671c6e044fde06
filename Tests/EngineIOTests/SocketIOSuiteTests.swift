import EngineIO
import Testing

/// What the official test suite of Socket.IO 5 looks at above Engine.IO, test by test.
@Suite struct SocketIOSuiteTests {
  private let server = EchoServer(.socketIO)

  private func opened() -> Socket {
    let socket = server.webSocket()
    _ = socket.read()
    return socket
  }

  private func connected() -> Socket {
    let socket = opened()
    socket.send("40")
    _ = socket.read()
    return socket
  }

  @Test(arguments: [
    ("40", ["40{\"sid\":\"public1\"}", "42[\"auth\",{}]"]),
    (#"40{"token":"123"}"#, ["40{\"sid\":\"public1\"}", "42[\"auth\",{\"token\":\"123\"}]"]),
    ("40/custom,", ["40/custom,{\"sid\":\"public1\"}", "42/custom,[\"auth\",{}]"]),
    ("40/custom", ["40/custom,{\"sid\":\"public1\"}", "42/custom,[\"auth\",{}]"]),
    (
      #"40/custom,{"token":"abc"}"#, ["40/custom,{\"sid\":\"public1\"}", "42/custom,[\"auth\",{\"token\":\"abc\"}]"]
    ),
  ])
  func joinsANamespace(packet: String, answers: [String]) {
    let socket = opened()
    socket.send(packet)
    #expect(socket.read() == answers)
  }

  @Test(arguments: ["40/random", "40/random,", "40/random,{}"]) func refusesANamespaceThatThereIsNot(packet: String) {
    let socket = opened()
    socket.send(packet)
    #expect(socket.read() == [#"44/random,{"message":"Invalid namespace"}"#])
    #expect(socket.closed == nil)
  }

  @Test func closesUponABadHandshake() {
    let socket = opened()
    socket.send("4abc")
    #expect(socket.closed == .protocolError(.badMessage))
  }

  @Test func closesWithoutAHandshake() {
    let socket = opened()
    server.advance(1_000)
    #expect(socket.closed == .pingTimeout)
  }

  @Test func closesAClientThatAnswersPingsButJoinsNothing() {
    let socket = opened()
    for _ in 0..<149 {
      server.advance(300)
      socket.send("3")
    }
    #expect(socket.closed == nil)
    server.advance(300)
    #expect(socket.closed == .serverClosed)
    #expect(server.sessionCount == 0)
  }

  @Test func leavesTheMainNamespaceAndKeepsTheTransport() {
    let socket = connected()
    socket.send("41")
    server.advance(300)
    #expect(socket.read() == ["2"])
    #expect(socket.closed == nil)
  }

  @Test func leavesACustomNamespaceAndKeepsTheMainOne() {
    let socket = connected()
    socket.send("40/custom")
    _ = socket.read()
    socket.send("41/custom")
    socket.send(#"42["message","message to main namespace"]"#)
    #expect(socket.read() == [#"42["message-back","message to main namespace"]"#])
  }

  @Test func echoesAnEvent() {
    let socket = connected()
    socket.send(#"42["message",1,"2",{"3":[true]}]"#)
    #expect(socket.read() == [#"42["message-back",1,"2",{"3":[true]}]"#])
  }

  @Test func echoesAnEventWithAttachments() {
    let socket = connected()
    socket.send(#"452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
    socket.send([1, 2, 3])
    #expect(socket.read() == [])
    socket.send([4, 5, 6])
    #expect(
      socket.read() == [
        #"452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#, "<1 2 3>", "<4 5 6>",
      ])
  }

  @Test func acknowledgesAnEvent() {
    let socket = connected()
    socket.send(#"42456["message-with-ack",1,"2",{"3":[false]}]"#)
    #expect(socket.read() == [#"43456[1,"2",{"3":[false]}]"#])
  }

  @Test func acknowledgesAnEventWithAttachments() {
    let socket = connected()
    socket.send(#"452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
    socket.send([1, 2, 3])
    socket.send([4, 5, 6])
    #expect(
      socket.read() == [
        #"462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#, "<1 2 3>", "<4 5 6>",
      ])
  }

  @Test(arguments: ["4abc", "42{}", #"42abc["message-with-ack",1,"2",{"3":[false]}]"#])
  func closesUponABadPacket(packet: String) {
    let socket = connected()
    socket.send(packet)
    #expect(socket.closed == .protocolError(.badMessage))
    #expect(server.sessionCount == 0)
  }

  @Test func speaksOverPollingAndAcrossTheUpgrade() throws {
    let sid = try server.openPolling()
    #expect(server.post(sid, "40").answer == .ok)
    #expect(try server.get(sid).text() == "40{\"sid\":\"public2\"}\u{1e}42[\"auth\",{}]")
    let socket = server.webSocket(sid: sid)
    socket.send("2probe")
    #expect(server.post(sid, #"42["message",1]"#).answer == .ok)
    socket.send("5")
    #expect(socket.read() == ["3probe", #"42["message-back",1]"#])
    socket.send(#"42["message",2]"#)
    #expect(socket.read() == [#"42["message-back",2]"#])
  }

  @Test func tellsAPollingClientThatABadPacketClosedIt() throws {
    let sid = try server.openPolling()
    let poll = server.get(sid)
    #expect(server.post(sid, "42[\"early\"]").answer == .ok)
    #expect(try poll.text() == "1")
    #expect(server.get(sid).answer == .refused(.unknownSession))
  }
}
