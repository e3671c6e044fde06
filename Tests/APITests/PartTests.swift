import HubContracts
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API
@testable import MongoStore

/// Returns over REST: asked for by a customer, decided by the staff, and what each sees of them.
@Suite struct PartTests {
  private struct Scene {
    let api: OrderAPI
    let staff: String
    let asha: String
    let eve: String
    let order: String

    init(_ shop: Shop) async throws {
      api = try await shop.process(workflows: try ReturnsWorkflow.withDelivery())
      staff = try shop.token(.employee)
      asha = try shop.token(.customer, user: "asha")
      eve = try shop.token(.customer, user: "eve")
      let placed = try await api.ask(
        .post, "/api/orders", token: staff,
        body:
          #"{"workflow":"returns","customer":{"id":"asha","name":"Asha"},"items":[{"productId":"lamp","quantity":3,"unitPrice":5}]}"#
      )
      #expect(placed.status == 201 && placed.json["parts"] == nil)
      order = try #require(placed.json["order"]?["id"]?.text)
    }

    func act(_ event: String, _ body: String, as token: String, key: String? = nil) async throws -> Answer {
      try await api.ask(.post, "/api/orders/\(order)/actions/\(event)", token: token, key: key, body: body)
    }

    func parts(as token: String, _ query: [(name: String, value: String)] = []) async throws -> Answer {
      try await api.ask(.get, "/api/orders/\(order)/parts", token: token, query: query)
    }
  }

  @Test func aReturnIsRequestedApprovedAndReceived() async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      #expect(try await scene.parts(as: scene.asha).json["parts"]?.items == [])
      let asked = try await scene.act(
        "requestReturn",
        #"{"items":[{"productId":"lamp","quantity":2}],"reason":"too dark","note":"third time"}"#, as: scene.asha,
        key: "once")
      #expect(asked.status == 200)
      let id = try #require(asked.json["parts"]?.items.first?["id"]?.text)
      // The same again is not another one.
      let again = try await scene.act(
        "requestReturn",
        #"{"items":[{"productId":"lamp","quantity":2}],"reason":"too dark","note":"third time"}"#, as: scene.asha,
        key: "once")
      #expect(again.header("Idempotent-Replayed") == "true" && again.json["parts"]?.items.first?["id"]?.text == id)
      let early = try await scene.act("receiveReturn", #"{"returnId":"\#(id)"}"#, as: scene.staff)
      #expect(early.status == 409 && early.code == "part_not_allowed")
      #expect(early.json["detail"]?.text == "The return 1 is requested; it must be approved.")
      for event in ["approveReturn", "receiveReturn"] {
        let moved = try await scene.act(event, #"{"returnId":"\#(id)"}"#, as: scene.staff)
        #expect(moved.status == 200 && moved.json["parts"]?.items.map { $0["id"]?.text } == [id], "\(event)")
      }
      let list = try await scene.parts(as: scene.staff)
      #expect(list.json["orderId"]?.text == scene.order && list.json["nextAfter"] == .null)
      let part = try #require(list.json["parts"]?.items.first)
      #expect(part["status"]?.text == "received" && part["kind"]?.text == "return" && part["number"] == .number("1"))
      #expect(part["items"]?.items.first?["quantity"] == .number("2"))
      #expect(part["record"]?["reason"]?.text == "too dark" && part["staffRecord"]?["note"]?.text == "third time")
      #expect(part["createdBy"]?.text == "asha")
      let events = try await scene.api.ask(.get, "/api/orders/\(scene.order)/events", token: scene.staff)
      #expect(
        events.json["events"]?.items.compactMap { $0["type"]?.text } == [
          "order:created", "return:requested", "order:updated", "part:created", "order:updated", "part:updated",
          "order:updated", "part:updated",
        ])
    }
  }

  @Test func aCustomerSeesOfItsPartsAllButWhatIsTheStaffs() async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      let asked = try await scene.act(
        "requestReturn", #"{"items":[{"productId":"lamp","quantity":1}],"reason":"torn","note":"watch-this-one"}"#,
        as: scene.staff)
      #expect(asked.json["parts"]?.items.first?["staffRecord"]?["note"]?.text == "watch-this-one")
      let own = try await scene.parts(as: scene.asha)
      #expect(own.status == 200 && own.json["parts"]?.items.first?["record"]?["reason"]?.text == "torn")
      let events = try await scene.api.ask(.get, "/api/orders/\(scene.order)/events", token: scene.asha)
      #expect(events.json["events"]?.items.compactMap { $0["type"]?.text }.contains("part:created") == true)
      let mine = try await scene.act(
        "requestReturn", #"{"items":[{"productId":"lamp","quantity":1}],"note":"watch-this-one"}"#, as: scene.asha)
      for answer in [own, events, mine] {
        let text = String(decoding: answer.reply.body.bytes, as: UTF8.self)
        #expect(!text.contains("watch-this-one") && !text.contains("staffRecord") && !text.contains("createdBy"))
      }
      #expect(try await scene.parts(as: scene.eve).status == 404)
      #expect(try await scene.parts(as: shop.token(.employee, tenant: "shop-2")).status == 404)
      for role in [Role.kiosk, .seller] {
        #expect(try await scene.parts(as: shop.token(role, user: "asha")).status == 404)
      }
      let id = try #require(own.json["parts"]?.items.first?["id"]?.text)
      #expect(try await scene.act("approveReturn", #"{"returnId":"\#(id)"}"#, as: scene.asha).status == 403)
    }
  }

  @Test(arguments: [
    (#"{"items":[{"productId":"lamp","quantity":4}]}"#, "items[0].quantity"),
    (#"{"items":[{"productId":"chair","quantity":1}]}"#, "items[0]"), (#"{}"#, "items"),
    (#"{"items":[{"productId":"lamp","quantity":1}],"why":"x"}"#, "why"),
  ]) func aReturnOfWhatTheOrderHasNotIsRefused(body: String, field: String) async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      let refused = try await scene.act("requestReturn", body, as: scene.asha)
      #expect(refused.status == 422 && refused.json["errors"]?.items.first?["field"]?.text == field, "\(refused.json)")
      #expect(try await scene.parts(as: scene.staff).json["parts"]?.items == [])
    }
  }

  @Test func aListIsOfAKindAndGoesOn() async throws {
    try await withShop { shop in
      let scene = try await Scene(shop)
      for _ in 0..<3 {
        _ = try await scene.act("requestReturn", #"{"items":[{"productId":"lamp","quantity":1}]}"#, as: scene.staff)
      }
      func numbers(_ answer: Answer) -> [JSON?] { answer.json["parts"]?.items.map { $0["number"] } ?? [] }
      #expect(
        numbers(try await scene.parts(as: scene.staff, [("kind", "return")])) == ["1", "2", "3"].map { .number($0) })
      #expect(numbers(try await scene.parts(as: scene.staff, [("kind", "refund")])) == [])
      let first = try await scene.parts(as: scene.staff, [("limit", "2")])
      #expect(numbers(first) == ["1", "2"].map { .number($0) })
      let after = try #require(first.json["nextAfter"]?.text)
      #expect(numbers(try await scene.parts(as: scene.staff, [("after", after)])) == [.number("3")])
      for (name, value) in [("kind", "re turn"), ("after", "7"), ("limit", "0"), ("colour", "red")] {
        let refused = try await scene.parts(as: scene.staff, [(name, value)])
        #expect(refused.status == 422 && refused.json["errors"]?.items.map { $0["field"]?.text } == [name], "\(name)")
      }
    }
  }
}
