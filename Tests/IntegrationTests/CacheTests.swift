import Foundation
import HubTestSupport
import Orders
import Testing

@Suite struct CacheTests {
  @Test func theKeysStandInRedisAsDashboardsReadThem() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "10"), ("p2", "2")])
    _ = try await ada.deliver(order, "4", status: "delivered")
    let shown = try await ada.get("/api/orders/\(order.id)")
    _ = try await ada.get("/api/orders/stats")
    let port = hub.redisPort
    let item = order["items"][0].id
    let lifetimes = try await onThread {
      func text(_ key: String) throws -> String { try RedisAsker.ask(port, "GET", key).first ?? "(none)" }
      let id = "order:\(order.id)"
      #expect(try text("\(id):status") == "partial_delivered")
      #expect(try text("\(id):progress") == "33")
      #expect(try text("\(id):version") == "5")
      #expect(
        Document(parsing: try text("\(id):remaining")) == [
          "p1": ["total": 10, "delivered": 4, "remaining": 6], "p2": ["total": 2, "delivered": 0, "remaining": 2],
        ])
      #expect(try text("\(id):item:\(item):remaining") == "6")
      #expect(Document(parsing: try text("\(id):doc")) == shown.body)
      let counters = Document(parsing: try text("dashboard:counters:\(ada.tenant)"))
      #expect([counters["totalOrders"], counters["partialDeliveredOrders"]] == [1, 1])
      return try ["\(id):status", "\(id):remaining", "\(id):doc", "dashboard:counters:\(ada.tenant)"].map {
        Int(try RedisAsker.ask(port, "TTL", $0).first ?? "") ?? 0
      }
    }
    for (seconds, limit) in zip(lifetimes, [3_600, 3_600, 300, 300]) { #expect((limit - 60...limit).contains(seconds)) }
  }

  @Test func aStaleCopyNeverAuthorisesAWrite() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "10")])
    _ = try await ada.deliver(order, "9", status: "delivered")
    let truth = try await ada.order(order)
    let port = hub.redisPort
    try await onThread {
      let id = "order:\(order.id)"
      let lie = #"{"p1":{"total":10,"delivered":0,"remaining":10}}"#
      try RedisAsker.ask(port, "SET", "\(id):remaining", lie, "EX", "3600")
      try RedisAsker.ask(port, "SET", "\(id):item:\(order["items"][0].id):remaining", "10", "EX", "3600")
      try RedisAsker.ask(port, "SET", "\(id):status", "open", "EX", "3600")
      try RedisAsker.ask(port, "SET", "\(id):progress", "0", "EX", "3600")
      try RedisAsker.ask(port, "SET", "\(id):version", "99", "EX", "3600")
      try RedisAsker.ask(port, "DEL", "\(id):doc")
    }
    for process in 0..<2 {
      let refused = try await ada.at(process).deliver(order, "2")
      #expect(refused.outcome == "409 exceeds_remaining")
      #expect(refused["remaining"] == ["p1": ["total": 10, "delivered": 9, "remaining": 1]])
      #expect(refused["version"] == truth["version"])
    }
    #expect(try await ada.other("root", .admin).patch("/api/orders/\(order.id)/cancel").status == 409)
    #expect(try await ada.deliveries(order).count == 1)
  }

  @Test func countersEqualARecountAfterARandomMix() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let root = try ada.other("root", .admin)
    _ = try await atOnce(24) { index in
      let me = ada.at(index)
      let order = try await me.place([("p1", "4")], price: "2.5")
      if index % 4 == 0 { return }
      if index % 4 == 1 {
        _ = try await root.patch("/api/orders/\(order.id)/cancel")
        return
      }
      let first = try await me.deliver(order, "3", status: index % 3 == 0 ? "delivered" : nil)
      if index % 3 == 1 { _ = try await me.move(first["delivery"], to: "cancelled") }
      guard index % 4 == 3 else { return }
      _ = try await me.deliver(order, "1", status: "delivered")
      let invoice = try await me.invoice(first["delivery"])["invoice"]
      if !invoice.id.isEmpty { _ = try await me.pay(invoice, "7.5") }
    }
    let orders = try await ada.get("/api/orders?limit=100")["orders"].items
    #expect(orders.count == 24)
    let recount = Dictionary(grouping: orders) { $0["status"].text }.mapValues(\.count)
    // The second process may hear of the last change a moment later.
    for process in 0..<2 {
      try await eventually("the counters equal a recount") {
        let counters = try await ada.at(process).get("/api/orders/stats")["counters"]
        let byStatus = counters["byStatus"].members.mapValues(\.whole).filter { $0.value > 0 }
        return counters["totalOrders"] == 24 && byStatus == recount
      }
    }
    for order in orders { try await ada.expectSound(order) }
    let today = try await ada.get("/api/deliveries/today?limit=100")["deliveries"].items
    let stats = try await ada.get("/api/orders/stats")["today"]
    let live = today.filter { $0["status"] != "cancelled" }
    #expect(stats["count"].whole == live.count)
    #expect(stats["delivered"].whole == live.count { $0["status"] == "delivered" })
    #expect(abs(stats["totalValue"].value - live.reduce(0) { $0 + $1["value"].value }) < 1e-6)
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(!audit.output.contains(" \(ada.tenant) "), "\(audit)")
  }

  @Test func productsAndTheirLedgerFollowOrders() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let root = try ada.other("root", .admin)
    let made = try await root.post("/api/products", #"{"productId":"p1","name":"Lamp","unitPrice":2.5,"taxRate":0.1}"#)
    #expect(made.status == 201)
    #expect(try await ada.post("/api/products/p1/stock", #"{"kind":"receipt","quantity":6}"#).status == 201)
    let reply = try await ada.post(
      "/api/orders", #"{"customer":{"name":"G"},"items":[{"productId":"p1","quantity":10}]}"#)
    let item = reply["order"]["items"][0]
    #expect([item["name"], item["unitPrice"], item["backorder"], item["backordered"]] == ["Lamp", 2.5, true, 4])
    #expect(reply["order"]["total"] == 27.5)
    let short = try await ada.get("/api/products/p1")["product"]["stock"]
    #expect([short["onHand"], short["available"], short["backordered"]] == [-4, 0, 4])
    #expect(try await root.patch("/api/orders/\(reply["order"].id)/cancel").status == 200)
    let restored = try await ada.get("/api/products/p1")["product"]["stock"]
    let ledger = try await ada.get("/api/products/p1/ledger")["ledger"].items.sorted { $0["at"].text > $1["at"].text }
    #expect(ledger.map { $0["kind"].text } == ["restored", "deducted", "receipt"])
    #expect(ledger.reduce(0) { $0 + $1["onHand"].value } == 6)
    #expect([restored["onHand"], restored["backordered"]] == [6, 0])
  }
}
