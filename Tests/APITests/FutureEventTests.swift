import HubContracts
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API
@testable import MongoStore

/// Events of types that this version does not know, as they are listed.
@Suite struct FutureEventTests {
  private func put(_ type: String, _ envelope: String, at seq: Int64, of id: OrderID, in shop: Shop) async throws {
    try await shop.store.write { worker in
      _ = try worker.run(.write) {
        $0.string("update", Collection.events.rawValue)
        $0.documents("updates", CollectionOfOne(RecordedEvent.key(id, seq))) { writer, key in
          writer.document("q") { $0.string("_id", key) }
          writer.document("u") {
            $0.document("$set") {
              $0.string("type", type)
              $0.string("envelope", envelope)
            }
          }
        }
      }
    }
  }

  @Test func theStaffAreToldOfATypeFromTheFutureAndACustomerIsNot() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let (staff, asha) = (try shop.token(.employee), try shop.token(.customer, user: "asha"))
      let placed = try await api.ask(
        .post, "/api/orders", token: staff,
        body: #"{"customer":{"id":"asha","name":"Asha"},"items":[{"productId":"lamp","quantity":3,"unitPrice":5}]}"#)
      let text = try #require(placed.json["order"]?["id"]?.text)
      let id = try #require(OrderID(text))
      _ = try await api.ask(
        .post, "/api/orders/\(id)/deliveries", token: staff, body: #"{"items":[{"productId":"lamp","quantity":1}]}"#)
      func envelope(_ seq: Int, _ type: String, _ data: String) -> String {
        #"{"id":"\#(id):\#(seq)","seq":\#(seq),"tenant":"shop-1","type":"\#(type)","orderId":"\#(id)","#
          + #""customer":"asha","at":"2026-05-28T20:26:40.000Z","data":\#(data)}"#
      }
      let future = envelope(3, "order:risk-scored", #"{"score":0.10000000000000000001,"secret-score":[{"a":null}]}"#)
      try await put("order:risk-scored", future, at: 3, of: id, in: shop)
      // One that nests too deeply, and one that is no JSON: they are left out, and the rest is told.
      let deep = String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)
      try await put("order:deep", envelope(2, "order:deep", deep), at: 2, of: id, in: shop)
      try await put("order:broken", "}{", at: 4, of: id, in: shop)

      let all = try await api.ask(.get, "/api/orders/\(id)/events", token: staff)
      #expect(all.status == 200)
      #expect(all.json["events"]?.items.map { $0["seq"] } == ["1", "3", "5"].map { .number($0) })
      #expect(String(decoding: all.reply.body.bytes, as: UTF8.self).contains(future))
      #expect(all.json["hasMore"] == .bool(false) && all.json["nextAfter"] == .null)
      // A page that ends with one that is left out goes on behind it.
      let page = try await api.ask(
        .get, "/api/orders/\(id)/events", token: staff, query: [("after", "3"), ("limit", "1")])
      #expect(page.json["events"]?.items == [] && page.json["nextAfter"] == .number("4"))

      let own = try await api.ask(.get, "/api/orders/\(id)/events", token: asha)
      #expect(own.json["events"]?.items.map { $0["seq"] } == ["1", "5"].map { .number($0) })
      let document = try await api.ask(.get, "/api/orders/\(id)", token: asha)
      for answer in [own, document] {
        let text = String(decoding: answer.reply.body.bytes, as: UTF8.self)
        #expect(answer.status == 200 && !text.contains("risk-scored") && !text.contains("secret-score"))
      }
      let whole = try await api.ask(.get, "/api/orders/\(id)", token: staff)
      #expect(whole.json["events"]?.items.compactMap { $0["type"]?.text }.contains("order:risk-scored") == true)
    }
  }

  @Test func theDescriptionSaysWhatAnEventOfAnotherTypeIsLike() throws {
    let schemas = try JSONParser.parse(OpenAPI.describe(OrderAPI.routes, .builtIn, version: "1"))["components"]?[
      "schemas"]
    #expect(schemas?["Event"]?["oneOf"]?.items.count == EventType.allCases.count + 1)
    #expect(schemas?["OtherEventType"]?["not"]?["enum"]?.items.count == EventType.allCases.count)
  }
}
