import Foundation
import HubTestSupport
import Orders
import Testing

/// The hub and python-socketio, which somebody else wrote.
@Suite struct SocketIOClientTests {
  /// An order of a tenant's own workflow, with a part that was made and moved.
  private static func orderWithPart(_ boss: Caller) async throws -> Document {
    let definition = #"""
      {"name": "rental", "states": [{"name": "out", "phase": "active"}, {"name": "back", "phase": "closed", "final": true}],
       "rows": [
         {"event": "place", "to": "out", "who": ["staff"]},
         {"event": "ask", "from": "out", "to": "out", "who": ["staff"],
          "effects": [{"addPart": "return", "status": "requested"}]},
         {"event": "take", "from": "out", "to": "back", "who": ["staff"],
          "input": [{"name": "returnId", "type": "identity", "required": true}],
          "effects": [{"movePart": "return", "status": "received"}]}]}
      """#
    let put = try await boss.call("PUT", "/api/workflows/rental", body: definition)
    guard put.status == 201 else { throw TestServerError("no workflow: \(put)") }
    let order = try await boss.place([("p1", "1")], extra: #","workflow":"rental""#)
    let actions = "/api/orders/\(order.id)/actions"
    let asked = try await boss.post("\(actions)/ask")
    let taken = try await boss.post("\(actions)/take", #"{"returnId":"\#(asked["parts"][0].id)"}"#)
    guard taken.status == 200 else { throw TestServerError("\(asked), \(taken)") }
    return order
  }

  @Test(arguments: Transports.allCases)
  func everyEventArrivesWithItsDataAndItsPlace(over transports: Transports) async throws {
    let hub = try await Hub.shared()
    let clients = try await LiveClients.start()
    defer { clients.end() }
    let ada = try hub.caller()
    let root = try ada.other("root", .admin)
    let opened = try await clients.connect(to: hub.live, token: ada.token, over: transports)
    #expect(opened["transport"].text == transports.reached)
    #expect(!opened["sid"].text.isEmpty && !opened["pid"].text.isEmpty)

    let order = try await ada.place([("p1", "10")])
    let delivery = try await ada.deliver(order, "10", status: "delivered")["delivery"]
    let invoice = try await ada.invoice(delivery)["invoice"]
    #expect(try await ada.pay(invoice, "100").status == 201)
    let other = try await ada.place([("p1", "1")])
    let pending = try await ada.deliver(other, "1")["delivery"]
    #expect(try await ada.move(pending, to: "dispatched").status == 200)
    let billed = try await ada.invoice(pending)["invoice"]
    #expect(try await root.credit(billed).status == 201)
    let third = try await ada.place([("p1", "1")])
    #expect(try await root.patch("/api/orders/\(third.id)/cancel").status == 200)
    let returned = try await Self.orderWithPart(root)

    // What the hub has on record is what the client gets: names, data, order.
    var recorded: [String: [Document]] = [:]
    for order in [order, other, third, returned] { recorded[order.id] = try await ada.events(order) }
    let wanted = try [order, other, third, returned].flatMap { try #require(recorded[$0.id]) }
    #expect(Set(wanted.map { $0["type"].text }) == Set(EventType.allCases.map(\.rawValue)))
    let seen = try await clients.take(wanted.count + 1)
    #expect(seen.first?[0] == "hub:ready")
    #expect(seen.first?[1] == ["tenant": .string(ada.tenant), "user": "ada"])
    let events = Array(seen.dropFirst())
    #expect(events.map { $0[0] } == wanted.map { $0["type"] })
    #expect(events.map { $0[1] } == wanted.map { $0["data"] })
    let places = seen.map { $0[2].text }
    #expect(places.allSatisfy { $0.wholeMatch(of: /\d+-\d+/) != nil }, "\(places)")
    #expect(Set(places).count == places.count)
    #expect(try await clients.take(1, withinMs: 200) == [])
  }

  @Test(arguments: Transports.allCases)
  func aTokenThatIsNotGoodIsRefusedWithAReason(over transports: Transports) async throws {
    let hub = try await Hub.shared()
    let clients = try await LiveClients.start()
    defer { clients.end() }
    let expired = HandMadeToken.make(
      header: #"{"alg":"HS256","typ":"JWT"}"#,
      payload: #"{"iss":"orderhub","aud":"orderhub","sub":"ada","tenant":"t1","role":"employee","iat":1,"exp":2}"#,
      secret: Hub.secret)
    for (token, code) in [(nil, "unauthenticated"), ("x.y.z", "unauthorised"), (expired, "unauthorised")] {
      let answer = try await clients.connect(to: hub.live, token: token, over: transports)
      #expect(answer["refused"].text.hasPrefix("One or more namespaces failed to connect"), "\(answer)")
      #expect(answer["reasons"][0]["data"] == ["code": .string(code)])
    }
    let good = try await clients.connect(to: hub.live, token: try hub.caller().token, over: transports)
    #expect(good["refused"] == .missing)
  }

  @Test(arguments: Transports.allCases)
  func commandsAreAcknowledgedAndBinaryIsTaken(over transports: Transports) async throws {
    let hub = try await Hub.shared()
    let clients = try await LiveClients.start()
    defer { clients.end() }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "10")])
    _ = try await clients.connect(to: hub.live, token: ada.token, over: transports)
    #expect(try await clients.take(1).first?[0] == "hub:ready")
    let done: Document = ["success": true]
    #expect(try await clients.tell("call", #""event":"ping""#)["ack"] == done)
    #expect(try await clients.tell("call", #""event":"unsubscribe:orders""#)["ack"] == done)
    let one = #""event":"subscribe:order","argument":{"orderId":"\#(order.id)"}"#
    #expect(try await clients.tell("call", one)["ack"] == done)
    // Only the one that it follows.
    _ = try await ada.place([("p1", "1")])
    _ = try await ada.deliver(order, "1")
    let events = try await clients.take(3)
    #expect(events.map { $0[0] } == ["delivery:created", "order:updated", "order:progress-updated"])
    #expect(try await clients.take(1, withinMs: 200) == [])

    let refused = try await clients.tell("call", #""event":"make:coffee""#)["ack"]
    #expect([refused["success"], refused["code"]] == [false, "bad_command"])
    let foreign = try await clients.tell("call", #""event":"subscribe:orders","argument":{"tenantId":"other"}"#)["ack"]
    #expect([foreign["success"], foreign["code"]] == [false, "forbidden"])
    // An attachment of each size of a frame's length; what it is for is not known, but it is read and answered.
    for count in [0, 100, 1_000, 60_000] {
      let ack = try await clients.tell(
        "call", #""event":"upload","binary":"\#(String(repeating: "a5", count: count))""#)["ack"]
      #expect([ack["success"], ack["code"]] == [false, "bad_command"], "\(count) bytes")
    }
    #expect(try await clients.tell("call", #""event":"subscribe:orders""#)["ack"] == done)
    #expect(try await clients.tell("state")["transport"].text == transports.reached)
  }

  @Test(arguments: Transports.allCases, [true, false])
  func aClientThatComesBackIsTheSameAndMissesNothing(over transports: Transports, elsewhere: Bool) async throws {
    let hub = try await Hub.shared()
    let clients = try await LiveClients.start()
    defer { clients.end() }
    let next = elsewhere ? try await hub.anotherLive() : hub.live
    defer { if elsewhere { next.stop() } }
    let ada = try hub.caller()
    let first = try await clients.connect(to: hub.live, token: ada.token, over: transports)
    let order = try await ada.place([("p1", "10")])
    #expect(try await clients.take(3).map { $0[0] } == ["hub:ready", "order:created", "order:inventory-reduced"])
    let offset = try await clients.tell("end")["place"].text

    for _ in 0..<5 { #expect(try await ada.deliver(order, "1").status == 201) }
    let place = LiveClients.Place(pid: first["pid"].text, offset: offset)
    let again = try await clients.connect("b", to: next, token: ada.token, over: transports, going: place)
    #expect([again["sid"], again["pid"], again["recovered"]] == [first["sid"], first["pid"], true])
    #expect(try await ada.deliver(order, "1").status == 201)
    let missed = try await ada.events(order).dropFirst(2)
    let seen = try await clients.take(missed.count, from: "b")
    #expect(seen.map { $0[0] } == missed.map { $0["type"] })
    #expect(seen.map { $0[1] } == missed.map { $0["data"] })
    #expect(try await clients.take(1, from: "b", withinMs: 200) == [])

    // Nobody else may go on with it, and what cannot be found is not half given.
    let eve = try await clients.connect(
      "eve", to: next, token: try ada.other("eve", .employee).token, over: transports, going: place)
    #expect(eve["recovered"] == false && eve["sid"] != first["sid"], "\(eve)")
    let lost = try await clients.connect(
      "lost", to: next, token: ada.token, over: transports,
      going: LiveClients.Place(pid: place.pid, offset: "1-1"))
    #expect(lost["recovered"] == false)
    for name in ["eve", "lost"] {
      #expect(try await clients.take(2, from: name).map { $0[0] } == ["hub:ready", "resync"])
      #expect(try await clients.take(1, from: name, withinMs: 500) == [])
    }
  }
}
