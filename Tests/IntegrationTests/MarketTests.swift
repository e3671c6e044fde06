import Foundation
import HubTestSupport
import Orders
import Testing

/// A tenant's own workflow with sellers and kiosks, against real processes: over REST, live by every transport, and again
/// for whoever comes back.
@Suite struct MarketTests {
  private struct Scene: Sendable {
    let hub: Hub
    let boss: Caller
    let sam: Caller
    let eve: Caller
    let till: Caller
    let asha: Caller

    init() async throws {
      hub = try await Hub.shared()
      boss = try hub.caller(role: .admin, user: "root")
      (sam, eve) = (try boss.other("sam", .seller), try boss.other("eve", .seller))
      (till, asha) = (try boss.other("till", .kiosk), try boss.other("asha", .customer))
      #expect(try await boss.post("/api/products", #"{"productId":"p1","unitPrice":5}"#).status == 201)
      #expect(try await boss.call("PUT", "/api/workflows/market", body: MarketWorkflow.json).status == 201)
    }

    func place(_ caller: Caller, seller: String? = nil) async throws -> Reply {
      let sold = seller.map { #","sellerId":"\#($0)""# } ?? ""
      // The process that was told of the workflow; others look within a second.
      return try await caller.at(0).post(
        "/api/orders",
        #"{"workflow":"market","customer":{"name":"Rao"},"items":[{"productId":"p1","quantity":1}]\#(sold)}"#)
    }

    func act(_ caller: Caller, _ order: Document, _ event: String, _ body: String = "") async throws -> Reply {
      try await caller.at(0).post("/api/orders/\(order.id)/actions/\(event)", body)
    }
  }

  /// Blocking clients, used by one thread at a time.
  private final class Ears: @unchecked Sendable {
    // Owner: the test that holds it; it is used by one call at a time.
    let all: [[LiveEar]]
    init(_ all: [[LiveEar]]) { self.all = all }
  }

  @Test func aMarketIsRunOverRESTAndSeenLiveByThoseItConcerns() async throws {
    let scene = try await Scene()
    let callers = [scene.sam, scene.eve, scene.till, scene.asha]
    let port = scene.hub.live.port
    let tokens = callers.map { $0.token ?? "" }
    let ears = try await onThread {
      try Ears(
        tokens.map { token in
          try LiveEar.kinds.map { try #require(try LiveEar(port: port, kind: $0, token: token)) }
        })
    }
    let starts = try await places(callers)
    // By a kiosk and a customer, of two sellers and of none.
    let first = try await scene.place(scene.till, seller: "sam")
    #expect(first.status == 201 && first["order"]["createdBy"] == .missing, "\(first)")
    let second = try await scene.place(scene.asha, seller: "eve")
    let third = try await scene.place(scene.till)
    let orders = [first, second, third].map { $0["order"] }
    // Whose they are, by lists and one by one; and nobody's in another tenant.
    let own: [(Caller, [Int])] = [(scene.sam, [0]), (scene.eve, [1]), (scene.till, [0, 2]), (scene.asha, [1])]
    for (caller, mine) in own {
      let listed = try await caller.get("/api/orders?sort=createdAt")
      #expect(listed["orders"].items.map(\.id) == mine.map { orders[$0].id }, "\(caller.user) \(listed)")
      for (index, order) in orders.enumerated() {
        for view in ["", "/events", "/actions", "/deliveries", "/progress"] {
          let reply = try await caller.at(0).get("/api/orders/\(order.id)\(view)")
          #expect(reply.status == (mine.contains(index) ? 200 : 404), "\(caller.user) \(index)\(view) \(reply)")
        }
      }
    }
    let stranger = try scene.hub.caller(role: .seller, user: "sam")
    #expect(try await stranger.get("/api/orders")["orders"] == .empty)
    #expect(try await stranger.get("/api/orders/\(orders[0].id)").status == 404)
    // The seller sends, the kiosk hands over; and what they may not is refused.
    let track = #"{"tracking":"1Z"}"#
    #expect(try await scene.act(scene.eve, orders[0], "send", track).outcome == "404 order_not_found")
    #expect(try await scene.act(scene.till, orders[0], "send", track).outcome == "403 forbidden")
    #expect(try await scene.act(scene.sam, orders[0], "send").outcome == "422 validation_failed")
    #expect(try await scene.act(scene.sam, orders[0], "send", track)["order"]["status"] == "sent")
    #expect(try await scene.act(scene.sam, orders[0], "collect").outcome == "403 forbidden")
    #expect(try await scene.act(scene.till, orders[0], "collect")["order"]["status"] == "collected")
    // One that is given a seller later is its own from then on.
    #expect(try await scene.act(scene.boss, orders[2], "assign", #"{"sellerId":"eve"}"#).status == 200)
    #expect(try await scene.act(scene.boss, orders[2], "assign", #"{"sellerId":"sam"}"#).outcome == "409 seller_is_set")
    #expect(try await scene.act(scene.eve, orders[2], "refuse")["order"]["status"] == "refused")

    try await expectHeard(ears, scene, orders)
    try await expectChanges(callers, starts, orders)
  }

  private func places(_ callers: [Caller]) async throws -> [String] {
    var places: [String] = []
    for caller in callers { places.append(try await caller.get("/api/changes")["next"].text) }
    return places
  }

  /// What each is shown of the events, as REST tells it: live by every transport, and again by one who comes back, at this
  /// process and at another.
  private func expectHeard(_ ears: Ears, _ scene: Scene, _ orders: [Document]) async throws {
    let second = try await scene.hub.anotherLive()
    defer { second.stop() }
    let ports = [scene.hub.live.port, second.port]
    let tokens = [scene.sam, scene.eve, scene.till, scene.asha].map { $0.token ?? "" }
    // Per listener, the orders and from which event on they concern it.
    let assigned = try await scene.boss.get("/api/orders/\(orders[2].id)/events")["events"].items
    let from = try #require(assigned.firstIndex { $0["seller"] == "eve" })
    let concerns: [[(Int, Int)]] = [[(0, 0)], [(1, 0), (2, from)], [(0, 0), (2, 0)], [(1, 0)]]
    var expected: [[Document]] = []
    for (caller, mine) in zip([scene.sam, scene.eve, scene.till, scene.asha], concerns) {
      var events: [Document] = []
      for (index, start) in mine {
        let seen = try await caller.at(0).get("/api/orders/\(orders[index].id)/events")["events"].items
        events += seen.filter { $0["seq"].whole > start }
      }
      expected.append(events)
    }
    let wanted = expected
    try await onThread {
      for (listener, events) in wanted.enumerated() {
        for kind in LiveEar.kinds {
          let live = ears.all[listener][kind]
          let back = try ports.map {
            try #require(try LiveEar(port: $0, kind: kind, token: tokens[listener], after: live.place))
          }
          for ear in [live] + back {
            var heard: [Document] = []
            for _ in events { heard.append(try ear.next().data) }
            // In order within an order, and each once.
            for order in orders {
              let its = events.filter { $0["orderId"] == .string(order.id) }.map { $0["data"] }
              #expect(heard.filter { its.contains($0) } == its, "\(listener) \(kind)")
            }
            #expect(try ear.isEmpty(), "\(listener) \(kind)")
          }
        }
      }
    }
  }

  private func expectChanges(_ callers: [Caller], _ starts: [String], _ orders: [Document]) async throws {
    let own: [Set<Int>] = [[0], [1, 2], [0, 2], [1]]
    for (index, caller) in callers.enumerated() {
      var (place, seen) = (starts[index], [Document]())
      repeat {
        let page = try await caller.at(0).get("/api/changes?after=\(place)&limit=1")
        #expect(page.status == 200)
        seen += page["orders"].items
        place = page["next"].text
        if page["hasMore"] != true { break }
      } while seen.count < 10
      #expect(Set(seen.map(\.id)) == Set(own[index].map { orders[$0].id }) && seen.count == own[index].count)
      for order in seen {
        #expect(order == (try await caller.at(0).get("/api/orders/\(order.id)"))["order"], "\(caller.user)")
      }
    }
  }

  @Test func aUserIsMadeASellerByTheCommandAndLogsIn() async throws {
    let scene = try await Scene()
    let made = try await scene.boss.post("/api/users", #"{"user":"lee","role":"seller","password":"a long password"}"#)
    #expect(made.status == 201 && made["user"]["role"] == "seller", "\(made)")
    var nobody = scene.boss
    nobody.token = nil
    let login = try await nobody.post(
      "/api/auth/login", #"{"tenant":"\#(scene.boss.tenant)","user":"lee","password":"a long password"}"#)
    #expect(login["user"]["role"] == "seller", "\(login)")
    var lee = scene.boss
    lee.token = login["token"].text
    #expect(try await lee.get("/api/orders")["orders"] == .empty)
    #expect(try await lee.get("/api/orders/stats").outcome == "403 forbidden")
    #expect(try await lee.get("/api/users").outcome == "403 forbidden")
  }
}
