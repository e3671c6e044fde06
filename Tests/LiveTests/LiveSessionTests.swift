import Glibc
import HubTestSupport
import Testing

import HubRuntime
import Orders

@testable import Live

@Suite(.serialized) struct LiveSessionTests {
  @Test func refusesAnotherTenantAndRolesThatMaySeeOnlyTheirOwnOrders() async throws {
    try await withLive { live in
      let client = try live.login("north")
      client.send("{\"type\":\"subscribe:orders\",\"tenantId\":\"south\"}")
      #expect(try client.nextText().hasPrefix("{\"type\":\"error\",\"code\":\"forbidden\""))
      for user in ["c-1", "c-2"] {
        let limited = try live.subscriber("north", user, role: "customer")
        live.bus.record(
          [
            TestBus.envelope("north", seq: 1), TestBus.envelope("north", seq: 2, customer: "c-other"),
            TestBus.envelope("north", seq: 3, customer: user),
          ], tenant: "north")
        #expect(try limited.nextText().contains("\"seq\":3,"))
        // Another's order may be named, but nothing of it comes.
        limited.send("{\"type\":\"subscribe:order\",\"orderId\":\"6563f1c2a9b4e80012ab34ce\"}")
        #expect(try limited.nextText().contains("\"type\":\"subscribed\""))
        live.bus.record(
          [TestBus.envelope("north", seq: 4, order: "6563f1c2a9b4e80012ab34ce", customer: "c-other")], tenant: "north")
        limited.send("{\"type\":\"ping\"}")
        #expect(try limited.nextText() == "{\"type\":\"pong\"}")
      }
      for role in ["admin", "system"] {
        let allowed = try live.login("north", "a-\(role)", role: role)
        allowed.send("{\"type\":\"subscribe:orders\",\"tenantId\":\"north\"}")
        #expect(try allowed.nextText().hasPrefix("{\"type\":\"subscribed\",\"tenantId\":\"north\","))
      }
      #expect(live.bus.subscriptions == ["north"])
    }
  }

  @Test func takesATokenInTheFirstMessageAndNothingBeforeIt() async throws {
    try await withLive { live in
      let client = try live.connect()
      client.send("{\"type\":\"subscribe:orders\"}")
      #expect(try client.nextText().hasPrefix("{\"type\":\"error\",\"code\":\"unauthenticated\""))
      client.send("{\"type\":\"auth\",\"token\":\"\(live.token("north"))\"}")
      #expect(try client.nextText() == "{\"type\":\"hub:ready\",\"data\":{\"tenant\":\"north\",\"user\":\"ada\"}}")
      let bad = try live.connect()
      bad.send("{\"type\":\"auth\",\"token\":\"nonsense\"}")
      #expect(try bad.nextClose().code == 4401)
    }
  }

  @Test func readsWhatCameTogetherWithTheHandshake() async throws {
    try await withLive { live in
      let early = WebSocketClient.frame(opcode: 1, Array("{\"type\":\"subscribe:orders\"}".utf8))
      let client = try live.connect(token: live.token("north"), leftover: early)
      #expect(try client.nextText().contains("hub:ready"))
      #expect(try client.nextText().hasPrefix("{\"type\":\"subscribed\",\"tenantId\":\"north\","))
    }
  }

  @Test func closesWhoBringsNoTokenInTime() async throws {
    try await withLive({ $0.authTimeoutMs = 300 }) { live in
      let close = try live.connect().nextClose()
      #expect(close.code == 4401)
      #expect(close.reason == "no token in time")
    }
  }

  @Test func closesWhenTheTokenRunsOutUnlessAFreshOneCame() async throws {
    try await withLive(standing: true) { live in
      let lapsing = try live.connect(token: live.token("north", lifetimeMs: 700))
      let renewed = try live.connect(token: live.token("north", lifetimeMs: 700))
      #expect(try renewed.nextText().contains("hub:ready"))
      renewed.send("{\"type\":\"auth\",\"token\":\"\(live.token("south"))\"}")
      #expect(try renewed.nextText().contains("forbidden"))
      renewed.send("{\"type\":\"auth\",\"token\":\"\(live.token("north"))\"}")
      #expect(try renewed.nextText().contains("hub:ready"))
      #expect(try lapsing.nextText().contains("hub:ready"))
      live.pass(ms: 699)
      for client in [lapsing, renewed] {
        client.send("{\"type\":\"ping\"}")
        #expect(try client.nextText() == "{\"type\":\"pong\"}")
      }
      // Within a second of its end.
      live.pass(ms: 1_001)
      let close = try lapsing.nextClose()
      #expect(close.code == 4401)
      #expect(close.reason == "token expired")
      renewed.send("{\"type\":\"ping\"}")
      #expect(try renewed.nextText() == "{\"type\":\"pong\"}")
      // The clock is seen to have jumped at the next look.
      live.clock.jump(ms: 3_600_000)
      live.pass(ms: 250)
      #expect(try renewed.nextClose().reason == "token expired")
    }
  }

  @Test func aTokenWithAnotherRoleChangesWhatAClientFollows() async throws {
    try await withLive { live in
      let client = try live.subscriber("north", "ada")
      client.send("{\"type\":\"auth\",\"token\":\"\(live.token("north", "ada", role: "customer"))\"}")
      #expect(try client.nextText().contains("recovered"))
      #expect(try client.nextText().contains("hub:ready"))
      live.bus.record(
        [TestBus.envelope("north", seq: 1), TestBus.envelope("north", seq: 2, customer: "ada")], tenant: "north")
      #expect(try client.nextText().contains("\"seq\":2,"))
      client.send("{\"type\":\"ping\"}")
      #expect(try client.nextText() == "{\"type\":\"pong\"}")
    }
  }

