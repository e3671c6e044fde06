import Foundation
import HubTestSupport
import Testing

@Suite struct LiveTenantTests {
  /// One client: of which tenant, of what kind, and the order that it follows, its own tenant's or not.
  private struct Listener {
    var name: String
    var tenant: Int
    var order: (id: String, isOwn: Bool)?
  }

  @Test func nobodyHearsOfAnotherTenantByAnyTransport() async throws {
    let hub = try await Hub.shared()
    let clients = try await LiveClients.start()
    defer { clients.end() }
    let callers = try (0..<4).map { _ in try hub.caller() }
    let first = try await atOnce(4) { try await callers[$0].place([("p1", "10")]) }
    var chance = SplitMix(state: 20_261_121)
    var listeners: [Listener] = []
    for tenant in 0..<4 {
      for kind in WatchKind.allCases {
        var listener = Listener(name: "\(kind)-\(tenant)", tenant: tenant)
        // Some of those that can follow one order try one, any tenant's.
        if [.plain, .sse].contains(kind), Bool.random(using: &chance) {
          let whose = Int.random(in: 0..<4, using: &chance)
          listener.order = (first[whose].id, whose == tenant)
        }
        try await clients.watch(
          kind, as: listener.name, by: callers[tenant], at: [hub.live.port], order: listener.order?.id)
        listeners.append(listener)
      }
    }
    #expect(listeners.contains { $0.order?.isOwn == false })
    for listener in listeners {
      try await eventually("\(listener.name) is served, or told that there is no such order") {
        try await clients.log(of: listener.name)["log"].items.contains {
          listener.order?.isOwn == false ? $0["other"]["code"] == "order_not_found" : $0["loaded"] != .missing
        }
      }
    }
    let trades = callers.map { Trade($0, hands: 1) }
    _ = try await atOnce(4) { try await callers[$0].deliver(first[$0], "10", status: "delivered") }
    for listener in listeners where listener.order?.isOwn != false {
      try await eventually("\(listener.name) hears of its orders") {
        let log = try await clients.log(of: listener.name)["log"]
        return log.items.count { $0["event"] != .missing } >= (listener.order == nil ? 17 : 3)
      }
    }
    for trade in trades { await trade.end() }

    var names: [Set<String>] = []
    for caller in callers { names.append(try await caller.namesOfAll()) }
    for listener in listeners {
      let log = try await clients.log(of: listener.name, withData: true)["log"]
      let heard = Set(log.texts.flatMap(\.entityNames))
      for other in 0..<4 where other != listener.tenant {
        #expect(heard.isDisjoint(with: names[other]), "\(listener)")
      }
      if listener.order?.isOwn == false {
        #expect(log.items.count { $0["event"] != .missing } == 0, "\(listener)")
      }
    }
  }

  @Test func aTenantThatIsNotTheTokensIsRefused() async throws {
    let hub = try await Hub.shared()
    let (ada, eve) = (try hub.caller(), try hub.caller())
    let socket = try await hub.socket(ada, subscribes: false)
    socket.client.send(#"{"type":"subscribe:orders","tenantId":"\#(eve.tenant)"}"#)
    let refused = try await socket.next(1)
    #expect([refused[0]["type"], refused[0]["code"]] == ["error", "forbidden"])
    _ = try await eve.place([("p1", "1")])
    #expect(try await socket.isQuiet())
  }
}

extension Caller {
  /// The names of all that the tenant has: orders, their items, deliveries.
  fileprivate func namesOfAll() async throws -> Set<String> {
    var names: Set<String> = []
    for order in try await versions().keys {
      names.formUnion(try await get("/api/orders/\(order)/events?limit=200").text.entityNames)
    }
    return names
  }
}

extension String {
  /// The 24-digit names in it.
  fileprivate var entityNames: [String] { matches(of: /[0-9a-f]{24}/).map { String($0.output) } }
}

extension Document {
  /// All texts in it.
  fileprivate var texts: [String] {
    switch self {
    case .string(let text): [text]
    case .array(let items): items.flatMap(\.texts)
    case .object(let members): members.keys + members.values.flatMap(\.texts)
    case .missing, .null, .bool, .number: []
    }
  }
}
