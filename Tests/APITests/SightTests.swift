import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import RedisHub
import Testing

@testable import API
@testable import MongoStore

/// Not the store's.
private typealias Document = HubTestSupport.Document

/// What each role sees of each answer, wherever the answer comes from.
@Suite struct SightTests {
  private static let secrets =
    [SightSamples.staffName, SightSamples.note, "345.679"] + SightSamples.staffMembers.map { "\"\($0)\"" }

  /// An order of asha's to which all has happened that can: its id.
  private func busyOrder(_ api: OrderAPI, _ staff: String) async throws -> String {
    func send(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> Document {
      let answer = try await api.ask(method, path, token: staff, body: body)
      #expect((200..<300).contains(answer.status), "\(path) \(answer.status)")
      return answer.document
    }
    _ = try await send(.post, "/api/products", #"{"productId":"desk","name":"Desk","unitPrice":5}"#)
    _ = try await send(.post, "/api/products/desk/stock", #"{"kind":"receipt","quantity":7654.321}"#)
    let order = try await send(
      .post, "/api/orders",
      #"{"customer":{"id":"asha","name":"Asha Rao"},"items":[{"productId":"desk","quantity":8000}],"#
        + #""advance":{"amount":5,"method":"card"},"notes":"\#(SightSamples.note)","#
        + #""notesForCustomer":"\#(SightSamples.message)"}"#)["order"]["id"].text
    let delivery = try await send(
      .post, "/api/orders/\(order)/deliveries",
      #"{"items":[{"productId":"desk","quantity":3}],"notes":"\#(SightSamples.note)","#
        + #""notesForCustomer":"\#(SightSamples.message)"}"#)["delivery"]["id"].text
    for status in ["dispatched", "delivered"] {
      _ = try await send(.patch, "/api/orders/deliveries/\(delivery)/status", #"{"status":"\#(status)"}"#)
    }
    let invoice = try await send(.post, "/api/orders/deliveries/\(delivery)/invoice")["invoice"]["id"].text
    _ = try await send(.post, "/api/invoices/\(invoice)/payments", #"{"amount":1,"method":"cash"}"#)
    _ = try await send(.post, "/api/invoices/\(invoice)/credit", #"{"reason":"\#(SightSamples.note)"}"#)
    _ = try await send(.post, "/api/orders/deliveries/\(delivery)/invoice")
    _ = try await send(.post, "/api/orders/\(order)/close", #"{"reason":"\#(SightSamples.note)"}"#)
    return order
  }

  private static var readable: [Route] { open.filter { $0.method == .get && $0.success.schema != "ActionList" } }
  /// What customers may call. What may be done to an order is another thing for each.
  private static var open: [Route] { OrderAPI.routes.filter { $0.access == .staffOrOwner } }

  private static func path(_ route: Route, _ order: String) -> String {
    OpenAPI.path(route).replacing("{id}", with: order)
  }

  @Test func everyAnswerThatCustomersGetIsInTheTableAndNoOther() {
    let shown = Set(Self.open.map(\.success.schema))
    #expect(shown.count >= 7)
    for route in OrderAPI.routes {
      let isShown = Sight.ownOrders.shown(Array("{}".utf8), answering: route.success.schema) != nil
      #expect(isShown == shown.contains(route.success.schema), "\(route.pattern)")
      // Whatever a customer may call it may only read, but for what its order's workflow lets its owner do.
      let isByTable = ["/api/orders", "/api/orders/:id", "/api/orders/:id/actions/:event"].contains(route.pattern)
      if route.access == .staffOrOwner { #expect(route.method == .get || isByTable) }
    }
  }

  @Test func eachRoleIsShownOfEachAnswerWhatTheTableSays() async throws {
    try await withShop { shop in
      let first = try await shop.process { $0.userLimitPerMinute = 0 }
      let boss = try shop.token(.admin, user: SightSamples.staffName)
      let order = try await busyOrder(first, boss)
      let asha = try shop.token(.customer, user: "asha")
      // From the store; from a copy in Redis, and then at hand; without a Redis.
      let processes = [
        first, try await shop.process { $0.userLimitPerMinute = 0 },
        try await shop.process(hasRedis: false) { $0.userLimitPerMinute = 0 },
      ]
      for api in processes {
        for _ in 0..<3 {
          for route in Self.readable {
            let path = Self.path(route, order)
            // From the beginning: a place before all.
            let query: [(name: String, value: String)] = route.pattern == "/api/changes" ? [("after", "2.~")] : []
            let whole = try await api.ask(.get, path, token: boss, query: query)
            for role in [Role.employee, .system] {
              let other = try await api.ask(.get, path, token: shop.token(role, user: "ben"), query: query)
              #expect(other.reply.body.bytes == whole.reply.body.bytes, "\(role) \(path)")
            }
            let own = try await api.ask(.get, path, token: asha, query: query)
            #expect(own.status == 200 && own.document.members.isEmpty == false)
            #expect(own.document["orders"] != .empty, "\(path)")
            #expect(own.document == whole.document.without(SightSamples.staffMembers), "\(path)")
            for secret in Self.secrets { #expect(!own.text.contains(secret), "\(path) \(secret)") }
            let isList = ["/api/orders", "/api/changes"].contains(route.pattern)
            // A kiosk and a seller of the customer's name see what they placed and sell, and that is not this.
            for (role, user) in [(Role.customer, "eve"), (.kiosk, "asha"), (.seller, "asha")] {
              let other = try await api.ask(.get, path, token: shop.token(role, user: user), query: query)
              #expect(isList ? other.document["orders"] == .empty : other.code == "order_not_found", "\(role) \(path)")
              #expect(!other.text.contains(isList ? order : "Rao"), "\(role) \(path)")
            }
            let atHand = api.atHand(path, token: asha)
            #expect(atHand == nil || atHand?.body.bytes == own.reply.body.bytes, "\(path)")
          }
        }
      }
      // The staff do see all of it, so the secrets were there to be seen.
      let events = try await first.ask(.get, "/api/orders/\(order)/events", token: boss).text
      let document = try await first.ask(.get, "/api/orders/\(order)", token: boss).text
      // But for what orders of other workflows have, and edits.
      for secret in Self.secrets where !["\"staffRecord\"", "\"staffChanged\""].contains(secret) {
        #expect(events.contains(secret) || document.contains(secret), "\(secret)")
      }
      // And what they wrote for the customer is seen by it, on the order, its delivery and their events.
      for path in ["", "/deliveries", "/events"] {
        let own = try await first.ask(.get, "/api/orders/\(order)\(path)", token: asha).text
        #expect(own.contains(SightSamples.message), "\(path)")
      }
      #expect(events.contains("order:inventory-restored") && events.contains("invoice:generated"))
      let metrics = first.metrics.render()
      #expect(!metrics.contains(#"orderhub_withheld_total{what="staff_only"} 0"#))
      #expect(metrics.contains(#"orderhub_withheld_total{what="unnamed_member"} 0"#))
    }
  }

  @Test func whatIsAtHandIsGivenToACustomerOnlyIfItIsTheWholeAnswer() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let (ada, asha) = (try shop.token(.employee), try shop.token(.customer, user: "asha"))
      let order = try await place(api, ada, customer: "asha")
      _ = try await api.ask(.get, "/api/orders/\(order)", token: asha)
      for view in ["", "/remaining", "/progress"] {
        let path = "/api/orders/\(order)\(view)"
        let own = try await api.ask(.get, path, token: asha)
        _ = try await api.ask(.get, path, token: ada)
        try await eventually("\(path) is at hand") { api.atHand(path, token: ada) != nil }
        #expect(api.atHand(path, token: asha)?.body.bytes == (view.isEmpty ? nil : own.reply.body.bytes))
      }
    }
  }

  @Test func aDocumentThatAnotherVersionLeftInRedisGoesThroughTheSameTable() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let (ada, asha) = (try shop.token(.employee), try shop.token(.customer, user: "asha"))
      let order = try await place(api, ada, customer: "asha")
      let path = "/api/orders/\(order)"
      _ = try await api.ask(.get, path, token: ada)
      let other =
        #"{"margin":7,"order":{"id":"\#(order)","items":[{"id":"i","cost":3}],"createdBy":"maya"},"#
        + #""events":[{"seq":1,"type":"order:created","by":"maya"},{"seq":2,"type":"order:risk-scored"}]}"#
      let port = shop.server.port
      try await onThread { try RedisAsker.ask(port, "SET", "order:\(order):doc", other) }
      try await eventually("the staff see it") { try await api.ask(.get, path, token: ada).text == other }
      #expect(
        try await api.ask(.get, path, token: asha).text
          == #"{"order":{"id":"\#(order)","items":[{"id":"i"}]},"events":[{"seq":1,"type":"order:created"}]}"#)
      // What is no JSON is not shown at all.
      try await onThread { try RedisAsker.ask(port, "SET", "order:\(order):doc", #"{"order":}"#) }
      let hand = try await shop.process()
      let refused = try await hand.ask(.get, path, token: asha)
      #expect(refused.status == 500 && refused.code == "internal_error")
    }
  }

  @Test func anEventOfANewerProcessIsTheStaffsAloneAndDoesNotStopTheReader() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let (ada, asha) = (try shop.token(.employee), try shop.token(.customer, user: "asha"))
      let order = try await place(api, ada, customer: "asha")
      let envelope =
        #"{"id":"\#(order):2","seq":2,"tenant":"shop-1","type":"order:risk-scored","orderId":"\#(order)","#
        + #""customer":"asha","at":"2026-01-01T00:00:00.000Z","data":{"score":7}}"#
      try await shop.store.write { worker in
        _ = try worker.run(.plain) {
          $0.string("update", Collection.events.rawValue)
          $0.documents("updates", CollectionOfOne(())) { writer, _ in
            writer.document("q") { $0.string("_id", "\(order):2") }
            writer.document("u") {
              $0.document("$set") {
                $0.string("type", "order:risk-scored" as StaticString)
                $0.string("envelope", envelope)
              }
            }
          }
        }
      }
      let path = "/api/orders/\(order)/events"
      let whole = try await api.ask(.get, path, token: ada)
      #expect(whole.document["events"].items.map { $0["type"].text } == ["order:created", "order:risk-scored"])
      let own = try await api.ask(.get, path, token: asha)
      #expect(own.document["events"].items.map { $0["type"].text } == ["order:created"])
      #expect(!own.text.contains("risk"))
      // Whoever is shown fewer than were looked at goes on behind them all the same.
      let part = try await api.ask(.get, path, token: asha, query: [("after", "1"), ("limit", "1")])
      #expect(part.document["events"] == .empty && part.document["hasMore"] == false)
      let before = try await api.ask(.get, path, token: asha, query: [("limit", "1")])
      #expect(before.document["nextAfter"] == 1 && before.document["hasMore"] == true)
      #expect(part.document["nextAfter"] == .null)
      let document = try await api.ask(.get, "/api/orders/\(order)", token: asha)
      #expect(document.document["events"].items.map { $0["seq"] } == [1])
      #expect(try await api.ask(.get, "/api/orders/\(order)", token: ada).text.contains("order:risk-scored"))
    }
  }
}

extension Answer {
  fileprivate var text: String { String(decoding: reply.body.bytes, as: UTF8.self) }
  fileprivate var document: Document { Document(parsing: text) }
}
