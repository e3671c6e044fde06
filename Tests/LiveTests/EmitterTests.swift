import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

@Suite(.serialized) struct EmitterTests {
  private let order = "6563f1c2a9b4e80012ab34c1"

  private func emit(_ server: LiveServer, _ rooms: [Text], except: [Text] = [], _ number: Int) {
    server.live.bus.listener?.emitted(
      EmittedEvent(rooms: rooms, except: except, name: "news", arguments: Array("{\"n\":\(number)},\"last\"".utf8)))
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func reachesClientsByTheirRooms(transport: EnginePeer.Transport) async throws {
    let order = order
    try await withServer { server in
      let ada = try server.socketIO("north", "ada", over: transport)
      let bob = try server.socketIO("north", "bob", role: "customer", over: transport)
      let eve = try server.socketIO("south", "ada", over: transport)
      #expect(try ada.request("subscribe:order", "{\"orderId\":\"\(order)\"}") == ["success": true])
      #expect(try bob.request("subscribe:order", "{\"orderId\":\"\(order)\"}") == ["success": true])
      let name = Text(try #require(ada.sid))
      let cases: [(rooms: [Text], except: [Text], takers: [SocketIOPeer])] = [
        ([], [], [ada, bob, eve]),
        (["tenant:north"], [], [ada]),
        (["user:north:bob"], [], [bob]),
        (["user:north:ada"], [], [ada]),
        (["user:south:ada"], [], [eve]),
        (["order:north:\(order)"], [], [ada]),
        ([name], [], [ada]),
        // In several of them, and still once.
        (["tenant:north", name, "order:north:\(order)"], [], [ada]),
        ([], [name], [bob, eve]),
        (["user:north:bob", "tenant:south"], ["user:north:bob"], [eve]),
        ([], ["order:north:\(order)", "tenant:south"], [bob]),
        (["tenant:nor", "user:north", Text(ada.engine.sid), ""], [], []),
      ]
      for (number, (rooms, except, takers)) in cases.enumerated() {
        emit(server, rooms, except: except, number)
        for client in takers {
          let event = try client.nextEvent()
          #expect(event.name == "news" && event.arguments == [["n": .number(Double(number))], "last"])
          #expect(event.offset == (client === eve ? "1002-0" : "1001-0"))
        }
      }
      // Nobody got more.
      emit(server, [], 99)
      for client in [ada, bob, eve] { #expect(try client.nextEvent().number == 99) }
    }
  }

  @Test func reachesSocketIOClientsOfTheMainNamespaceOnly() async throws {
    try await withServer { server in
      let client = try server.socketIO("north")
      let left = try server.socketIO("north", "left")
      try left.engine.send("41")
      let stranger = try server.session(.websocket)
      let plain = try server.plain("north")
      let stream = try server.stream("north")
      #expect(try stream.next().event == "hub:ready")
      #expect(
        blockUntil {
          server.live.metrics.render().contains("orderhub_live_connections{transport=\"socketio_websocket\"} 3\n")
        })
      server.live.bus.listener?.emitted(EmittedEvent(namespace: "/admin", name: "news"))
      emit(server, [], 1)
      #expect(try client.nextEvent().number == 1)
      server.record(2...2)
      #expect(try client.nextEvent().number == 2)
      #expect(try plain.nextText().contains("\"n\":2"))
      #expect(try stream.next().event == "order:updated")
      for absent in [left, stranger] {
        guard case .connected = try absent.connect(auth: "{\"token\":\"\(server.live.token("north", "left"))\"}") else {
          throw EnginePeer.Failure.timedOut
        }
        #expect(try absent.nextEvent().name == "hub:ready")
      }
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func carriesBinaryArgumentsAndThePlaceAfterThem(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      let client = try server.socketIO("north", over: transport)
      let blobs: [[UInt8]] = [[0, 1, 2, 255], [], [UInt8](repeating: 7, count: 70_000)]
      let places = (0..<3).map { "{\"_placeholder\":true,\"num\":\($0)}" }.joined(separator: ",")
      server.live.bus.listener?.emitted(
        EmittedEvent(name: "files", arguments: Array("\"a\",\(places)".utf8), attachments: blobs))
      let event = try client.nextEvent()
      #expect(event.name == "files" && event.attachments == blobs && event.offset == "1001-0")
      #expect(event.arguments.count == 4 && event.arguments[0] == "a" && event.arguments[2]["num"] == 1)
      server.live.bus.listener?.emitted(EmittedEvent(name: "bare"))
      #expect(try client.nextEvent() == .init(name: "bare", arguments: [], offset: "1001-0"))
    }
  }

  @Test func keepsThePlaceOfTheTenantEvenWhileTheBusIsAway() async throws {
    try await withServer { server in
      let client = try server.socketIO("north")
      server.record(1...1)
      #expect(try client.nextEvent().offset == "1002-0")
      server.live.bus.listener?.lost()
      emit(server, [], 2)
      #expect(try client.nextEvent().offset == "1002-0")
      try client.emit("dance")
      #expect(try client.nextEvent().offset == "1002-0")
      server.live.bus.listener?.subscribed(try #require(TenantID("north")))
      server.record(3...3)
      #expect(try client.nextEvent().number == 3)
    }
  }

  @Test func isDroppedAndCountedWhereALoopIsTooFarBehind() async throws {
    try await withServer({
      $0.loopCount = 1; $0.mailboxLimit = 1; $0.mailboxLimitBytes = 1; $0.queueLimitBytes = 16 * 1_048_576
    }) { server in
      let client = try server.socketIO("north")
      for number in 1...20_000 { emit(server, [], number) }
      var last = 0
      while last < 20_000, let event = try? client.nextEvent(withinMs: 500) {
        let number = try #require(event.number)
        #expect(number > last)
        last = number
      }
      #expect(!server.live.metrics.render().contains("orderhub_live_emitted_dropped_total 0\n"))
      #expect(try client.request("ping") == ["success": true])
    }
  }
}
