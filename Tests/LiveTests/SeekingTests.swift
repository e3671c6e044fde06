import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// An order that is followed alone is looked for first.
@Suite(.serialized) struct SeekingTests {
  private let one = "6563f1c2a9b4e80012ab34c1"
  private static let refusal = "there is no such order, or it is none of yours"

  /// What is not there, what is another tenant's, and, for a customer, what is another customer's.
  @Test(arguments: ["nothing", "tenant", "customer"])
  func whatIsNotThereAndWhatIsNotTheirsIsRefusedAlikeOnEachWay(why: String) async throws {
    let one = one
    try await withServer { server in
      switch why {
      case "nothing": server.live.owners.remove(one)
      case "tenant": server.live.owners.add(one, of: "south", customer: "c-1")
      default: server.live.owners.add(one, of: "north", customer: "c-2")
      }
      let plain = try server.plain("north", "c-1", role: "customer")
      plain.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(one)\"}")
      #expect(
        Document(parsing: try plain.nextText())
          == ["type": "error", "code": "order_not_found", "message": .string(Self.refusal)])
      for transport in EnginePeer.Transport.allCases {
        let client = try server.socketIO("north", "c-1", role: "customer", over: transport)
        #expect(
          try client.request("subscribe:order", "{\"orderId\":\"\(one)\"}")
            == ["success": false, "code": "order_not_found", "message": .string(Self.refusal)])
      }
      let stream = try server.stream("north", "c-1", role: "customer", query: "?orderId=\(one)")
      let told = try stream.next()
      #expect(told.event == "hub:error")
      #expect(
        Document(parsing: told.data ?? "") == ["code": "order_not_found", "message": .string(Self.refusal)])
    }
  }

  @Test func ownOrdersAndThoseOfWhichNobodyKnowsAreFollowed() async throws {
    let one = one
    try await withServer { server in
      let unknown = "6563f1c2a9b4e80012ab34c2"
      server.live.owners.add(one, of: "north", customer: "c-1")
      let client = try server.socketIO("north", "c-1", role: "customer")
      for order in [one, unknown] {
        #expect(try client.request("subscribe:order", "{\"orderId\":\"\(order)\"}") == ["success": true])
      }
      #expect(server.live.owners.calls == 2)
      // Whoever follows it already is not looked for again.
      #expect(try client.request("subscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
      #expect(server.live.owners.calls == 2)
      let stream = try server.stream("north", "c-1", role: "customer", query: "?orderId=\(one)")
      #expect(try stream.next().event == "hub:ready")
    }
  }

  @Test func whoeverLeavesAnOrderWhileItIsLookedForDoesNotFollowIt() async throws {
    let one = one
    try await withServer { server in
      server.live.owners.add(one, of: "north")
      server.live.owners.hold(true)
      let client = try server.socketIO("north")
      #expect(try client.request("unsubscribe:orders") == ["success": true])
      let asked = try client.ask("subscribe:order", "{\"orderId\":\"\(one)\"}")
      #expect(blockUntil { server.live.owners.calls == 1 })
      try client.ask("unsubscribe:order", "{\"orderId\":\"\(one)\"}")
      guard case .ack(asked, let left) = try client.next() else { throw EnginePeer.Failure.malformed("no ack") }
      #expect(left["code"] == "left")
      guard case .ack(_, ["success": true]) = try client.next() else { throw EnginePeer.Failure.malformed("no ack") }
      server.live.owners.hold(false)
      // Asked anew, it is looked for anew, and then followed.
      #expect(try client.request("subscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
      server.live.bus.record([TestBus.numbered("north", 1, order: one)], tenant: "north")
      #expect(try client.nextEvent().number == 1)
      #expect(try client.request("ping") == ["success": true])
    }
  }

  @Test func nobodyHasMoreLookedForThanItMayFollow() async throws {
    let one = one
    try await withServer({ $0.ordersPerConnection = 1 }) { server in
      server.live.owners.hold(true)
      let client = try server.socketIO("north")
      try client.ask("subscribe:order", "{\"orderId\":\"\(one)\"}")
      #expect(blockUntil { server.live.owners.calls == 1 })
      let other = try client.request("subscribe:order", "{\"orderId\":\"6563f1c2a9b4e80012ab34c2\"}")
      #expect(other["code"] == "too_many")
      #expect(server.live.owners.calls == 1)
      server.live.owners.hold(false)
    }
  }

  @Test func whoeverIsGoneMeanwhileIsForgotten() async throws {
    let one = one
    try await withServer { server in
      server.live.owners.add(one, of: "north")
      server.live.owners.hold(true)
      do {
        let plain = try server.plain("north")
        plain.send("{\"type\":\"subscribe:order\",\"orderId\":\"\(one)\"}")
        #expect(blockUntil { server.live.owners.calls == 1 })
      }
      #expect(blockUntil { server.live.hub.connectionCount == 0 })
      server.live.owners.hold(false)
      #expect(try server.stream("north").next().event == "hub:ready")
    }
  }
}
