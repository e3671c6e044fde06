import EngineServer
import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

@Suite(.serialized) struct EveryTransportTests {
  @Test func aHundredTenantsGetTheirOwnEventsAndNotOneFrameAstray() async throws {
    // However long it takes here, no client is too slow to answer a ping.
    try await withServer(standing: true) { server in
      var random = Chance(seed: 5)
      var members: [(listener: LiveEar, tenant: Int, customer: String?, expected: [Int])] = []
      func join(_ index: Int) throws {
        let tenant = random(100)
        let isCustomer = random(4) == 0
        let user = isCustomer ? "c\(random(3))" : "u\(index)"
        let listener = try server.ear(index % 4, "t\(tenant)", user, role: isCustomer ? "customer" : "employee")
        members.append((listener, tenant, isCustomer ? user : nil, []))
      }
      for index in 0..<160 { try join(index) }
      var number = 0
      for step in 0..<800 {
        let tenant = random(100)
        let customers: [String?] = (0...random(3)).map { _ in
          let customer = random(4)
          return customer == 3 ? nil : "c\(customer)"
        }
        let events = customers.map { customer in
          number += 1
          for at in members.indices where members[at].tenant == tenant {
            if members[at].customer == nil || members[at].customer == customer { members[at].expected.append(number) }
          }
          return TestBus.numbered("t\(tenant)", number, customer: customer)
        }
        server.live.bus.record(events, tenant: "t\(tenant)")
        guard step % 20 == 0 else { continue }
        // Some leave and some come while events flow.
        members.remove(at: random(members.count))
        try join(step / 20)
      }
      var count = 0
      for (listener, _, _, expected) in members {
        for number in expected { #expect(try listener.next().number == number) }
        count += expected.count
      }
      #expect(count > 1_000)
      for (listener, _, _, _) in members { #expect(try listener.isEmpty()) }
    }
  }

  @Test func thousandsThatComeAndGoLeaveNothingBehind() async throws {
    try await withServer({
      $0.handshakesPerSecond = 0; $0.unsubscribeDelayMs = 100
    }) { server in
      let live = server.live
      try comeAndGo(server, count: 1)
      #expect(blockUntil { live.hub.connectionCount == 0 && live.hub.feeds.count == 0 })
      let before = try Self.descriptors()
      let shown = Self.gauges(live.metrics)
      try comeAndGo(server, count: Self.rounds)
      #expect(blockUntil { live.hub.connectionCount == 0 && live.hub.feeds.count == 0 })
      // Other tests have sockets too, but not as many as one kind would leave here.
      #expect(blockUntil { (try? Self.descriptors()) ?? .max <= before + Self.rounds / 2 })
      #expect(Self.gauges(live.metrics) == shown)
      #expect(shown.allSatisfy { $0.hasSuffix(" 0") } && shown.count >= 6)
      #expect(live.hub.gate.census.isEmpty)
      #expect(live.hub.door.sessionCount == 0)
      #expect(Set(live.bus.subscriptions) == Set(live.bus.unsubscriptions))
    }
  }

  private static let rounds = 2_000

  /// So many clients of each kind that come and go, the kinds side by side.
  private func comeAndGo(_ server: LiveServer, count: Int) throws {
    let faults = Locked<[any Error]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { kind in
      for index in 0..<count {
        do { try comeAndGo(server, kind, index) } catch {
          return faults.with { $0.append(error) }
        }
      }
    }
    if let fault = faults.with({ $0.first }) { throw fault }
  }

  /// Some are greeted and some not, and some go politely and some not.
  private func comeAndGo(_ server: LiveServer, _ kind: Int, _ index: Int) throws {
    let tenant = "t\(index % 50)"
    switch kind {
    case 0: _ = try server.plain(tenant)
    case 1:
      let client = try server.socketIO(tenant, over: .polling)
      if index % 2 == 1 { try client.engine.send("1") } else { try client.engine.upgrade() }
    case 2:
      let client = try server.session(.websocket)
      if index % 2 == 1 { try client.connect(auth: "{\"token\":\"\(server.live.token(tenant))\"}") }
    default: _ = try server.stream(tenant)
    }
  }

  private static func descriptors() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
  }

  private static func gauges(_ metrics: Metrics) -> [String] {
    metrics.render().split(separator: "\n").map(String.init).filter { line in
      ["orderhub_live_connections{", "orderhub_live_rooms ", "orderhub_live_queued_bytes "].contains {
        line.hasPrefix($0)
      }
    }
  }
}
