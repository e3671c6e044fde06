import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import Live

/// What each role hears of each event, by each transport, as it happens and afterwards.
@Suite(.serialized) struct SightTests {
  /// Where an event comes from.
  enum Way: CaseIterable, Sendable {
    case live, memory, stream
  }

  private static let own = SightSamples.order()
  private static let others = SightSamples.order(customer: "mallory", number: 2)
  private static let nobodys = SightSamples.order(customer: nil, number: 3)

  private static func text(_ event: RecordedEvent) -> String { String(decoding: event.envelope, as: UTF8.self) }

  /// Events of each type about asha's order; and some as other processes may have written them: one says more, one has
  /// other data than its type says, and one is of a type that this process does not know.
  private static let ashas =
    SightSamples.events(of: own).map(text) + [
      foreign("order:cancelled", #"{"orderId":"a","orderNumber":"n","risk":{"onHand":[7654.321]}}"#),
      foreign("order:cancelled", #""leave-it-with-the-porter""#),
      foreign("order:risk-scored", #"{"orderId":"a","note":"leave-it-with-the-porter"}"#),
    ]
  private static let all =
    ashas + SightSamples.events(of: others).map(text) + SightSamples.events(of: nobodys).map(text)

  private static func foreign(_ type: String, _ data: String) -> String {
    #"{"id":"\#(own.id):11","seq":11,"tenant":"north","type":"\#(type)","orderId":"\#(own.id)","customer":"asha","#
      + #""at":"2026-01-02T03:04:05.678Z","data":\#(data)}"#
  }

  /// Types and data that a customer hears of: written down apart from the table.
  private static var forAsha: [(String, Document)] {
    ashas.dropLast(2).map { text in
      let event = Document(parsing: text)
      return (event["type"].text, event["data"].without(SightSamples.staffMembers.union(["risk"])))
    }
  }

  @Test(arguments: LiveEar.kinds, Way.allCases)
  func eachRoleIsShownOfEachEventWhatTheTableSays(kind: Int, way: Way) async throws {
    try await withTwoServers({ if way == .stream { $0.ringBytes = 1 } }) { _, server in
      // A place from which all of them are missed.
      _ = server.live.streams.add("north", TestBus.numbered("north", 0))
      let keeper = way == .memory ? try server.plain("north") : nil
      switch way {
      case .live: break
      case .memory: server.live.bus.record(Self.all, tenant: "north")
      case .stream: for event in Self.all { _ = server.live.streams.add("north", event) }
      }
      let place = way == .live ? nil : "1001-0"
      let staff = try ["admin", "employee", "system"].map {
        try server.ear(kind, "north", "s-\($0)", role: $0, after: place)
      }
      let asha = try server.ear(kind, "north", "asha", role: "customer", after: place)
      let eve = try server.ear(kind, "north", "eve", role: "customer", after: place)
      if way == .live { server.live.bus.record(Self.all, tenant: "north") }
      for client in staff {
        for event in Self.all.map(Document.init(parsing:)) {
          let heard = try client.next()
          #expect(heard.type == event["type"].text && heard.data == event["data"])
        }
      }
      for (type, data) in Self.forAsha {
        let heard = try asha.next()
        #expect(heard.type == type && heard.data == data, "\(type)")
        for secret in SightSamples.staffTexts { #expect(!heard.text.contains(secret), "\(type) \(secret)") }
      }
      for client in staff + [asha, eve] { #expect(try client.isEmpty()) }
      #expect(server.live.metrics.render().contains("orderhub_withheld_total{what=\"unnamed_member\"} 1\n"))
      #expect(server.live.metrics.render().contains("orderhub_withheld_total{what=\"unnamed_event\"} 2\n"))
      _ = keeper
    }
  }

  @Test func aViewIsMadeOnceAndOnlyWhenSomebodyOfItListens() throws {
    var growing = GrowingBatch()
    for event in Self.ashas { try Samples.read(event) { growing.append($0, of: $1, before: Samples.place(7)) } }
    let batch = try #require(growing.sealed(tenant: Samples.tenant(), serial: 1))
    let whole = batch.events.indices
    for encoding in Encoding.allCases {
      #expect(batch.part(whole, in: encoding, for: .business) === batch[encoding])
      #expect(batch.part(whole, in: encoding, for: .nothing).bytes.isEmpty)
    }
    #expect(batch.forCustomers.with { $0.isEmpty })
    let first = batch.part(3..<4, in: .plain, for: .ownOrders)
    #expect(batch.part(3..<4, in: .plain, for: .ownOrders) === first)
    #expect(batch.forCustomers.with { $0.keys.sorted() } == [3])
    // Of what is not shown nothing is made, and of several all that is.
    for last in whole.suffix(2) {
      #expect(batch.part(last..<(last + 1), in: .plain, for: .ownOrders).bytes.isEmpty)
    }
    for encoding in Encoding.allCases {
      let one = whole.flatMap { batch.part($0..<($0 + 1), in: encoding, for: .ownOrders).bytes }
      #expect(batch.part(whole, in: encoding, for: .ownOrders).bytes == one)
      #expect(one.count > 1_000)
    }
    #expect(batch.forCustomers.with { $0.count } == whole.count - 2)
  }

  @Test func aViewIsFramedAsTheWholeIs() throws {
    var growing = GrowingBatch()
    // The second has no place of its own; the third is long, and what is left of it is short.
    let long = String(repeating: "x", count: 70_000)
    let events = [
      TestBus.envelope("north", seq: 1, data: #"{"order":{"version":1,"notes":"n"}}"#, offset: "5-0", customer: "asha"),
      TestBus.envelope("north", seq: 2, data: "{ \"order\" :\n{ \"version\":2 } }", customer: "asha"),
      TestBus.envelope("north", seq: 3, data: #"{"order":{"notes":"\#(long)"}}"#, offset: "6-0", customer: "asha"),
    ]
    for event in events {
      try Samples.read(event) { growing.append($0, of: $1, before: growing.newest) }
    }
    let batch = try #require(growing.sealed(tenant: Samples.tenant(), serial: 1))
    func bytes(_ index: Int, _ encoding: Encoding) -> [UInt8] {
      batch.part(index..<(index + 1), in: encoding, for: .ownOrders).bytes
    }
    let id = "6563f1c2a9b4e80012ab34cd"
    let data = [#"{"order":{"version":1}}"#, #"{"order":{"version":2}}"#, #"{"order":{}}"#]
    let places: [String?] = ["5-0", nil, "6-0"]
    for (index, place) in places.enumerated() {
      let offset = place.map { #","offset":"\#($0)""# } ?? ""
      let plain =
        #"{"type":"order:updated","data":\#(data[index]),"id":"\#(id):\#(index + 1)","seq":\#(index + 1)\#(offset)}"#
      #expect(
        bytes(index, .plain) == [0x81, 126, 0, UInt8(plain.utf8.count)] + Array(plain.utf8)
          || bytes(index, .plain) == [0x81, UInt8(plain.utf8.count)] + Array(plain.utf8))
      let packet = #"42["order:updated",\#(data[index]),"\#(place ?? "5-0")"]"#
      #expect(bytes(index, .socketIO) == [0x81, UInt8(packet.utf8.count)] + Array(packet.utf8))
      let message = (place.map { "id: \($0)\n" } ?? "") + "event: order:updated\ndata: \(plain)\n\n"
      #expect(bytes(index, .serverSent) == Array(message.utf8))
    }
  }

  @Test func aRoleThatChangesAtARenewalChangesWhatIsHeardFromThenOn() async throws {
    try await withServer { server in
      let plain = try server.plain("north", "asha")
      let peers = try EnginePeer.Transport.allCases.map { try server.socketIO("north", "asha", over: $0) }
      plain.send(#"{"type":"subscribe:order","orderId":"\#(Self.others.id)"}"#)
      #expect(try plain.nextText().contains("subscribed"))
      func renew(as role: String) throws {
        let token = server.live.token("north", "asha", role: role)
        plain.send(#"{"type":"auth","token":"\#(token)"}"#)
        // The room that it may now be in is told of, whether before the answer or after it.
        let answers = [try plain.nextText(), try plain.nextText()]
        #expect(answers.contains { $0.contains("hub:ready") } && answers.contains { $0.contains("recovered") })
        for peer in peers {
          #expect(try peer.request("auth", #"{"token":"\#(token)"}"#) == ["success": true])
          #expect(try peer.nextEvent().name == "hub:ready")
        }
      }
      let ears = [LiveEar(.plain(plain))] + peers.map { LiveEar(.socketIO($0)) }
      func hear(_ events: [Document]) throws {
        server.live.bus.record(Self.all, tenant: "north")
        for ear in ears {
          for event in events {
            let heard = try ear.next()
            #expect(heard.type == event["type"].text && heard.data == event["data"])
          }
          #expect(try ear.isEmpty())
        }
      }
      let whole = Self.all.map(Document.init(parsing:))
      try hear(whole)
      try renew(as: "customer")
      try hear(Self.forAsha.map { ["type": .string($0.0), "data": $0.1] })
      try renew(as: "admin")
      try hear(whole)
      // A role that this process does not know is not taken: the token that is known stays until it runs out.
      let auditor = server.live.token("north", "asha", role: "auditor")
      plain.send(#"{"type":"auth","token":"\#(auditor)"}"#)
      #expect(try plain.nextText().hasPrefix(#"{"type":"error","code":"unauthorised""#))
      for peer in peers { #expect(try peer.request("auth", #"{"token":"\#(auditor)"}"#)["code"] == "unauthorised") }
      try hear(whole)
    }
  }
}
