import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

@Suite(.serialized) struct RecoveryTests {
  private func offset(_ text: String) throws -> String {
    try #require(text.split(separator: "\"offset\":\"").last?.split(separator: "\"").first.map(String.init))
  }

  private func recover(_ client: WebSocketClient, _ offset: String) {
    client.send("{\"type\":\"recover\",\"offset\":\"\(offset)\"}")
  }

  @Test func givesWhatWasMissedOutOfMemoryAndThenWhatIsNew() async throws {
    try await withLive { live in
      let stays = try live.subscriber("north", "stays")
      live.bus.record((1...5).map { TestBus.envelope("north", seq: $0) }, tenant: "north")
      var places: [String] = []
      for _ in 1...5 { places.append(try offset(stays.nextText())) }
      let calls = live.streams.calls
      let back = try live.login("north", "back")
      recover(back, places[1])
      #expect(try back.nextText() == "{\"type\":\"recovered\",\"tenantId\":\"north\"}")
      live.bus.record([TestBus.envelope("north", seq: 6)], tenant: "north")
      for seq in 3...6 { #expect(try back.nextText().contains("\"seq\":\(seq),")) }
      #expect(live.streams.calls == calls)
      #expect(live.metrics.render().contains("orderhub_live_recoveries_total{from=\"memory\"} 1\n"))
    }
  }

  @Test func givesWhatWasMissedOutOfTheStreamWhenMemoryDoesNotReachThatFar() async throws {
    try await withLive({ $0.ringBytes = 1 }) { live in
      let stays = try live.subscriber("north", "stays")
      var first = ""
      for seq in 1...1_500 {
        live.bus.record([TestBus.envelope("north", seq: seq)], tenant: "north")
        let text = try stays.nextText()
        if seq == 1 { first = try offset(text) }
      }
      let back = try live.login("north", "back")
      recover(back, first)
      #expect(try back.nextText() == "{\"type\":\"recovered\",\"tenantId\":\"north\"}")
      for seq in 2...1_500 { #expect(try back.nextText().contains("\"seq\":\(seq),")) }
      #expect(live.metrics.render().contains("orderhub_live_recoveries_total{from=\"stream\"} 1\n"))
    }
  }

  @Test func recoversAtAProcessThatWasNotThere() async throws {
    try await withLive { live in
      for seq in 1...3 { _ = live.streams.add("north", TestBus.envelope("north", seq: seq)) }
      let back = try live.login("north")
      recover(back, "1001-0")
      #expect(try back.nextText() == "{\"type\":\"recovered\",\"tenantId\":\"north\"}")
      #expect(try back.nextText().contains("\"seq\":2,"))
      #expect(try back.nextText().contains("\"seq\":3,"))
    }
  }

  @Test func aPlaceFromTheFirstAnswerIsEnoughToRecover() async throws {
    try await withLive { live in
      let client = try live.login("north")
      client.send("{\"type\":\"subscribe:orders\"}")
      let place = try offset(client.nextText())
      live.bus.record([TestBus.envelope("north", seq: 1)], tenant: "north")
      let back = try live.login("north", "back")
      recover(back, place)
      #expect(try back.nextText().contains("\"type\":\"recovered\""))
      #expect(try back.nextText().contains("\"seq\":1,"))
    }
  }

  @Test(arguments: ["1001-0", "9999999-0"])
  func tellsWhoWasAwayTooLongToLoadAgain(place: String) async throws {
    try await withLive({ $0.ringBytes = 1 }) { live in
      for seq in 1...9 { _ = live.streams.add("north", TestBus.envelope("north", seq: seq)) }
      live.streams.trim("north", to: 4)
      let back = try live.login("north")
      recover(back, place)
      #expect(
        try back.nextText().hasPrefix("{\"type\":\"resync\",\"reason\":\"too far behind\",\"offset\":\"1009-0\"}"))
      live.bus.record([TestBus.envelope("north", seq: 10)], tenant: "north")
      #expect(try back.nextText().contains("\"seq\":10,"))
      #expect(live.metrics.render().contains("orderhub_live_recoveries_total{from=\"missed\"} 1\n"))
    }
  }

  @Test func givesMuchThatWasMissedInPortionsThatASocketMayHold() async throws {
    try await withLive({
      $0.queueLimitBytes = 64 * 1_024
      $0.ringBytes = 1
    }) { live in
      let data = "\"" + String(repeating: "x", count: 1_000) + "\""
      for seq in 1...2_000 { _ = live.streams.add("north", TestBus.envelope("north", seq: seq, data: data)) }
      let back = try live.login("north")
      recover(back, "1001-0")
      #expect(try back.nextText().contains("recovered"))
      live.bus.record([TestBus.envelope("north", seq: 2_001)], tenant: "north")
      for seq in 2...2_001 { #expect(try back.nextText().contains("\"seq\":\(seq),")) }
      #expect(live.metrics.render().contains("orderhub_live_slow_closes_total 0\n"))
    }
  }

  @Test func aReaderThatStopsWhileItIsGivenWhatItMissedHoldsNoMoreThanItMay() async throws {
    try await withLive({
      $0.queueLimitBytes = 64 * 1_024
      $0.ringBytes = 1
    }) { live in
      let data = "\"" + String(repeating: "x", count: 1_000) + "\""
      for seq in 1...3_000 { _ = live.streams.add("north", TestBus.envelope("north", seq: seq, data: data)) }
      let back = try live.login("north")
      recover(back, "1001-0")
      #expect(try back.nextText().contains("recovered"))
      let isBegun = blockUntil { Self.queuedBytes(live) > 0 }
      #expect(isBegun)
      for _ in 0..<50 {
        #expect(Self.queuedBytes(live) <= 64 * 1_024)
        usleep(10_000)
      }
      for seq in 2...3_000 { #expect(try back.nextText().contains("\"seq\":\(seq),")) }
    }
  }

  private static func queuedBytes(_ live: LiveFixture) -> Int {
    let lines = live.metrics.render().split(separator: "\n")
    return lines.first { $0.hasPrefix("orderhub_live_queued_bytes ") }.flatMap { Int($0.split(separator: " ")[1]) }
      ?? -1
  }

  @Test func saysThatItMustLoadAgainWhileTheStreamCannotBeRead() async throws {
    try await withLive({ $0.ringBytes = 1 }) { live in
      let stays = try live.subscriber("north", "stays")
      for seq in 1...9 { live.bus.record([TestBus.envelope("north", seq: seq)], tenant: "north") }
      let first = try offset(stays.nextText())
      live.streams.set(isUp: false)
      let back = try live.login("north", "back")
      recover(back, first)
      #expect(try back.nextText().hasPrefix("{\"type\":\"resync\",\"reason\":\"bus\""))
    }
  }

  @Test func waitsForTheStreamAndThenMissesNothing() async throws {
    try await withLive { live in
      live.streams.set(isUp: false)
      let client = try live.login("north")
      client.send("{\"type\":\"subscribe:orders\"}")
      live.bus.publish([TestBus.envelope("north", seq: 1, offset: "5000-0")], tenant: "north")
      client.send("{\"type\":\"ping\"}")
      #expect(try client.nextText() == "{\"type\":\"pong\"}")
      live.streams.set(isUp: true)
      #expect(try client.nextText().contains("\"type\":\"subscribed\""))
      live.bus.publish([TestBus.envelope("north", seq: 2, offset: "5001-0")], tenant: "north")
      #expect(try client.nextText().contains("\"seq\":2,"))
    }
  }

  @Test(arguments: ["", "5", "5-", "-5", "5-5-5", "a-1", "1234567890123456789-0"])
  func refusesWhatIsNoPlace(text: String) async throws {
    try await withLive { live in
      let client = try live.subscriber("north")
      recover(client, text)
      #expect(try client.nextText().contains("\"code\":\"bad_offset\""))
    }
  }

  @Test func followsSingleOrdersEachOnceAndFromAPlace() async throws {
    try await withLive { live in
      let (one, two) = ("6563f1c2a9b4e80012ab34c1", "6563f1c2a9b4e80012ab34c2")
      let keeper = try live.subscriber("north", "keeper")
      live.bus.record(
        [1, 2, 3].map { TestBus.envelope("north", seq: $0, order: $0 == 2 ? two : one) }, tenant: "north")
      let first = try offset(keeper.nextText())
      let client = try live.login("north")
      client.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(one)\",\"offset\":\"\(first)\"}")
      #expect(
        try client.nextText() == "{\"type\":\"recovered\",\"tenantId\":\"north\",\"orderId\":\"\(one)\"}")
      #expect(try client.nextText().contains("\(one):3"))
      live.bus.record([TestBus.envelope("north", seq: 4, order: two)], tenant: "north")
      live.bus.record([TestBus.envelope("north", seq: 5, order: one)], tenant: "north")
      #expect(try client.nextText().contains("\(one):5"))
      // Who follows the tenant too gets nothing twice.
      client.send("{\"type\":\"subscribe:orders\"}")
      #expect(try client.nextText().contains("subscribed"))
      live.bus.record([TestBus.envelope("north", seq: 6, order: one)], tenant: "north")
      #expect(try client.nextText().contains("\(one):6"))
      client.send("{\"type\":\"unsubscribe:orders\"}")
      client.send("{\"type\":\"unsubscribe:order\",\"orderId\":\"\(one)\"}")
      #expect(try client.nextText().contains("unsubscribed"))
      #expect(try client.nextText().contains("unsubscribed"))
      live.bus.record([TestBus.envelope("north", seq: 7, order: one)], tenant: "north")
      client.send("{\"type\":\"subscribe:order\",\"orderId\":\"nonsense\"}")
      #expect(try client.nextText().contains("\"code\":\"bad_order\""))
    }
  }

  @Test func whileClientsComeAndGoAndTheBusFailsEachGetsAllOfItsEventsInOrderOrIsTold() async throws {
    try await withLive({ $0.ringBytes = 4_096 }) { live in try churn(live) }
  }

  private func churn(_ live: LiveFixture) throws {
    let tenant = try #require(TenantID("north"))
    var seed: UInt64 = 7
    func random(_ below: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % below
    }
    var watchers = try (0..<8).map { Watcher(client: try live.subscriber("north", "u\($0)")) }
    var seq = 0
    var isAway = false
    for step in 0..<400 {
      switch random(10) {
      case 0 where !isAway:
        isAway = true
        live.bus.listener?.lost()
      case 1 where isAway:
        isAway = false
        live.bus.listener?.subscribed(tenant)
      case 2:
        // One is cut, and comes back with the place of what it has.
        let at = random(watchers.count)
        guard !watchers[at].place.isEmpty else { continue }
        watchers[at].client = try live.login("north", "again\(step)")
        recover(watchers[at].client, watchers[at].place)
      default:
        for _ in 0..<(1 + random(4)) {
          seq += 1
          let message = live.streams.add("north", TestBus.envelope("north", seq: seq))
          if !isAway { live.bus.publish([message], tenant: "north") }
        }
      }
      // Some read some of what came.
      for at in watchers.indices where random(4) == 0 { try read(&watchers[at], upTo: seq, all: false) }
    }
    if isAway { live.bus.listener?.subscribed(tenant) }
    for at in watchers.indices { try read(&watchers[at], upTo: seq, all: true) }
  }

  private struct Watcher {
    var client: WebSocketClient
    var last = 0
    var place = ""
  }

  /// Reads events, each of which must be the next.
  private func read(_ watcher: inout Watcher, upTo newest: Int, all: Bool) throws {
    while watcher.last < newest {
      let text: String
      do { text = try watcher.client.nextText(withinMs: all ? HangLimit.ms : 5) } catch {
        #expect(!all, "a watcher ended at \(watcher.last) of \(newest): \(error)")
        return
      }
      #expect(!text.contains("resync"))
      guard let found = text.firstRange(of: "\"seq\":") else { continue }
      let number = try #require(Int(text[found.upperBound...].prefix { $0.isNumber }))
      #expect(number == watcher.last + 1)
      watcher.last = number
      watcher.place = try offset(text)
    }
  }

  @Test func whoHasMoreThanTheBusHasBroughtHereGetsNothingTwice() async throws {
    try await withLive { live in
      // Keeps the tenant's feed here.
      _ = try live.subscriber("north", "eve")
      live.bus.record([TestBus.envelope("north", seq: 1)], tenant: "north")
      // Another process has sent these already; here they are still under way.
      let late = (2...4).map { live.streams.add("north", TestBus.envelope("north", seq: $0)) }
      let place = late[1].prefix { $0 != "," }.dropFirst("{\"offset\":\"".count).dropLast()
      let client = try live.login("north")
      client.send("{\"type\":\"recover\",\"offset\":\"\(place)\"}")
      #expect(try client.nextText().hasPrefix("{\"type\":\"recovered\""))
      live.bus.publish([late[0]], tenant: "north")
      live.bus.publish([late[1], late[2]], tenant: "north")
      live.bus.record([TestBus.envelope("north", seq: 5)], tenant: "north")
      for seq in 4...5 { #expect(try client.nextText().contains("\"seq\":\(seq),")) }
    }
  }

  @Test func whoWaitsForTheBusAndGoesBackIsServedAtOnce() async throws {
    try await withLive { live in
      _ = try live.subscriber("north", "eve")
      live.bus.record([1, 2].map { TestBus.envelope("north", seq: $0) }, tenant: "north")
      let late = live.streams.add("north", TestBus.envelope("north", seq: 3))
      let place = late.prefix { $0 != "," }.dropFirst("{\"offset\":\"".count).dropLast()
      let client = try live.login("north")
      client.send("{\"type\":\"recover\",\"offset\":\"\(place)\"}")
      #expect(try client.nextText().hasPrefix("{\"type\":\"recovered\""))
      // The feed's first place, and its first event.
      client.send("{\"type\":\"recover\",\"offset\":\"1002-0\"}")
      #expect(try client.nextText().hasPrefix("{\"type\":\"recovered\""))
      #expect(try client.nextText().contains("\"seq\":2,"))
      live.bus.publish([late], tenant: "north")
      #expect(try client.nextText().contains("\"seq\":3,"))
    }
  }
}
