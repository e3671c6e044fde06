import Glibc
import HubContracts
import HubTestSupport
import Testing

import HubRuntime
import Orders

@testable import Live

@Suite(.serialized) struct LiveHubTests {
  @Test func deliversAnEventOnceToEachMemberOfItsTenantAndToNobodyElse() async throws {
    try await withLive { live in
      let members = try (0..<10).map { try live.subscriber("north", "u\($0)") }
      let other = try live.subscriber("south")
      let idle = try live.login("north", "idle")
      live.bus.publish(
        [TestBus.envelope("north", seq: 1, offset: "5000-1"), TestBus.envelope("north", seq: 2)], tenant: "north")
      let id = "6563f1c2a9b4e80012ab34cd"
      for member in members {
        #expect(
          try member.nextText()
            == "{\"type\":\"order:updated\",\"data\":{\"progress\":60},\"id\":\"\(id):1\",\"seq\":1,\"offset\":\"5000-1\"}"
        )
        #expect(
          try member.nextText()
            == "{\"type\":\"order:updated\",\"data\":{\"progress\":60},\"id\":\"\(id):2\",\"seq\":2}")
      }
      for client in members + [other, idle] {
        client.send("{\"type\":\"ping\"}")
        #expect(try client.nextText() == "{\"type\":\"pong\"}")
      }
      #expect(live.metrics.render().contains("orderhub_live_deliveries_total 20\n"))
    }
  }

  @Test func aHundredTenantsGetTheirOwnEventsAndNotOneFrameAstray() async throws {
    try await withLive { live in
      var seed: UInt64 = 42
      func random(_ below: Int) -> Int {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(seed >> 33) % below
      }
      var clients: [(client: WebSocketClient, tenant: Int, expected: [Int])] = []
      for index in 0..<300 {
        let tenant = random(100)
        clients.append((try live.subscriber("t\(tenant)", "u\(index)"), tenant, []))
      }
      for seq in 1...2_000 {
        let at = random(clients.count)
        if seq % 7 == 0 {
          // Some leave and some come while events flow.
          clients[at].client.send("{\"type\":\"unsubscribe:orders\"}")
          while try !clients[at].client.nextText().contains("unsubscribed") {
            clients[at].expected.removeFirst()
          }
          #expect(clients[at].expected.isEmpty)
          let tenant = random(100)
          clients[at] = (try live.subscriber("t\(tenant)", "v\(seq)"), tenant, [])
        }
        let tenant = random(100)
        live.bus.publish([TestBus.envelope("t\(tenant)", seq: seq)], tenant: "t\(tenant)")
        for index in clients.indices where clients[index].tenant == tenant { clients[index].expected.append(seq) }
      }
      for (client, _, expected) in clients {
        for seq in expected { #expect(try client.nextText().contains("\"seq\":\(seq)}")) }
        client.send("{\"type\":\"ping\"}")
        #expect(try client.nextText() == "{\"type\":\"pong\"}")
      }
    }
  }

  @Test func dropsWhatIsNoEventOfTheTenantAndSaysSoOnceASecond() async throws {
    try await withLive { live in
      let client = try live.subscriber("north")
      live.bus.publish(
        ["nonsense", TestBus.envelope("south", seq: 1), "{\"type\":\"x\"}", TestBus.envelope("north", seq: 9)],
        tenant: "north")
      #expect(try client.nextText().contains("\"seq\":9"))
      #expect(live.metrics.render().contains("orderhub_live_events_broken_total 3\n"))
      #expect(live.log.lines.filter { $0.message == "a message on the bus is no event" }.count == 1)
    }
  }

  @Test func aReaderThatStopsIsClosedAndTheOthersDoNotFeelIt() async throws {
    try await withLive({
      $0.queueLimitBytes = 256 * 1024; $0.closeTimeoutMs = 20_000
    }) { live in
      let slow = try live.subscriber("north", "slow")
      let quick = try live.subscriber("north", "quick")
      let data = "\"" + String(repeating: "x", count: 10_000) + "\""
      for seq in 1...300 {
        live.bus.publish([TestBus.envelope("north", seq: seq, data: data)], tenant: "north")
        #expect(try quick.nextText().contains("\"seq\":\(seq)}"))
      }
      #expect(live.metrics.render().contains("orderhub_live_slow_closes_total 1\n"))
      // What was sent before is whole and in order; the close frame is the last thing.
      var seq = 1
      while true {
        let frame = try slow.next()
        if frame.opcode == 8 {
          #expect(frame.payload.starts(with: [0x11, 0x38]))
          break
        }
        #expect(frame.text.hasSuffix("\"seq\":\(seq)}"))
        seq += 1
      }
      #expect(seq < 300)
      #expect(throws: WebSocketClient.Failure.ended) { try slow.next() }
      #expect(blockUntil { live.metrics.render().contains("orderhub_live_queued_bytes 0\n") })
    }
  }

  @Test func tellsAClientThatItIsSubscribedOnlyWhenTheBusIs() async throws {
    try await withLive { live in
      live.bus.withholdConfirmations()
      let client = try live.login("north")
      client.send("{\"type\":\"subscribe:orders\"}")
      client.send("{\"type\":\"ping\"}")
      #expect(try client.nextText() == "{\"type\":\"pong\"}")
      live.bus.listener?.subscribed(try #require(TenantID("north")))
      #expect(try client.nextText().hasPrefix("{\"type\":\"subscribed\",\"tenantId\":\"north\","))
      // A second one joins what stands already.
      let second = try live.login("north", "b")
      second.send("{\"type\":\"subscribe:orders\"}")
      #expect(try second.nextText().hasPrefix("{\"type\":\"subscribed\",\"tenantId\":\"north\","))
    }
  }

  @Test func subscribesToATenantWithItsFirstMemberAndUnsubscribesAfterItsLast() async throws {
    try await withLive(
      standing: true,
      {
        $0.loopCount = 1; $0.unsubscribeDelayMs = 30_000
      }
    ) { live in
      let first = try live.subscriber("north", "a")
      let second = try live.subscriber("north", "b")
      #expect(live.bus.subscriptions == ["north"])
      first.send("{\"type\":\"unsubscribe:orders\",\"tenantId\":\"north\"}")
      #expect(try first.nextText() == "{\"type\":\"unsubscribed\",\"tenantId\":\"north\"}")
      // One is left, however long: each tick of its loop is past by the time that it answers.
      for _ in 0..<3 {
        live.pass(ms: 31_000)
        second.send("{\"type\":\"ping\"}")
        #expect(try second.nextText() == "{\"type\":\"pong\"}")
      }
      #expect(live.bus.unsubscriptions == [])
      second.sendFrame(opcode: 8, [0x03, 0xe8])
      #expect(try second.nextClose().code == 1000)
      #expect(
        blockUntil {
          live.pass(ms: 1_000)
          return live.bus.unsubscriptions == ["north"]
        })
      _ = try live.subscriber("north", "c")
      #expect(live.bus.subscriptions == ["north", "north"])
    }
  }

  @Test func fillsTheGapWhenTheBusComesBackAndTellsNobodyToLoadAgain() async throws {
    try await withLive { live in
      let member = try live.subscriber("north")
      live.bus.record([TestBus.envelope("north", seq: 1)], tenant: "north")
      #expect(try member.nextText().contains("\"seq\":1,"))
      live.bus.listener?.lost()
      for seq in 2...700 { _ = live.streams.add("north", TestBus.envelope("north", seq: seq)) }
      live.bus.listener?.subscribed(try #require(TenantID("north")))
      live.bus.record([TestBus.envelope("north", seq: 701)], tenant: "north")
      for seq in 2...701 { #expect(try member.nextText().contains("\"seq\":\(seq),")) }
      member.send("{\"type\":\"ping\"}")
      #expect(try member.nextText() == "{\"type\":\"pong\"}")
    }
  }

  @Test func tellsMembersToLoadAgainWhenTheGapCannotBeFilled() async throws {
    try await withLive { live in
      let member = try live.subscriber("north")
      let stranger = try live.login("north", "no-member")
      live.bus.record([TestBus.envelope("north", seq: 1)], tenant: "north")
      #expect(try member.nextText().contains("\"seq\":1,"))
      live.bus.listener?.lost()
      live.streams.wipe()
      live.bus.listener?.subscribed(try #require(TenantID("north")))
      #expect(try member.nextText().hasPrefix("{\"type\":\"resync\",\"reason\":\"gap\",\"offset\":"))
      live.bus.record([TestBus.envelope("north", seq: 2)], tenant: "north")
      #expect(try member.nextText().contains("\"seq\":2,"))
      stranger.send("{\"type\":\"ping\"}")
      #expect(try stranger.nextText() == "{\"type\":\"pong\"}")
    }
  }

  @Test func aLoopThatIsFarBehindTellsItsMembersToLoadAgain() async throws {
    try await withLive({
      $0.loopCount = 1; $0.mailboxLimit = 1; $0.mailboxLimitBytes = 1; $0.queueLimitBytes = 64 << 20
    }) { live in
      let member = try live.subscriber("north")
      for seq in 1...20_000 { live.bus.publish([TestBus.envelope("north", seq: seq)], tenant: "north") }
      var got = 0
      while try !member.nextText().contains("resync") { got += 1 }
      #expect(got < 20_000)
    }
  }

  @Test func aLoopThatIsFarBehindTellsItsMembersEvenIfTheBusIsGoneByThen() async throws {
    try await withLive({
      $0.loopCount = 1; $0.mailboxLimit = 1; $0.mailboxLimitBytes = 1
    }) { live in
      let member = try live.subscriber("north")
      for round in 0..<10 {
        let last = (round + 1) * 300
        for seq in (round * 300 + 1)...last {
          live.bus.publish([TestBus.envelope("north", seq: seq, offset: "\(5_000 + seq)-0")], tenant: "north")
        }
        live.bus.listener?.lost()
        // It has the last one, or was told to load after the last that it has.
        var text = ""
        for _ in 1...2 {
          // The first may overtake what was posted before it.
          member.send("{\"type\":\"ping\"}")
          while true {
            let next = try member.nextText()
            if next == "{\"type\":\"pong\"}" { break }
            text = next
          }
        }
        #expect(text.contains("\"seq\":\(last),") || text.contains("\"type\":\"resync\""))
        live.bus.listener?.subscribed(try #require(TenantID("north")))
        while try !member.nextText().contains("\"reason\":\"gap\"") {}
      }
    }
  }

  /// Lets time pass until all are told; how many were told sooner than ten of each loop are to be, one every 200 ms.
  private static func sendAway(_ clients: [WebSocketClient], _ live: LiveFixture) -> Int {
    let beganMs = live.steady.ms
    var tooSoon = 0
    var told = 0
    for _ in 0..<20_000 where told < clients.count {
      let due = 2 * (Int(live.steady.ms - beganMs) / 200 + 1)
      told = 0
      for client in clients where isReadable(client.socket) { told += 1 }
      tooSoon = max(tooSoon, told - due)
      if told < clients.count { live.pass(ms: 50) }
      usleep(2_000)
    }
    return told == clients.count ? tooSoon : clients.count
  }

  @Test func drainSendsEverybodyElsewhereSpreadOverItsTime() async throws {
    try await withLive(standing: true, { $0.drainMs = 2_000 }) { live in
      let clients = try (0..<20).map { try live.subscriber("north", "u\($0)") }
      #expect(live.hub.isReady)
      let isDrained = Locked(false)
      Task {
        await live.hub.drain()
        isDrained.with { $0 = true }
      }
      #expect(blockUntil { !live.hub.isReady })
      // Ten of each loop, one every 200 ms, and none of them sooner.
      #expect(Self.sendAway(clients, live) == 0, "so many were told too soon")
      for client in clients {
        let close = try client.nextClose()
        #expect(close.code == 1012)
        #expect(close.reason.contains("reconnect"))
        shutdown(client.socket, Int32(SHUT_WR))
      }
      #expect(blockUntil { isDrained.with { $0 } })
      #expect(blockUntil { live.hub.connectionCount == 0 })
      guard case .refuse(let reply) = live.hub.admit(live.upgradeRequest(token: live.token("north"))) else {
        Issue.record("a draining hub takes nobody")
        return
      }
      #expect(reply.status == 503)
      #expect(reply.headers.contains { $0.name == "Retry-After" })
    }
  }
}
