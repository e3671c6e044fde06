import Glibc
import HubTestSupport
import LiveProtocol
import Testing

@testable import EngineIO
@testable import EngineServer

@Suite struct PollingTests {
  @Test func aSessionOpensEchoesAndCloses() async throws {
    try await EngineFixture.run { fixture in
      let client = try RawClient(port: fixture.port)
      try client.request("GET", "/engine.io/?EIO=4&transport=polling&t=abc")
      let open = try client.answer()
      #expect(open.status == 200)
      #expect(open.headers["content-type"] == "text/plain; charset=UTF-8")
      #expect(open.headers["cache-control"] == "no-store")
      #expect(open.headers["access-control-allow-origin"] == nil)
      let sid = String(open.body.dropFirst(9).prefix { $0 != "\"" })
      #expect(
        open.body
          == "0{\"sid\":\"\(sid)\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"
      )
      #expect(sid.utf8.count == 21)
      #expect(fixture.door.sessionCount == 1)

      let target = EngineFixture.target("polling", sid: sid)
      try client.request("POST", target, body: "4hello\u{1e}bAQIDBA==")
      let posted = try client.answer()
      #expect(posted.status == 200)
      #expect(posted.body == "ok")
      #expect(posted.headers["cache-control"] == "no-store")
      try client.request("GET", target)
      let polled = try client.answer()
      #expect(polled.body == "4hello\u{1e}bAQIDBA==")
      #expect(polled.headers["cache-control"] == "no-store")

      let poll = try RawClient(port: fixture.port)
      try poll.request("GET", target)
      #expect(fixture.until { $0.engine.poll != nil })
      try client.request("POST", target, body: "1")
      #expect(try client.answer().body == "ok")
      #expect(try poll.answer().body == "6")
      try client.request("GET", target)
      let gone = try client.answer()
      #expect(gone.status == 400)
      #expect(gone.body == "{\"code\":1,\"message\":\"Session ID unknown\"}")
      #expect(gone.headers["cache-control"] == "no-store")
      #expect(fixture.ends == [.clientClosed])
    }
  }

  @Test func aPollWaitsUntilTheServerHasSomething() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let poll = try polling.beginHeld()
      fixture.withClients { $0.send("from the server") }
      #expect(try poll.answer().body == "4from the server")
    }
  }

  @Test func aSecondPollEndsTheSession() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let first = try polling.beginHeld()
      let second = try polling.get()
      #expect(second.status == 400)
      #expect(second.body == "{\"code\":3,\"message\":\"Bad request\"}")
      #expect(try first.answer().body == "1")
      #expect(try polling.get().body == "{\"code\":1,\"message\":\"Session ID unknown\"}")
      #expect(fixture.ends == [.protocolError(.overlappingRequests)])
    }
  }

  @Test func aSecondPostEndsTheSessionWhileTheFirstIsOnItsWay() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let poll = try polling.beginHeld()
      let first = try polling.beginPostHeld(promised: 6, "4he")
      #expect(fixture.door.sessionCount == 1)
      let second = try polling.beginPost(promised: 6, "4")
      // The session ends at the second head, not at a body.
      #expect(try poll.answer().body == "1")
      #expect(fixture.ends == [.protocolError(.overlappingRequests)])
      try first.send("llo")
      #expect(try first.answer().body == "{\"code\":3,\"message\":\"Bad request\"}")
      try second.send("hello")
      #expect(try second.answer().body == "{\"code\":3,\"message\":\"Bad request\"}")
    }
  }

  @Test func aPostThatIsGivenUpEndsTheSession() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let poll = try polling.beginHeld()
      do { _ = try polling.beginPostHeld(promised: 6, "4he") }
      #expect(try poll.answer().body == "1")
      #expect(fixture.ends == [.transportClosed])
    }
  }

  @Test func aBodyAboveTheLimitIsRefusedAndTheSessionStays() async throws {
    try await EngineFixture.run({ $0.engine.maxPayloadBytes = 1_000 }) { fixture in
      let polling = try Polling(fixture)
      #expect(try polling.post("4" + String(repeating: "x", count: 999)).status == 200)
      let announced = try polling.post("4" + String(repeating: "x", count: 1_000))
      #expect(announced.status == 413)
      #expect(announced.headers["cache-control"] == "no-store")
      let chunked = try RawClient(port: fixture.port)
      try chunked.send("POST \(polling.target) HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
      for _ in 0..<3 { try chunked.send("1f4\r\n4\(String(repeating: "x", count: 499))\r\n") }
      try chunked.send("0\r\n\r\n")
      #expect(try chunked.answer().status == 413)
      #expect(try polling.post("4after").body == "ok")
      #expect(try polling.get().body.utf8.count == 1_000)
      #expect(try polling.get().body == "4after")
      #expect(fixture.ends == [])
    }
  }

  @Test func aBinaryBodyEndsTheSession() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let answer = try polling.post("4hello", headers: ["Content-Type: application/octet-stream"])
      #expect(answer.status == 400)
      #expect(answer.body == "{\"code\":3,\"message\":\"Bad request\"}")
      #expect(try polling.get().body == "{\"code\":1,\"message\":\"Session ID unknown\"}")
      #expect(fixture.ends == [.protocolError(.binaryBody)])
    }
  }

  @Test(arguments: ["", "abc", "4hello\u{1e}", "2", "0{}"])
  func whatIsNoPacketOfAClientEndsTheSession(body: String) async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      #expect(try polling.post(body).status == 400)
      #expect(try polling.get().body == "{\"code\":1,\"message\":\"Session ID unknown\"}")
    }
  }

  @Test func aPingThatIsNotAnsweredEndsTheSessionByTimer() async throws {
    try await EngineFixture.run({
      $0.engine.pingIntervalMs = 100
      $0.engine.pingTimeoutMs = 1_500
    }) { fixture in
      let polling = try Polling(fixture)
      for _ in 0..<2 {
        let poll = try polling.beginHeld()
        fixture.clock.move(ms: 120)
        #expect(try poll.answer().body == "2")
        fixture.clock.move(ms: 1_400)
        #expect(try polling.post("3").body == "ok")
      }
      let poll = try polling.beginHeld()
      fixture.clock.move(ms: 120)
      #expect(try poll.answer().body == "2")
      fixture.clock.move(ms: 1_520)
      #expect(blockUntil { fixture.door.sessionCount == 0 })
      #expect(fixture.ends == [.pingTimeout])
    }
  }

  @Test func aClientThatIsTooLateIsToldSoEvenIfNoTimerHasLooked() async throws {
    try await EngineFixture.run(
      tickMs: 60_000,
      {
        $0.engine.pingIntervalMs = 50
        $0.engine.pingTimeoutMs = 1_000
      }
    ) { fixture in
      let polling = try Polling(fixture)
      let late = try Polling(fixture)
      fixture.clock.move(ms: 50)
      #expect(try polling.get().body == "2")
      fixture.clock.move(ms: 1_000)
      #expect(try polling.post("3").body == "{\"code\":1,\"message\":\"Session ID unknown\"}")
      // One that nobody has looked at is pinged late, and has its time then.
      #expect(try late.get().body == "2")
    }
  }

  @Test func theServerClosesAfterWhatIsLeft() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      fixture.withClients { client in
        client.send("last")
        client.close()
        client.send("too late")
      }
      #expect(try polling.get().body == "4last\u{1e}1")
      #expect(blockUntil { fixture.ends == [.serverClosed] })
      let other = try Polling(fixture)
      let poll = try other.beginHeld()
      fixture.withClients { $0.transports.drop(.unauthorised, "token expired") }
      #expect(try poll.answer().body == "1")
    }
  }

  @Test func aClientThatIsSentElsewhereGetsAnErrorForEveryClientComesAgainAfterOne() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let poll = try polling.beginHeld()
      fixture.withClients { $0.transports.drop(.serviceRestart, "restart") }
      let answer = try poll.answer()
      #expect(answer.status == 400)
      #expect(answer.body == "{\"code\":1,\"message\":\"Session ID unknown\"}")
      #expect(try polling.get().status == 400)
      #expect(fixture.ends == [.serverClosed])
    }
  }

  @Test func aClientThatDoesNotPollIsEndedBeforeItHoldsTooMuch() async throws {
    try await EngineFixture.run({ $0.engine.queueLimitBytes = 10_000 }) { fixture in
      let polling = try Polling(fixture)
      fixture.withClients { client in for _ in 0..<20 { client.send(String(repeating: "x", count: 1_000)) } }
      #expect(blockUntil { fixture.ends == [.queueOverflow] })
      #expect(try polling.get().body == "{\"code\":1,\"message\":\"Session ID unknown\"}")
    }
  }

  @Test func aClientThatSendsTooMuchIsClosed() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      fixture.withClients { $0.allow(2) }
      #expect(try polling.post("4a\u{1e}4b").body == "ok")
      #expect(try polling.get().body == "4a\u{1e}4b")
      #expect(try polling.post("4c").status == 400)
      #expect(try polling.get().body == "1")
      // Nothing of it is left for as long as the process lives.
      let other = try Polling(fixture)
      #expect(try other.post("4d").body == "ok")
      #expect(fixture.until { $0.transports.desk.early.isEmpty })
    }
  }

  @Test(arguments: [true, false])
  func aPollWhoseClientIsGoneEndsItsSessionWhenItIsAnswered(isReset: Bool) async throws {
    try await EngineFixture.run { fixture in
      let (polling, other) = (try Polling(fixture), try Polling(fixture))
      let staying = try other.beginHeld()
      let (socket, _) = try polling.beginHeld().release()
      if isReset {
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
      }
      close(socket)
      usleep(50_000)
      #expect(fixture.door.sessionCount == 2)
      fixture.withClients { $0.send("news") }
      #expect(blockUntil { fixture.ends == [.transportClosed] })
      #expect(fixture.door.sessionCount == 1)
      let late = try polling.get()
      #expect(late.status == 400)
      #expect(late.body == "{\"code\":1,\"message\":\"Session ID unknown\"}")
      #expect(try staying.answer().body == "4news")
      fixture.withClients { $0.send("more") }
      #expect(try other.get().body == "4more")
    }
  }
}
