import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

@Suite(.serialized) struct SocketIORecoveryTests {
  private let one = "6563f1c2a9b4e80012ab34c1"
  private let two = "6563f1c2a9b4e80012ab34c2"

  /// Events that all processes hear of.
  private func record(_ envelopes: [String], _ servers: [LiveServer], tenant: String = "north") {
    let published = envelopes.map { servers[0].live.streams.add(tenant, $0) }
    for server in servers { server.live.bus.publish(published, tenant: tenant) }
  }

  private func record(_ numbers: ClosedRange<Int>, _ servers: [LiveServer]) {
    record(numbers.map { TestBus.numbered("north", $0) }, servers)
  }

  @Test(arguments: EnginePeer.Transport.allCases, [false, true])
  func comesBackToItsSessionAndGetsWhatItMissedFirst(
    transport: EnginePeer.Transport, elsewhere: Bool
  ) async throws {
    try await withTwoServers { first, second in
      let client = try first.socketIO("north", over: transport)
      record(1...3, [first, second])
      for number in 1...3 { #expect(try client.nextEvent().number == number) }
      try client.engine.cut()
      record(4...6, [first, second])
      let back = try (elsewhere ? second : first).comeBack(client.pid, client.offset, over: transport)
      #expect(back.sid == client.sid && back.pid == client.pid && back.sid != nil)
      #expect(back.engine.sid != client.engine.sid)
      record(7...8, [first, second])
      for number in 4...8 {
        let event = try back.nextEvent()
        #expect(event.number == number)
        #expect(event.offset == "\(1_001 + number)-0")
      }
      #expect(try back.request("ping") == ["success": true])
    }
  }

  @Test func oneThatNeverGotAnEventComesBackByItsGreeting() async throws {
    try await withTwoServers { first, second in
      let client = try first.socketIO("north", "c-1", role: "customer")
      let sid = client.sid
      record([TestBus.numbered("north", 1), TestBus.numbered("north", 2, customer: "c-1")], [first, second])
      try client.engine.cut()
      let back = try second.comeBack(client.pid, "1001-0", as: "c-1", role: "customer")
      #expect(back.sid == sid)
      #expect(try back.nextEvent().number == 2)
      // With nothing missed it simply goes on.
      let again = try second.comeBack(back.pid, back.offset, as: "c-1", role: "customer")
      #expect(again.sid == sid)
      record([TestBus.numbered("north", 3), TestBus.numbered("north", 4, customer: "c-1")], [first, second])
      #expect(try again.nextEvent().number == 4)
    }
  }

  @Test func theOrdersThatItFollowedAreRestoredAtAnotherProcess() async throws {
    let (one, two) = (one, two)
    try await withTwoServers { first, second in
      let client = try first.socketIO("north")
      #expect(try client.request("unsubscribe:orders") == ["success": true])
      #expect(try client.request("subscribe:order", "{\"orderId\":\"\(two)\"}") == ["success": true])
      #expect(try client.request("subscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
      #expect(try client.request("unsubscribe:order", "{\"orderId\":\"\(two)\"}") == ["success": true])
      try client.engine.cut()
      func orders(_ numbers: ClosedRange<Int>) -> [String] {
        numbers.map { TestBus.numbered("north", $0, order: $0 % 2 == 0 ? two : one) }
      }
      record(orders(1...5), [first, second])
      let back = try second.comeBack(client.pid, client.offset)
      #expect(back.sid == client.sid)
      for number in [1, 3, 5] { #expect(try back.nextEvent().number == number) }
      record(orders(6...7), [first, second])
      #expect(try back.nextEvent().number == 7)
      // One that left all rooms hears nothing, missed or new.
      #expect(try back.request("unsubscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
      let silent = try first.comeBack(back.pid, "1001-0")
      #expect(silent.sid == client.sid)
      record(orders(8...9), [first, second])
      #expect(try silent.request("ping") == ["success": true])
    }
  }

  @Test func theNewestNoteOfItsRoomsStandsHoweverLongAnOlderOneTakes() async throws {
    let (one, two) = (one, two)
    try await withServer { server in
      let client = try server.socketIO("north")
      server.live.streams.delayNotes(ms: [300])
      let ids = try [one, two].map { try client.ask("subscribe:order", "{\"orderId\":\"\($0)\"}") }
      for id in ids { #expect(try client.next() == .ack(id: id, ["success": true])) }
      #expect(server.live.streams.noted(client.sid) == "all \(one) \(two)")
      server.live.streams.set(isUp: false)
      #expect(try client.request("unsubscribe:order", "{\"orderId\":\"\(two)\"}")["code"] == "unavailable")
    }
  }

  @Test func followsAnOrderAgainAfterItsTenantWasLetGo() async throws {
    let one = one
    try await withServer({
      $0.unsubscribeDelayMs = 1; $0.loopCount = 1
    }) { server in
      _ = server.live.streams.add("north", TestBus.numbered("north", 1, order: one))
      let client = try server.socketIO("north")
      #expect(try client.request("unsubscribe:orders") == ["success": true])
      for round in 1...3 {
        #expect(blockUntil { server.live.bus.unsubscriptions.count == round })
        #expect(try client.request("subscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
        server.live.bus.record([TestBus.numbered("north", round, order: one)], tenant: "north")
        #expect(try client.nextEvent().number == round)
        #expect(try client.request("unsubscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
      }
    }
  }

  // MARK: Refused

  enum Obstacle: CaseIterable {
    case anotherUser, tampered, nonsense, tooOld, anotherKey, noPlace, badPlace, unknownPlace, trimmed, wiped
  }

  @Test(arguments: Obstacle.allCases)
  func beginsAnewAndMustLoadAgainIfItCannotGoOn(obstacle: Obstacle) async throws {
    try await withTwoServers({ if obstacle == .anotherKey { $0.ticketKey = [1] } }) { first, second in
      let client = try first.socketIO("north")
      record(1...3, [first])
      for _ in 1...3 { _ = try client.nextEvent() }
      try client.engine.cut()
      record(4...9, [first])
      var (pid, offset, user) = (client.pid, client.offset, "ada")
      switch obstacle {
      case .anotherUser: user = "eve"
      case .tampered: pid = pid.map { String($0.dropLast()) + ($0.last == "0" ? "1" : "0") }
      case .nonsense: pid = "a.b"
      case .tooOld: second.live.clock.jump(ms: 24 * 3_600_000 + 1_000)
      case .anotherKey: break
      case .noPlace: offset = nil
      case .badPlace: offset = "yesterday"
      case .unknownPlace: offset = "1-1"
      case .trimmed: first.live.streams.trim("north", to: 2)
      case .wiped:
        first.live.streams.wipe()
        record(10...12, [first])
      }
      let back = try second.comeBack(pid, offset, as: user)
      #expect(back.sid != client.sid && back.pid != client.pid && back.sid != nil)
      let ready = try back.nextEvent()
      let resync = try back.nextEvent()
      #expect(ready.name == "hub:ready" && ready.offset != nil)
      #expect(resync.name == "resync" && resync.offset == ready.offset && resync.data["reason"] == "too far behind")
      record(20...21, [first, second])
      for number in 20...21 { #expect(try back.nextEvent().number == number) }
      #expect(second.live.metrics.render().contains("orderhub_live_recoveries_total{from=\"missed\"} 1\n"))
    }
  }

  @Test func whileRedisIsAwayItBeginsAnewWhereTheTenantStandsAndWaitsWhereItDoesNot() async throws {
    try await withTwoServers { first, second in
      let stays = try first.socketIO("north", "stays")
      let client = try first.socketIO("north")
      try client.engine.cut()
      first.live.streams.set(isUp: false)
      let here = try first.comeBack(client.pid, client.offset)
      let there = try second.comeBack(client.pid, client.offset)
      #expect(here.sid != client.sid && there.sid != client.sid)
      #expect(try [here.nextEvent().name, here.nextEvent().name] == ["hub:ready", "resync"])
      #expect(try there.request("ping") == ["success": true])
      first.live.streams.set(isUp: true)
      #expect(try [there.nextEvent().name, there.nextEvent().name] == ["hub:ready", "resync"])
      record(1...1, [first, second])
      for client in [stays, here, there] { #expect(try client.nextEvent().number == 1) }
    }
  }

  @Test func whoLeavesWhileItsPlaceIsLookedForMayComeAgain() async throws {
    try await withTwoServers { first, second in
      let client = try first.socketIO("north")
      try client.engine.cut()
      record(1...2, [first, second])
      first.live.streams.delayReads(ms: 200)
      let back = try second.session(.websocket)
      let token = second.live.token("north")
      let auth = "{\"token\":\"\(token)\",\"pid\":\"\(client.pid ?? "")\",\"offset\":\"1001-0\"}"
      try back.engine.send("40\(auth)")
      try back.engine.send("41")
      try back.engine.send("40\(auth)")
      #expect(try back.next() == .connected(sid: client.sid ?? "", pid: client.pid))
      for number in 1...2 { #expect(try back.nextEvent().number == number) }
      record(3...3, [first, second])
      #expect(try back.nextEvent().number == 3)
      // One that asks for a new session meanwhile gets that, and nothing of the old one.
      let other = try second.session(.websocket)
      try other.engine.send("40\(auth)")
      try other.engine.send("41")
      guard case .connected(let sid, _) = try other.connect(auth: "{\"token\":\"\(token)\"}") else {
        throw EnginePeer.Failure.timedOut
      }
      #expect(sid != client.sid)
      #expect(try other.nextEvent().name == "hub:ready")
      record(4...4, [first, second])
      #expect(try other.nextEvent().number == 4)
      #expect(try other.request("ping") == ["success": true])
    }
  }

  @Test func howeverOftenItIsCutAndWhereverItComesBackItGetsEachEventOnce() async throws {
    try await withTwoServers { first, second in
      let servers = [first, second]
      var random = Chance(seed: 11)
      var clients = try (0..<6).map {
        try servers[$0 % 2].socketIO("north", "u\($0)", over: $0 < 2 ? .polling : .websocket)
      }
      let names = clients.map(\.sid)
      var last = [Int](repeating: 0, count: clients.count)
      var newest = 0
      func read(_ at: Int, upTo number: Int) throws {
        while last[at] < number {
          last[at] += 1
          #expect(try clients[at].nextEvent().number == last[at])
        }
      }
      for _ in 0..<60 {
        let count = 1 + random(3)
        record((newest + 1)...(newest + count), servers)
        newest += count
        let at = random(clients.count)
        try read(at, upTo: last[at] + random(newest - last[at] + 1))
        guard random(3) == 0 else { continue }
        try clients[at].engine.cut()
        clients[at] = try servers[random(2)].comeBack(
          clients[at].pid, clients[at].offset, as: "u\(at)", over: random(2) == 0 ? .polling : .websocket)
        #expect(clients[at].sid == names[at])
      }
      for at in clients.indices {
        try read(at, upTo: newest)
        #expect(try clients[at].request("ping") == ["success": true])
      }
    }
  }
}

/// Numbers that are the same in each run.
struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A number from 0 up to, but not, `below`.
  mutating func callAsFunction(_ below: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % below
  }
}
