import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import OrderDesk
import Orders
import Testing

@testable import API

/// Where goods are and for whom they are set aside, over REST.
@Suite struct InventoryTests {
  private func catalogue(_ api: OrderAPI, _ boss: String, _ products: [(String, Int)]) async throws {
    for (id, units) in products {
      let made = try await api.ask(
        .post, "/api/products", token: boss, body: #"{"productId":"\#(id)","name":"The \#(id)","unitPrice":2}"#)
      #expect(made.status == 201)
      guard units > 0 else { continue }
      let receipt = #"{"kind":"receipt","quantity":\#(units)}"#
      #expect(try await api.ask(.post, "/api/products/\(id)/stock", token: boss, body: receipt).status == 201)
    }
  }

  private func reserve(
    _ api: OrderAPI, _ token: String, _ units: Int, customer: String? = nil
  ) async throws -> Answer {
    let customer = customer.map { #""id":"\#($0)","# } ?? ""
    return try await api.ask(
      .post, "/api/orders", token: token,
      body: """
        {"workflow":"reserving","customer":{\(customer)"name":"Cleo"},"items":[{"productId":"desk","quantity":\(units)}]}
        """)
  }

  private func transfer(
    _ api: OrderAPI, _ token: String, _ from: String, _ to: String, _ quantity: String = "1",
    further: String = #","reason":"seen""#
  ) async throws -> Answer {
    try await api.ask(
      .post, "/api/products/desk/stock", token: token,
      body: #"{"from":"\#(from)","to":"\#(to)","quantity":\#(quantity)\#(further)}"#)
  }

  @Test func stockMovesBetweenPlacesWithAReason() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let (boss, ada) = (try shop.token(.admin), try shop.token(.employee))
      try await catalogue(api, boss, [("desk", 10)])
      let held = try await transfer(api, ada, "available", "on_hold", "2.5")
      #expect(held.status == 201)
      let row = held.json["movement"]
      #expect(row?["kind"]?.text == "transfer" && row?["from"]?.text == "available" && row?["to"]?.text == "on_hold")
      #expect(row?["onHand"] == .number("-2.5") && row?["onHold"] == .number("2.5") && row?["reason"]?.text == "seen")
      #expect(row?["owner"] == .null && row?["expiresAt"] == .null)
      let named = try await transfer(api, ada, "on_hold", "damaged", further: #","reason":"torn","kind":"transfer""#)
      #expect(named.status == 201)
      let stock = named.json["product"]?["stock"]
      #expect(
        stock?["onHand"] == .number("7.5") && stock?["onHold"] == .number("1.5") && stock?["damaged"] == .number("1"))
      let ledger = try await api.ask(.get, "/api/products/desk/ledger", token: ada).json["ledger"]?.items ?? []
      #expect(ledger.count == 3)
      let receipt = ledger.first { $0["kind"]?.text == "receipt" }
      #expect(receipt?["from"] == .null && receipt?["to"]?.text == "available")

      let tooMuch = try await transfer(api, ada, "damaged", "available", "1.000001")
      #expect(tooMuch.status == 409 && tooMuch.code == "exceeds_stock")
      #expect(tooMuch.json["detail"]?.text == "1.000001 of desk are more than the 1 that are damaged.")
      #expect(try await transfer(api, shop.token(.customer), "damaged", "available").status == 403)
    }
  }

  @Test func whatIsNoTransferIsRefusedByItsFields() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let boss = try shop.token(.admin)
      try await catalogue(api, boss, [("desk", 10)])
      for (body, fields) in [
        (#"{"from":"available","to":"shop","quantity":1,"reason":"x"}"#, ["to"]),
        (#"{"from":"reserved","to":"available","quantity":1,"reason":"x"}"#, ["from"]),
        (#"{"from":"available","quantity":1,"reason":"x"}"#, ["to"]),
        (#"{"kind":"transfer","quantity":1,"reason":"x"}"#, ["from", "to"]),
        (#"{"kind":"receipt","from":"available","to":"damaged","quantity":1}"#, ["from", "to"]),
        (#"{"from":"available","to":"damaged","quantity":1}"#, ["reason"]),
        (#"{"from":"available","to":"damaged","quantity":-1,"reason":"x"}"#, ["quantity"]),
        (#"{"from":"damaged","to":"damaged","quantity":1,"reason":"x"}"#, ["to"]),
        (#"{"quantity":1}"#, ["kind"]), (#"{"kind":"","quantity":1}"#, ["kind"]),
        (#"{"kind":"reserved","quantity":1}"#, ["kind"]), (#"{"kind":"theft","quantity":1}"#, ["kind"]),
        (#"{"from":7,"to":"damaged","quantity":1,"reason":"x"}"#, ["from"]),
      ] {
        let answer = try await api.ask(.post, "/api/products/desk/stock", token: boss, body: body)
        #expect(answer.status == 422, "\(body)")
        #expect(answer.json["errors"]?.items.map { $0["field"]?.text } == fields, "\(body): \(answer.json)")
      }
      let stock = try await api.ask(.get, "/api/products/desk", token: boss).json["product"]?["stock"]
      #expect(stock?["onHand"] == .number("10"))
    }
  }

  @Test func theInventoryIsReadInPages() async throws {
    try await withShop { shop in
      let api = try await shop.process(workflows: ReservingWorkflow.withDelivery())
      let (boss, ada) = (try shop.token(.admin), try shop.token(.employee))
      try await catalogue(api, boss, [("chair", 0), ("desk", 10), ("lamp", 4)])
      #expect(try await reserve(api, ada, 3).status == 201)
      #expect(try await transfer(api, ada, "available", "damaged", "2").status == 201)
      let first = try await api.ask(.get, "/api/inventory", token: ada, query: [("limit", "2")])
      #expect(first.status == 200)
      let rows = first.json["inventory"]?.items ?? []
      #expect(rows.map { $0["productId"]?.text } == ["chair", "desk"])
      #expect(rows[1]["name"]?.text == "The desk" && rows[1]["active"] == .bool(true))
      let sums = ["available", "backordered", "reserved", "onHold", "damaged"].map { rows[1][Text($0)] }
      #expect(sums == [.number("5"), .number("0"), .number("3"), .number("0"), .number("2")])
      #expect(first.json["pagination"]?["limit"] == .number("2"))
      let cursor = try #require(first.json["pagination"]?["nextCursor"]?.text)
      let second = try await api.ask(
        .get, "/api/inventory", token: ada, query: [("limit", "2"), ("cursor", cursor)])
      #expect(second.json["inventory"]?.items.map { $0["productId"]?.text } == ["lamp"])
      #expect(second.json["pagination"]?["nextCursor"] == .null)
      // A page that is just full is the last one.
      let whole = try await api.ask(.get, "/api/inventory", token: ada, query: [("limit", "3")])
      #expect(whole.json["inventory"]?.items.count == 3 && whole.json["pagination"]?["nextCursor"] == .null)
      let elsewhere = try await api.ask(.get, "/api/inventory", token: shop.token(.admin, tenant: "shop-2"))
      #expect(elsewhere.json["inventory"]?.items == [])

      for query in [
        [("limit", "101")], [("limit", "0")], [("cursor", String(repeating: "x", count: 65))], [("a", "b")],
      ] {
        #expect(try await api.ask(.get, "/api/inventory", token: ada, query: query).status == 422, "\(query)")
      }
      #expect(try await api.ask(.get, "/api/inventory", token: shop.token(.customer)).status == 403)
    }
  }

  @Test func reservationsTellForWhomAndUntilWhen() async throws {
    try await withShop { shop in
      let api = try await shop.process(workflows: ReservingWorkflow.withDelivery())
      let (boss, ada) = (try shop.token(.admin), try shop.token(.employee))
      try await catalogue(api, boss, [("desk", 10)])
      shop.clock.hold()
      let now = shop.clock.now()
      var orders: [String] = []
      for (units, customer) in [(3, "cleo"), (2, nil), (4, "dora")] as [(Int, String?)] {
        let placed = try await reserve(api, ada, units, customer: customer)
        #expect(placed.status == 201, "\(placed.json)")
        orders.append(try #require(placed.json["order"]?["id"]?.text))
      }
      let short = try await reserve(api, ada, 2)
      #expect(short.status == 409 && short.code == "out_of_stock")
      #expect(short.json["short"]?.items.map { $0["lacking"] } == [.number("1")])
      #expect(short.json["orderStatus"] == nil && short.json["version"] == nil, "there is no such order")

      func ask(_ query: [(String, String)] = []) async throws -> JSON {
        let answer = try await api.ask(.get, "/api/inventory/desk/reservations", token: ada, query: query)
        #expect(answer.status == 200, "\(answer.json)")
        return answer.json
      }
      #expect(try await api.ask(.post, "/api/orders/\(orders[1])/actions/pay", token: ada).status == 200)
      let all = try await ask()
      #expect(all["productId"]?.text == "desk" && all["reserved"] == .number("9"))
      let rows = all["reservations"]?.items ?? []
      #expect(Set(rows.map { $0["orderId"]?.text }) == Set(orders))
      let byOrder = Dictionary(rows.map { ($0["orderId"]?.text ?? "", $0) }) { first, _ in first }
      let end = JSON.string(Text(Timestamp(millis: now.millis + ReservingWorkflow.seconds * 1_000).rfc3339))
      let expected: [(owner: String, quantity: String, end: JSON)] = [
        ("cleo", "3", end), ("ada", "2", .null), ("dora", "4", end),
      ]
      for (order, wanted) in zip(orders, expected) {
        let row = byOrder[order]
        #expect(row?["owner"]?.text == wanted.owner && row?["quantity"] == .number(Text(wanted.quantity)))
        #expect(row?["expiresAt"] == wanted.end && row?["orderNumber"]?.text?.hasPrefix("ORD-2026-") == true)
      }

      // What goes back is open no more.
      #expect(try await api.ask(.post, "/api/orders/\(orders[0])/actions/cancel", token: boss).status == 200)
      #expect(try await api.ask(.post, "/api/orders/\(orders[1])/actions/send", token: ada).status == 200)
      let left = try await ask()
      #expect(
        left["reservations"]?.items.map { $0["orderId"]?.text } == [orders[2]] && left["reserved"] == .number("4"))
      let stock = try await api.ask(.get, "/api/products/desk", token: ada).json["product"]?["stock"]
      #expect(stock?["onHand"] == .number("4") && stock?["reserved"] == .number("4"))

      // In pages of one.
      #expect(try await reserve(api, ada, 1).status == 201)
      let one = try await ask([("limit", "1")])
      let cursor = try #require(one["pagination"]?["nextCursor"]?.text)
      let two = try await ask([("limit", "1"), ("cursor", cursor)])
      #expect(two["pagination"]?["nextCursor"] == .null)
      let ids = [one, two].flatMap { $0["reservations"]?.items.map { $0["orderId"]?.text } ?? [] }
      #expect(ids.count == 2 && Set(ids).count == 2)

      let path = "/api/inventory/desk/reservations"
      #expect(try await api.ask(.get, path, token: ada, query: [("cursor", "x")]).status == 422)
      let none = try await api.ask(.get, "/api/inventory/nothing/reservations", token: ada)
      #expect(none.status == 404 && none.code == "product_not_found")
      #expect(try await api.ask(.get, path, token: shop.token(.admin, tenant: "shop-2")).status == 404)
      #expect(try await api.ask(.get, path, token: shop.token(.customer)).status == 403)
    }
  }
}
