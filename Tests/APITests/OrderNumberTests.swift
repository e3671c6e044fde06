import HubContracts
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API

/// An order's number in the place of its id.
@Suite struct OrderNumberTests {
  private static let views = ["", "/remaining", "/progress", "/events", "/deliveries", "/invoices"]

  private func number(_ api: OrderAPI, _ token: String, _ id: String) async throws -> String {
    try #require(try await api.ask(.get, "/api/orders/\(id)", token: token).json["order"]?["orderNumber"]?.text)
  }

  @Test(arguments: [true, false]) func everyReadOfAnOrderTakesItsNumber(hasRedis: Bool) async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: hasRedis)
      let (ada, cleo) = (try shop.token(.employee), try shop.token(.customer, user: "cleo"))
      let id = try await place(api, ada, customer: "cleo")
      let number = try await number(api, ada, id)
      for view in Self.views {
        for token in [ada, cleo] {
          let byID = try await api.ask(.get, "/api/orders/\(id)\(view)", token: token)
          let byNumber = try await api.ask(.get, "/api/orders/\(number)\(view)", token: token)
          #expect(byNumber.status == 200, "\(view)")
          #expect(byNumber.reply.body.bytes == byID.reply.body.bytes, "\(view)")
        }
      }
    }
  }

  @Test func aNumberTellsNobodyWhatItMayNotSee() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let (ada, mallory) = (try shop.token(.employee), try shop.token(.customer, user: "mallory"))
      let eve = try shop.token(.admin, tenant: "shop-2")
      let id = try await place(api, ada, customer: "cleo")
      let number = try await number(api, ada, id)
      for view in Self.views {
        let (kiosk, seller) = (try shop.token(.kiosk, user: "cleo"), try shop.token(.seller, user: "cleo"))
        for (token, named) in [
          (mallory, number), (kiosk, number), (seller, number), (eve, number), (ada, "ORD-2026-999999"),
          (eve, "ORD-2026-999999"),
        ] {
          let answer = try await api.ask(.get, "/api/orders/\(named)\(view)", token: token)
          #expect(answer.code == "order_not_found", "\(view) \(named)")
          #expect(answer.json["detail"]?.text == "there is no order \"\(named)\"", "\(view) \(named)")
        }
        #expect(try await api.ask(.get, "/api/orders/\(number)\(view)").status == 401)
      }
      let body = #"{"items":[{"productId":"A","quantity":1}]}"#
      #expect(try await api.ask(.post, "/api/orders/\(number)/deliveries", token: eve, body: body).status == 404)
      #expect(try await api.ask(.patch, "/api/orders/\(number)/cancel", token: eve).status == 404)
    }
  }

  @Test(arguments: [
    "ORD-", "ord-2026-000001", "ORD-2026-1", "INV-2026-000001", "2026-000001", "ORD-2026-00000%31x",
    "ORD-2026-000001\u{301}", "ORD-" + String(repeating: "9", count: 200),
  ]) func whatIsNoNumberIsNoOrder(name: String) async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let ada = try shop.token(.employee)
      _ = try await place(api, ada)
      let answer = try await api.ask(.get, "/api/orders/\(name)", token: ada)
      #expect(answer.status == 404 && answer.code == "order_not_found")
    }
  }

  /// Else a client that repeats a write by the other name would do it twice.
  @Test func aWriteByEitherHasOneKey() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let ada = try shop.token(.employee)
      let id = try await place(api, ada)
      let number = try await number(api, ada, id)
      let body = #"{"items":[{"productId":"A","quantity":1}],"status":"delivered"}"#
      var answers: [Answer] = []
      for name in [number, id, number] {
        answers.append(
          try await api.ask(.post, "/api/orders/\(name)/deliveries", token: ada, key: "one", body: body))
      }
      #expect(answers.map(\.status) == [201, 201, 201])
      #expect(answers.map { $0.header("Idempotent-Replayed") } == [nil, "true", "true"])
      let deliveries = try await api.ask(.get, "/api/orders/\(number)/deliveries", token: ada)
      #expect(deliveries.json["deliveries"]?.items.count == 1)
      let closed = try await api.ask(.post, "/api/orders/\(number)/close", token: ada)
      #expect(closed.status == 200 && closed.json["order"]?["id"]?.text == id)
    }
  }
}
