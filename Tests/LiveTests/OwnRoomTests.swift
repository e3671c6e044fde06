import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import Live

/// What sellers and kiosks hear: the events of what they sell and placed, once and in order, by every transport, as they
/// happen and afterwards; and nobody else's.
@Suite(.serialized) struct OwnRoomTests {
  /// Where an event comes from.
  enum Way: CaseIterable, Sendable {
    case live, memory, stream
  }

  private static func order(_ number: UInt32, customer: String?, seller: Text?, kiosk: String?) -> Order {
    SightSamples.order(
      customer: customer, number: number,
      particulars: Particulars(seller.map { [.init(.sellerID, .text($0))] } ?? []), kiosk: kiosk)
  }

  /// Sold and placed by several, under names that are other people's too.
  private static let orders = [
    order(1, customer: "asha", seller: "sam", kiosk: nil), order(2, customer: "sam", seller: "asha", kiosk: nil),
    order(3, customer: nil, seller: "sam", kiosk: "till"), order(4, customer: nil, seller: nil, kiosk: "sam"),
    order(5, customer: "till", seller: nil, kiosk: nil),
  ]

  private static let events = orders.map { order in
    SightSamples.events(of: order).map { String(decoding: $0.envelope, as: UTF8.self) }
  }

  /// Who hears which orders, by role and name.
  private static let listeners: [(role: String, user: String, orders: [Int])] = [
    ("seller", "sam", [0, 2]), ("seller", "asha", [1]), ("seller", "till", []), ("kiosk", "till", [2]),
    ("kiosk", "sam", [3]), ("kiosk", "asha", []), ("customer", "sam", [1]), ("customer", "till", [4]),
  ]

  @Test(arguments: LiveEar.kinds, Way.allCases)
  func eachHearsItsOwnOnceAndInOrder(kind: Int, way: Way) async throws {
    try await withTwoServers({ if way == .stream { $0.ringBytes = 1 } }) { _, server in
      _ = server.live.streams.add("north", TestBus.numbered("north", 0))
      let all = Self.events.flatMap { $0 }
      let keeper = way == .memory ? try server.plain("north") : nil
      switch way {
      case .live: break
      case .memory: server.live.bus.record(all, tenant: "north")
      case .stream: for event in all { _ = server.live.streams.add("north", event) }
      }
      let place = way == .live ? nil : "1001-0"
      let ears = try Self.listeners.map { try server.ear(kind, "north", $0.user, role: $0.role, after: place) }
      // The same names in another tenant hear nothing.
      let strangers =
        way == .live ? try ["seller", "kiosk"].map { try server.ear(kind, "south", "sam", role: $0) } : []
      if way == .live { server.live.bus.record(all, tenant: "north") }
      for (listener, ear) in zip(Self.listeners, ears) {
        for text in listener.orders.flatMap({ Self.events[$0] }) {
          let (event, heard) = (Document(parsing: text), try ear.next())
          #expect(heard.type == event["type"].text, "\(listener)")
          // A seller is told what it needs to send the goods; of both whatever a customer is.
          let more: Set<String> = listener.role == "seller" ? ["notes", "backordered"] : []
          #expect(
            heard.data.without(more) == event["data"].without(SightSamples.staffMembers), "\(listener) \(heard.type)")
          #expect(!heard.text.contains(SightSamples.staffName), "\(listener)")
          if listener.role == "seller", heard.type == "delivery:created" {
            #expect(heard.data["delivery"]["notes"] == .string(SightSamples.note))
            #expect(heard.data["order"]["notes"] == .missing)
          }
        }
        #expect(try ear.isEmpty(), "\(listener)")
      }
      for ear in strangers { #expect(try ear.isEmpty()) }
      _ = keeper
    }
  }

  @Test func eachFollowsOneOfItsOrdersAndNoOthers() async throws {
    try await withServer { server in
      for (index, order) in Self.orders.enumerated() {
        let parties = order.parties
        server.live.owners.add(
          "\(order.id)", of: "north", customer: parties.customer, seller: parties.seller, kiosk: parties.kiosk)
        for listener in Self.listeners {
          for kind in LiveEar.kinds {
            let token = server.live.token("north", listener.user, role: listener.role)
            let ear = try LiveEar(port: server.port, kind: kind, token: token, order: "\(order.id)")
            #expect((ear != nil) == listener.orders.contains(index), "\(listener) \(index) \(kind)")
          }
        }
      }
    }
  }

  @Test func whoIsGivenAnotherRoleHearsWhatThatOneMayFromThenOn() async throws {
    try await withServer { server in
      let plain = try server.plain("north", "sam", role: "seller")
      let ear = LiveEar(.plain(plain))
      func hear(_ orders: [Int]) throws {
        for (index, events) in Self.events.enumerated() {
          server.live.bus.record([events[0]], tenant: "north")
          guard orders.contains(index) else { continue }
          #expect(try ear.next().data["order"]["id"] == .string("\(Self.orders[index].id)"))
        }
        #expect(try ear.isEmpty())
      }
      try hear([0, 2])
      for (role, orders) in [("kiosk", [3]), ("customer", [1]), ("employee", [0, 1, 2, 3, 4]), ("seller", [0, 2])] {
        plain.send(#"{"type":"auth","token":"\#(server.live.token("north", "sam", role: role))"}"#)
        let answers = [try plain.nextText(), try plain.nextText()]
        #expect(answers.contains { $0.contains("hub:ready") } && answers.contains { $0.contains("recovered") })
        try hear(orders)
      }
    }
  }
}
