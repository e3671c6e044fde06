import EngineIO
import HubTestSupport
import LiveProtocol
import Testing

@testable import EngineServer

@Suite struct WebSocketTests {
  @Test func aSessionOpensEchoesAndCloses() async throws {
    try await EngineFixture.run { fixture in
      let socket = try fixture.webSocket()
      let open = try socket.nextText()
      let sid = String(open.dropFirst(9).prefix { $0 != "\"" })
      #expect(
        open
          == "0{\"sid\":\"\(sid)\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"
      )
      for length in [0, 1, 125, 126, 70_000] {
        socket.sendFrame(opcode: 2, [UInt8](repeating: 7, count: length))
        let frame = try socket.next()
        #expect(frame.opcode == 2)
        #expect(frame.payload == [UInt8](repeating: 7, count: length))
        socket.send("4" + String(repeating: "é", count: length))
        #expect(try socket.nextText() == "4" + String(repeating: "é", count: length))
      }
      socket.sendFrame(opcode: 9, [1, 2])
      let pong = try socket.next()
      #expect(pong.opcode == 10)
      #expect(pong.payload == [1, 2])
      socket.send("1")
      #expect(try socket.nextClose().code == 1000)
      #expect(fixture.ends == [.clientClosed])
    }
  }

  @Test func whatCameWithTheHandshakeIsNotLost() async throws {
    try await EngineFixture.run { fixture in
      let client = try RawClient(port: fixture.port)
      let head =
        "GET \(EngineFixture.target("websocket")) HTTP/1.1\r\nHost: t\r\n"
        + EngineFixture.handshake().joined(separator: "\r\n") + "\r\n\r\n"
      try client.send(Array(head.utf8) + WebSocketClient.frame(opcode: 1, Array("4early".utf8)))
      #expect(try client.answer().status == 101)
      let (descriptor, rest) = client.release()
      let socket = WebSocketClient(socket: descriptor, leftover: rest)
      #expect(try socket.nextText().hasPrefix("0{"))
      #expect(try socket.nextText() == "4early")
    }
  }

  @Test func aPingIsDueAndMustBeAnswered() async throws {
    try await EngineFixture.run({
      $0.engine.pingIntervalMs = 100
      $0.engine.pingTimeoutMs = 1_500
    }) { fixture in
      let socket = try fixture.webSocketSession()
      for _ in 0..<3 {
        fixture.clock.move(ms: 120)
        #expect(try socket.nextText() == "2")
        fixture.clock.move(ms: 1_400)
        socket.send("3")
        #expect(fixture.until { !$0.isPinged })
      }
      fixture.clock.move(ms: 120)
      #expect(try socket.nextText() == "2")
      fixture.clock.move(ms: 1_520)
      #expect(try socket.nextClose().code == 1001)
      #expect(fixture.ends == [.pingTimeout])
    }
  }

  @Test func theEndIsSaidInACloseFrame() async throws {
    try await EngineFixture.run({ $0.engine.messageLimitBytes = 1_000 }) { fixture in
      for (message, code) in [("2", 1002), ("abc", 1002), ("4" + String(repeating: "x", count: 1_001), 1009)] {
        let socket = try fixture.webSocketSession()
        socket.send(message)
        #expect(try socket.nextClose().code == code)
      }
      let unmasked = try fixture.webSocketSession()
      unmasked.sendFrame(opcode: 1, Array("4a".utf8), masked: false)
      #expect(try unmasked.nextClose().code == 1002)
      let longest = try fixture.webSocketSession()
      longest.send("4" + String(repeating: "x", count: 1_000))
      #expect(try longest.nextText().utf8.count == 1_001)
      let leaving = try fixture.webSocketSession()
      leaving.sendFrame(opcode: 8, [0x03, 0xe9])
      #expect(try leaving.nextClose().code == 1001)
      #expect(blockUntil { fixture.door.sessionCount == 1 })
    }
  }

  @Test func theOwnerDropsAClientWithACode() async throws {
    try await EngineFixture.run { fixture in
      let socket = try fixture.webSocketSession()
      fixture.withClients { client in
        client.send("last")
        client.transports.drop(.serviceRestart, "restart")
        client.send("too late")
      }
      #expect(try socket.nextText() == "4last")
      let end = try socket.nextClose()
      #expect(end.code == 1012)
      #expect(end.reason == "restart")
      #expect(fixture.ends == [.transportClosed])
    }
  }

  @Test func aClientThatDoesNotReadIsClosedAndNothingFollows() async throws {
    try await EngineFixture.run(loops: 1, queueLimitBytes: 100_000) { fixture in
      let socket = try fixture.webSocketSession()
      let other = try fixture.webSocketSession()
      let text = String(repeating: "x", count: 50_000)
      fixture.withClients { client in for _ in 0..<400 { client.send(text) } }
      #expect(blockUntil { fixture.ends.count == 2 })
      #expect(try socket.nextClose().code == 4408)
      #expect(try other.nextClose().code == 4408)
    }
  }

  @Test func aClientThatSendsTooMuchIsClosed() async throws {
    try await EngineFixture.run { fixture in
      let socket = try fixture.webSocketSession()
      fixture.withClients { $0.allow(3) }
      for number in 0..<5 { socket.send("4\(number)") }
      for number in 0..<3 { #expect(try socket.nextText() == "4\(number)") }
      #expect(try socket.nextClose().code == 4429)
    }
  }
}