  /// Proxies cut what is quiet for a minute.
  @Test func aQuietClientIsPingedWithinAMinuteAgainAndAgain() async throws {
    try await withLive(standing: true) { live in
      let client = try live.login("north")
      for _ in 1...8 {
        live.pass(ms: 24_500)
        client.send("{\"type\":\"ping\"}")
        #expect(try client.next().text == "{\"type\":\"pong\"}", "not so soon")
        live.pass(ms: 21_000)
        #expect(try client.next().opcode == 9)
        client.sendFrame(opcode: 10, [])
      }
      // Six minutes in all: the answers to pings are a sign of life, and nothing else is needed.
      #expect(live.hub.connectionCount == 1)
    }
  }

  @Test func whoAnswersPingsIsKeptAndWhoAnswersNothingIsClosed() async throws {
    try await withLive(standing: true) { live in
      let (deaf, lively) = (try live.login("north", "deaf"), try live.login("north", "lively"))
      for _ in 1...7 {
        live.pass(ms: 46_000)
        #expect(try lively.next().opcode == 9)
        lively.sendFrame(opcode: 10, [])
        lively.send("{\"type\":\"ping\"}")
        #expect(try lively.next().text == "{\"type\":\"pong\"}")
      }
      #expect(try deaf.nextClose().code == 1001)
    }
  }

  @Test func thoseThatCameTogetherAreNotPingedTogether() async throws {
    try await withLive(standing: true) { live in
      let clients = try (0..<40).map { try live.login("north", "u\($0)") }
      var pinged: [Int] = []
      for second in 1...46 {
        live.pass(ms: 1_000)
        // The loops have had their turns when what was sent behind that is answered.
        for client in clients {
          client.send("{\"type\":\"ping\"}")
          var frame = try client.next()
          if frame.opcode == 9 {
            pinged.append(second)
            frame = try client.next()
          }
          #expect(frame.text == "{\"type\":\"pong\"}")
        }
      }
      #expect(pinged.count == 40)
      #expect((25...46).contains(pinged.min() ?? 0))
      for second in 25...46 { #expect(pinged.count { $0 == second } <= 8, "\(pinged)") }
    }
  }

  @Test func closesWhoIsSilentAndKeepsWhoPings() async throws {
    try await withLive(standing: true, { $0.idleTimeoutMs = 800 }) { live in
      let silent = try live.login("north", "silent")
      let lively = try live.login("north", "lively")
      for _ in 0..<8 {
        live.pass(ms: 200)
        lively.sendFrame(opcode: 9, [])
        #expect(try lively.next().opcode == 10)
      }
      #expect(try silent.nextClose().code == 1001)
    }
  }

  @Test func closesWhoSendsTooManyMessages() async throws {
    try await withLive(standing: true, { $0.messagesPerMinute = 5 }) { live in
      let client = try live.login("north")
      for _ in 0..<5 { client.send("{\"type\":\"ping\"}") }
      for _ in 0..<5 { #expect(try client.nextText() == "{\"type\":\"pong\"}") }
      client.sendFrame(opcode: 9, [])
      #expect(try client.nextClose().code == 4429)
    }
  }

  @Test func answersBadCommandsWithErrorsAndClosesAfterTooMany() async throws {
    try await withLive({ $0.offenceLimit = 3 }) { live in
      let client = try live.login("north")
      for bad in ["{\"type\":\"dance\"}", "[", "{\"type\":\"ping\",\"type\":\"ping\"}"] {
        client.send(bad)
        #expect(try client.nextText().hasPrefix("{\"type\":\"error\",\"code\":\"bad_command\""))
      }
      client.send("{")
      #expect(try client.nextClose().code == 1008)
      let binary = try live.login("north")
      for _ in 0..<4 { binary.sendFrame(opcode: 2, [1]) }
      #expect(try binary.nextClose().code == 1003)
    }
  }

  @Test func closesWhoBreaksTheProtocolWithTheRightCode() async throws {
    try await withLive { live in
      let unmasked = try live.login("north", "a")
      unmasked.sendFrame(opcode: 1, [0x61], masked: false)
      #expect(try unmasked.nextClose().code == 1002)
      let badText = try live.login("north", "b")
      badText.sendFrame(opcode: 1, [0xff])
      #expect(try badText.nextClose().code == 1007)
      let large = try live.login("north", "c")
      large.sendFrame(opcode: 1, [UInt8](repeating: 0x61, count: 65_537))
      #expect(try large.nextClose().code == 1009)
      #expect(blockUntil { live.hub.connectionCount == 0 })
    }
  }

  @Test func limitsTheConnectionsOfAUserThatSaysLaterWhoItIs() async throws {
    try await withLive({ $0.connectionLimitPerUser = 1 }) { live in
      let first = try live.login("north")
      let second = try live.connect()
      second.send("{\"type\":\"auth\",\"token\":\"\(live.token("north"))\"}")
      #expect(try second.nextClose().code == 1013)
      first.sendFrame(opcode: 8, [])
      #expect(throws: WebSocketClient.Failure.self) { while true { _ = try first.next() } }
      let third = try live.login("north")
      third.send("{\"type\":\"ping\"}")
      #expect(try third.nextText() == "{\"type\":\"pong\"}")
    }
  }
}
