import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// A client that asks for more while it is still given what it missed. Whatever comes carries a place that it has
/// reached, so that it may be cut at any moment and come back without a gap.
@Suite(.serialized) struct CrowdedRecoveryTests {
  private let one = "6563f1c2a9b4e80012ab34c1"
  private let two = "6563f1c2a9b4e80012ab34c2"
  private let data = "{\"text\":\"" + String(repeating: "x", count: 1_000) + "\"}"
  private let count = 1_000

  private func place(_ text: String) -> StreamOffset? {
    guard let found = text.firstRange(of: "\"offset\":\"") else { return nil }
    return StreamOffset(text[found.upperBound...].prefix { $0 != "\"" }.utf8)
  }

  private func fill(_ live: LiveFixture, _ orders: [String]) {
    for seq in 1...count {
      let order = orders[seq % orders.count]
      _ = live.streams.add("north", TestBus.envelope("north", seq: seq, data: data, order: order))
    }
  }

  /// Small portions, so that a recovery lasts.
  private func small(_ options: inout LiveOptions) {
    options.queueLimitBytes = 32 * 1_024
    options.ringBytes = 1
  }

  @Test func aRoomThatIsAskedForMeanwhileDoesNotOvertake() async throws {
    try await withLive(small) { live in
      fill(live, [one])
      let client = try live.login("north")
      client.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(one)\",\"offset\":\"1001-0\"}")
      client.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(two)\"}")
      #expect(try client.nextText().contains("recovered"))
      for seq in 1...3 {
        live.bus.record([TestBus.envelope("north", seq: seq, data: data, order: two)], tenant: "north")
      }
      var reached = StreamOffset(millis: 0, number: 0)
      var seen = 0
      while seen < count - 1 + 3 {
        guard let offset = place(try client.nextText()) else { continue }
        #expect(offset > reached)
        reached = offset
        seen += 1
      }
    }
  }

  @Test func aRoomThatIsFollowedAlreadyGoesOnBehindWhatWasMissedInAnother() async throws {
    try await withLive(small) { live in
      let client = try live.login("north")
      client.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(two)\"}")
      #expect(try client.nextText().contains("subscribed"))
      for seq in 1...count {
        let order = seq % 2 == 0 ? two : one
        live.bus.record([TestBus.envelope("north", seq: seq, data: data, order: order)], tenant: "north")
        if seq % 2 == 0 { #expect(try client.nextText().contains("\(two):\(seq)")) }
      }
      client.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(one)\",\"offset\":\"1001-0\"}")
      #expect(try client.nextText().contains("recovered"))
      live.bus.record([TestBus.envelope("north", seq: count + 2, data: data, order: two)], tenant: "north")
      // What it has of the other is not given again, and what is new comes last.
      for seq in stride(from: 1, to: count, by: 2) { #expect(try client.nextText().contains("\(one):\(seq)\"")) }
      #expect(try client.nextText().contains("\(two):\(count + 2)"))
    }
  }

  @Test func askingAgainForWhatIsStillOwedLosesNothing() async throws {
    try await withLive(small) { live in
      fill(live, [one, two])
      let client = try live.login("north")
      client.send("{\"type\":\"recover\",\"offset\":\"1001-0\"}")
      #expect(try client.nextText().contains("recovered"))
      client.send("{\"type\":\"subscribe:orders\"}")
      var seen = 1
      while seen < count {
        let text = try client.nextText()
        if text.contains("\"type\":\"subscribed\"") {
          #expect(place(text).map { $0.millis <= UInt64(1_000 + seen + 64) } ?? false)
          continue
        }
        seen += 1
        #expect(text.contains("\"seq\":\(seen),"))
      }
      client.send("{\"type\":\"ping\"}")
      while try client.nextText() != "{\"type\":\"pong\"}" {}
    }
  }

  @Test func goesBackToAnEarlierPlaceThatIsNamedMeanwhile() async throws {
    try await withLive(small) { live in
      fill(live, [one, two])
      let client = try live.login("north")
      client.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(one)\",\"offset\":\"1400-0\"}")
      client.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(two)\",\"offset\":\"1001-0\"}")
      var seen: [String: [Int]] = [one: [], two: []]
      let wanted = (401...count).filter { $0 % 2 == 0 }.count + (2...count).filter { $0 % 2 == 1 }.count
      while seen.values.reduce(0, { $0 + $1.count }) < wanted {
        let text = try client.nextText()
        guard let found = text.firstRange(of: "\"seq\":") else { continue }
        let seq = try #require(Int(text[found.upperBound...].prefix { $0.isNumber }))
        seen[text.contains("\"id\":\"\(one)") ? one : two, default: []].append(seq)
      }
      #expect(seen[one] == (401...count).filter { $0 % 2 == 0 })
      #expect(seen[two] == (2...count).filter { $0 % 2 == 1 })
    }
  }

  @Test func whateverASocketIOClientGetsMeanwhileCarriesAPlaceThatItHasReached() async throws {
    try await withServer(small) { server in
      let client = try server.socketIO("north")
      let pid = client.pid
      try client.engine.cut()
      for seq in 1...count {
        server.live.bus.record([TestBus.envelope("north", seq: seq, data: data, order: one)], tenant: "north")
      }
      let back = try server.comeBack(pid, "1001-0")
      #expect(back.sid == client.sid)
      server.live.bus.listener?.emitted(EmittedEvent(name: "news", arguments: Array("{}".utf8)))
      try back.emit("subscribe:orders")
      try back.emit("subscribe:order", "{\"orderId\":\"\(two)\"}")
      try back.emit("nonsense")
      var reached = StreamOffset(millis: 0, number: 0)
      var seen = 0
      var others: Set<String> = []
      while seen < count || others.count < 3 {
        let event = try back.nextEvent()
        let offset = try #require(event.offset.flatMap { StreamOffset($0.utf8) })
        #expect(offset >= reached)
        if event.name == "order:updated" { seen += 1 } else { others.insert(event.name) }
        // Of what is no event of the stream the place must be one that it has.
        if event.name != "order:updated" { #expect(offset == reached || seen == 0, "\(event.name)") }
        reached = offset
      }
      #expect(others == ["news", "hub:ready", "hub:error"])
    }
  }
}
