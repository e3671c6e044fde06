import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import EngineIO
@testable import EngineServer

@Suite struct UpgradeTests {
  @Test func nothingIsLostOrDoubledWhileMessagesFlowBothWays() async throws {
    try await EngineFixture.run { fixture in
      for round in 0..<20 { try upgradeUnderLoad(fixture, round: round) }
    }
  }

  /// Posts numbers, which come back, while the server sends numbers of its own; goes over to a WebSocket in the middle.
  private func upgradeUnderLoad(_ fixture: EngineFixture, round: Int) throws {
    let polling = try Polling(fixture)
    let count = 60
    var sent = 0
    var received: [String] = []
    let pushed = Locked(0)
    func push() {
      fixture.withClients { client in
        guard client.transports.sid == Text(polling.sid) else { return }
        let number = pushed.with { pushed in
          defer { pushed += 1 }
          return pushed
        }
        client.send("s\(number)")
      }
    }
    func post() throws {
      #expect(try polling.post("4c\(sent)").body == "ok")
      sent += 1
    }
    func take(_ body: String) { received += body.split(separator: "\u{1e}").map(String.init) }

    for _ in 0..<10 {
      try post()
      push()
    }
    take(try polling.get().body)
    let poll = try polling.begin()
    let socket = try fixture.webSocket(sid: polling.sid)
    push()
    socket.send("2probe")
    try post()
    push()
    #expect(try socket.nextText() == "3probe")
    take(try poll.answer().body)
    // Some rounds poll again, as a client does whose poll was answered before the probe.
    if round % 2 == 0 {
      let again = try polling.begin()
      push()
      take(try again.answer().body)
    }
    try post()
    push()
    socket.send("5")
    while sent < count {
      socket.send("4c\(sent)")
      sent += 1
      push()
    }
    let wanted = 10 + 3 + (round % 2 == 0 ? 1 : 0) + (count - 12)
    while received.filter({ $0.hasPrefix("4c") }).count < count
      || received.filter({ $0.hasPrefix("4s") }).count < wanted
    {
      received.append(try socket.nextText())
    }
    #expect(received.filter { $0.hasPrefix("4c") } == (0..<count).map { "4c\($0)" })
    #expect(received.filter { $0.hasPrefix("4s") } == (0..<wanted).map { "4s\($0)" })
    #expect(received.allSatisfy { $0.hasPrefix("4") || $0 == "6" })
    #expect(try polling.get().body == "{\"code\":3,\"message\":\"Bad request\"}")
    #expect(try polling.post("4x").status == 400)
    socket.send("1")
    #expect(try socket.nextClose().code == 1000)
    #expect(blockUntil { fixture.door.sessionCount == 0 })
  }

  @Test func aPollThatComesBehindTheUpgradeIsRefusedHoweverSoon() async throws {
    try await EngineFixture.run { fixture in
      for _ in 0..<100 {
        let polling = try Polling(fixture)
        let socket = try fixture.webSocket(sid: polling.sid)
        socket.send("2probe")
        socket.send("5")
        #expect(try polling.get().status == 400)
        #expect(try socket.nextText() == "3probe")
      }
    }
  }

  @Test func aSecondWebSocketIsClosedAndTheFirstGoesOn() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let socket = try fixture.webSocket(sid: polling.sid)
      #expect(try fixture.webSocket(sid: polling.sid).nextClose().code == 1000)
      socket.send("2probe")
      #expect(try socket.nextText() == "3probe")
      #expect(try fixture.webSocket(sid: polling.sid).nextClose().code == 1000)
      socket.send("5")
      socket.send("4hello")
      #expect(try socket.nextText() == "4hello")
      #expect(try fixture.webSocket(sid: polling.sid).nextClose().code == 1000)
      socket.send("4again")
      #expect(try socket.nextText() == "4again")
    }
  }

  @Test func aSessionIsGivenAFewWebSocketsAndNotEachThatIsAskedFor() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let first = try fixture.webSocket(sid: polling.sid)
      for _ in 1..<EngineDesk.attachLimit {
        #expect(try fixture.webSocket(sid: polling.sid).nextClose().code == 1000)
      }
      for _ in 0..<100 {
        let client = try RawClient(port: fixture.port)
        try client.request(
          "GET", EngineFixture.target("websocket", sid: polling.sid), headers: EngineFixture.handshake())
        let answer = try client.answer()
        #expect(answer.status == 400)
        #expect(answer.body == "{\"code\":3,\"message\":\"Bad request\"}")
      }
      first.send("2probe")
      #expect(try first.nextText() == "3probe")
      first.send("5")
      first.send("4hello")
      #expect(try first.nextText() == "4hello")
    }
  }

  @Test func aWebSocketForASessionThatBeganWithOneIsClosed() async throws {
    try await EngineFixture.run { fixture in
      let socket = try fixture.webSocket()
      let sid = String(try socket.nextText().dropFirst(9).prefix { $0 != "\"" })
      #expect(try fixture.webSocket(sid: sid).nextClose().code == 1000)
      let client = try RawClient(port: fixture.port)
      try client.request("GET", EngineFixture.target("polling", sid: sid))
      #expect(try client.answer().body == "{\"code\":3,\"message\":\"Bad request\"}")
      socket.send("4hello")
      #expect(try socket.nextText() == "4hello")
    }
  }

  @Test(arguments: ["5", "2", "4hello", "probe", "2probe 2probe"])
  func aProbeThatIsNoneEndsTheTrialAndNotTheSession(messages: String) async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let socket = try fixture.webSocket(sid: polling.sid)
      for message in messages.split(separator: " ") { socket.send(String(message)) }
      #expect(try socket.nextClose().code == 1002)
      #expect(try polling.post("4hello").body == "ok")
      #expect(try polling.get().body.hasPrefix("4hello"))
    }
  }

  @Test func aTrialEndsInTimeOrWithItsSocketAndPollingGoesOn() async throws {
    try await EngineFixture.run({ $0.engine.upgradeTimeoutMs = 700 }) { fixture in
      let polling = try Polling(fixture)
      let slow = try fixture.webSocket(sid: polling.sid)
      slow.send("2probe")
      #expect(try slow.nextText() == "3probe")
      fixture.clock.move(ms: 720)
      #expect(try slow.nextClose().code == 1000)
      do {
        let lost = try fixture.webSocket(sid: polling.sid)
        lost.send("2probe")
        #expect(try lost.nextText() == "3probe")
      }
      #expect(fixture.until { $0.engine.trial == nil })
      let third = try fixture.webSocket(sid: polling.sid)
      third.send("2probe")
      #expect(try third.nextText() == "3probe")
      third.send("5")
      third.send("4hello")
      #expect(try third.nextText() == "4hello")
      #expect(fixture.ends == [])
    }
  }
}
