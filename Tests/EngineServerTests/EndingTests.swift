import EngineIO
import HubRuntime
import HubTestSupport
import SocketLoop
import Testing

@testable import EngineServer

@Suite struct EndingTests {
  @Test func whenALoopEndsWhatWaitsIsAnswered() async throws {
    try await EngineFixture.run { fixture in
      let clients = try (0..<10).map { _ in try Polling(fixture) }
      let polls = try clients.map { try $0.beginHeld() }
      let posts = try clients.map { try $0.beginPostHeld(promised: 6, "4he") }
      let sockets = try (0..<10).map { _ in try fixture.webSocketSession() }
      let stopped = Locked(false)
      Task {
        await fixture.stop()
        stopped.with { $0 = true }
      }
      for poll in polls { #expect(try poll.answer().status == 503) }
      for socket in sockets { #expect(throws: WebSocketClient.Failure.ended) { try socket.next() } }
      _ = posts
      #expect(blockUntil { stopped.with { $0 } })
      #expect(fixture.ends.filter { $0 == .serverClosed }.count == 10)
      #expect(fixture.ends.filter { $0 == .transportClosed }.count == 10)
    }
  }

  @Test func aLoopThatHasEndedTakesNothingMore() async throws {
    try await EngineFixture.run(loops: 1) { fixture in
      let polling = try Polling(fixture)
      let stopped = Locked(false)
      Task {
        for loop in fixture.loops { await loop.stop() }
        stopped.with { $0 = true }
      }
      #expect(blockUntil { stopped.with { $0 } })
      let client = try RawClient(port: fixture.port)
      try client.request("GET", EngineFixture.target("polling"))
      #expect(try client.answer().status == 503)
      #expect(try polling.get().status == 400)
      #expect(try fixture.webSocket().nextClose().code == 1013)
    }
  }

  @Test func aThousandSessionsLeaveNothing() async throws {
    try await EngineFixture.run({
      $0.engine.pingIntervalMs = 2_000
      $0.engine.pingTimeoutMs = 2_000
    }) { fixture in
      var polls: [RawClient] = []
      for batch in 0..<10 {
        for number in 0..<100 {
          switch (batch + number) % 5 {
          case 0: try fixture.webSocketSession().send("1")
          case 1: _ = try fixture.webSocketSession()
          case 2: #expect(try Polling(fixture).post("1").body == "ok")
          case 3: polls.append(try Polling(fixture).begin())
          default:
            let polling = try Polling(fixture)
            let socket = try fixture.webSocket(sid: polling.sid)
            socket.send("2probe")
            socket.send("5")
            #expect(try socket.nextText() == "3probe")
          }
        }
      }
      // They are pinged, and do not answer.
      fixture.clock.move(ms: 2_020)
      for poll in polls { #expect(try poll.answer().body == "2") }
      #expect(fixture.until { $0.isPinged })
      fixture.clock.move(ms: 2_020)
      #expect(blockUntil { fixture.door.sessionCount == 0 })
      #expect(fixture.ends.count == 1_000)
      // `run` looks at the desks too.
    }
  }
}
