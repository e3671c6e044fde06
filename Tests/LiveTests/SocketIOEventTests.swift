import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

@Suite(.serialized) struct SocketIOEventTests {
  private let one = "6563f1c2a9b4e80012ab34c1"
  private let two = "6563f1c2a9b4e80012ab34c2"

  @Test(arguments: EnginePeer.Transport.allCases)
  func everyEventBringsItsPlaceAndOneWithoutThatOfTheOneBefore(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      let client = try server.socketIO("north", over: transport)
      #expect(client.offset == "1001-0")
      server.live.bus.publish([TestBus.numbered("north", 1)], tenant: "north")
      #expect(
        try client.nextEvent()
          == .init(
            name: "order:updated", arguments: [["order": ["version": 1]]], offset: "1001-0", attachments: []))
      server.live.bus.publish(
        [TestBus.numbered("north", 2, offset: "2000-7"), TestBus.numbered("north", 3)], tenant: "north")
      #expect(try client.nextEvent().offset == "2000-7")
      // They came together, and still the second has not moved back.
      #expect(try client.nextEvent().offset == "2000-7")
      server.live.bus.publish([TestBus.numbered("north", 4)], tenant: "north")
      #expect(try client.nextEvent().offset == "2000-7")
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func staffHearTheTenantAndOthersTheirOwnOrdersOnly(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      let staff = try ["admin", "employee", "system"].map {
        try server.socketIO("north", "s-\($0)", role: $0, over: transport)
      }
      let own = try ["customer", "second"].map {
        try server.socketIO("north", "c-\($0)", role: "customer", over: transport)
      }
      let foreign = try server.socketIO("south", "c-customer", role: "customer", over: transport)
      server.live.bus.record(
        [
          TestBus.numbered("north", 1), TestBus.numbered("north", 2, customer: "c-customer"),
          TestBus.numbered("north", 3, customer: "c-second"), TestBus.numbered("north", 4, customer: "c-other"),
        ], tenant: "north")
      for client in staff { for number in 1...4 { #expect(try client.nextEvent().number == number) } }
      for (client, number) in zip(own, 2...3) { #expect(try client.nextEvent().number == number) }
      for client in staff + own + [foreign] { #expect(try client.request("ping") == ["success": true]) }
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func followsSingleOrdersFromTheAckOnUntilTheyAreLeft(transport: EnginePeer.Transport) async throws {
    let (one, two) = (one, two)
    try await withServer { server in
      let client = try server.socketIO("north", over: transport)
      #expect(try client.request("unsubscribe:orders") == ["success": true])
      #expect(try client.request("subscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
      server.live.bus.record(
        [TestBus.numbered("north", 1, order: two), TestBus.numbered("north", 2, order: one)], tenant: "north")
      #expect(try client.nextEvent().number == 2)
      #expect(try client.request("unsubscribe:order", "{ \"orderId\":\"\(one)\"}") == ["success": true])
      #expect(try client.request("subscribe:order", "{\"orderId\":\"\(two)\"}") == ["success": true])
      server.live.bus.record(
        [TestBus.numbered("north", 3, order: one), TestBus.numbered("north", 4, order: two)], tenant: "north")
      #expect(try client.nextEvent().number == 4)
      // With both, an event comes once.
      #expect(try client.request("subscribe:orders") == ["success": true])
      server.live.bus.record([TestBus.numbered("north", 5, order: two)], tenant: "north")
      #expect(try client.nextEvent().name == "hub:ready")
      #expect(try client.nextEvent().number == 5)
      #expect(try client.request("ping") == ["success": true])
    }
  }

  @Test func aCustomerThatNamesAnothersOrderHearsNothingOfIt() async throws {
    let one = one
    try await withServer { server in
      let client = try server.socketIO("north", "c-1", role: "customer")
      #expect(try client.request("subscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
      server.live.bus.record(
        [
          TestBus.numbered("north", 1, order: one, customer: "c-2"), TestBus.numbered("north", 2, order: one),
          TestBus.numbered("north", 3, order: one, customer: "c-1"),
        ], tenant: "north")
      #expect(try client.nextEvent().number == 3)
      #expect(try client.request("ping") == ["success": true])
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func refusesCommandsByTheirAcksOrByAnEvent(transport: EnginePeer.Transport) async throws {
    let (one, two) = (one, two)
    try await withServer({ $0.ordersPerConnection = 1 }) { server in
      let client = try server.socketIO("north", over: transport)
      func refused(_ name: String, _ json: String? = nil) throws -> String {
        let answer = try client.request(name, json)
        #expect(answer["success"] == false && !answer["message"].text.isEmpty)
        return answer["code"].text
      }
      #expect(try refused("dance") == "bad_command")
      #expect(try refused("subscribe:order") == "bad_command")
      #expect(try refused("subscribe:order", "{\"orderId\":7}") == "bad_command")
      #expect(try refused("subscribe:order", "{\"orderId\":\"nonsense\"}") == "bad_order")
      #expect(try refused("unsubscribe:order", "{\"orderId\":\"nonsense\"}") == "bad_order")
      #expect(try refused("subscribe:orders", "{\"tenantId\":\"south\"}") == "forbidden")
      #expect(try refused("auth", "{\"token\":\"bad\"}") == "unauthorised")
      #expect(try client.request("subscribe:order", "{\"orderId\":\"\(one)\"}") == ["success": true])
      #expect(try refused("subscribe:order", "{\"orderId\":\"\(two)\"}") == "too_many")
      try client.emit("dance")
      let told = try client.nextEvent()
      #expect(told.name == "hub:error" && told.data["code"] == "bad_command" && told.offset == "1001-0")
      // One that is fine and asks for no ack gets no answer at all.
      try client.emit("ping")
      try client.emit("subscribe:order", "{\"orderId\":\"\(one)\"}")
      #expect(try client.request("ping") == ["success": true])
    }
  }

  @Test func acksComeInTheOrderOfTheCommandsAndEachOnce() async throws {
    try await withServer { server in
      let client = try server.socketIO("north")
      let ids = try (0..<20).map { _ in try client.ask("ping") }
      for id in ids { #expect(try client.next() == .ack(id: id, ["success": true])) }
      // While the bus is away a room is not served, and each who asked for it is told when it is.
      server.live.bus.listener?.lost()
      let order = "{\"orderId\":\"\(one)\"}"
      let waiting = [try client.ask("subscribe:order", order), try client.ask("subscribe:order", order)]
      #expect(try client.request("ping") == ["success": true])
      server.live.bus.listener?.subscribed(try #require(TenantID("north")))
      for id in waiting { #expect(try client.next() == .ack(id: id, ["success": true])) }
    }
  }

  @Test func whoLeavesAnOrderBeforeItIsServedGetsBothAcks() async throws {
    try await withServer { server in
      let client = try server.socketIO("north")
      server.live.bus.listener?.lost()
      let order = "{\"orderId\":\"\(one)\"}"
      let ids = [try client.ask("subscribe:order", order), try client.ask("unsubscribe:order", order)]
      guard case .ack(ids[0], let first) = try client.next() else { throw EnginePeer.Failure.timedOut }
      #expect(first["success"] == false && first["code"] == "left")
      #expect(try client.next() == .ack(id: ids[1], ["success": true]))
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func takesABinaryEventWithoutHarm(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      let client = try server.socketIO("north", over: transport)
      let blob = "{\"_placeholder\":true,\"num\":0}"
      try client.engine.send([.text("451-7[\"upload\",\(blob)]"), .binary([0, 1, 255])])
      guard case .ack(7, let answer) = try client.next() else { throw EnginePeer.Failure.timedOut }
      #expect(answer["code"] == "bad_command")
      try client.engine.send([.text("451-8[\"ping\",\(blob)]"), .binary([])])
      #expect(try client.next() == .ack(id: 8, ["success": true]))
      // One that nobody announced is a fault.
      try client.engine.send([.binary([1])])
      // Who polls hears it by a request that waits then, or asks for a session that is gone.
      switch (transport, try client.end()) {
      case (_, .ended), (.polling, .refused(400, _, _)): break
      case (_, let other): throw other
      }
    }
  }

  @Test func aPollingClientGetsWhatOneOnAWebSocketGets() async throws {
    try await withServer { server in
      let clients = try EnginePeer.Transport.allCases.map { try server.socketIO("north", over: $0) }
      for start in stride(from: 1, to: 100, by: 7) { server.record(start...(start + 6)) }
      for number in 1...105 {
        let (one, two) = (try clients[0].nextEvent(), try clients[1].nextEvent())
        #expect(one == two)
        #expect(one.number == number)
      }
    }
  }

  @Test func losesAndDoublesNothingAcrossTheUpgradeWhileEventsFlow() async throws {
    try await withServer { server in
      var numbers = 0
      for round in 0..<25 {
        let client = try server.socketIO("north", "u\(round)", over: .polling)
        var expected: [Int] = []
        func flow() {
          let count = 1 + round % 5
          server.record((numbers + 1)...(numbers + count))
          expected += (numbers + 1)...(numbers + count)
          numbers += count
        }
        flow()
        if round % 2 == 0 { #expect(try client.nextEvent().number == expected.removeFirst()) }
        try client.engine.upgrade { flow() }
        flow()
        for number in expected { #expect(try client.nextEvent().number == number) }
        #expect(client.engine.transport == .websocket)
        #expect(try client.request("ping") == ["success": true])
        // The old transport is closed to it.
        let late = try RawClient(port: server.port)
        try late.request("GET", "/socket.io/?EIO=4&transport=polling&sid=\(client.engine.sid)")
        #expect(try late.answer().status == 400)
      }
      #expect(
        blockUntil {
          server.live.metrics.render().contains("orderhub_live_connections{transport=\"socketio_polling\"} 0\n")
        })
    }
  }
}
