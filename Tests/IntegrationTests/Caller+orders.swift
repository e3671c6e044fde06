import HubTestSupport
import Testing

/// The steps that most tests take.
extension Caller {
  /// Creates an order; gives it.
  func place(_ items: [(product: String, quantity: String)], price: String = "10", extra: String = "") async throws
    -> Document
  {
    let rows = items.map { #"{"productId":"\#($0.product)","quantity":\#($0.quantity),"unitPrice":\#(price)}"# }
    let reply = try await post(
      "/api/orders", #"{"customer":{"name":"Grace Hopper"},"items":[\#(rows.joined(separator: ","))]\#(extra)}"#)
    guard reply.status == 201 else { throw TestServerError("no order: \(reply)") }
    return reply["order"]
  }

  /// Posts a delivery of one product.
  func deliver(
    _ order: Document, _ quantity: String, of product: String = "p1", status: String? = nil, key: String? = nil
  ) async throws -> Reply {
    let state = status.map { #","status":"\#($0)""# } ?? ""
    return try await post(
      "/api/orders/\(order.id)/deliveries",
      #"{"items":[{"productId":"\#(product)","quantity":\#(quantity)}]\#(state)}"#,
      key: key)
  }

  func move(_ delivery: Document, to status: String) async throws -> Reply {
    try await patch("/api/orders/deliveries/\(delivery.id)/status", #"{"status":"\#(status)"}"#)
  }

  func invoice(_ delivery: Document) async throws -> Reply {
    try await post("/api/orders/deliveries/\(delivery.id)/invoice")
  }

  func pay(_ invoice: Document, _ amount: String) async throws -> Reply {
    try await post("/api/invoices/\(invoice.id)/payments", #"{"amount":\#(amount),"method":"card"}"#)
  }

  /// Takes an invoice back; `refund` is how what was paid is paid back.
  func credit(_ invoice: Document, refund: String? = nil, key: String? = nil) async throws -> Reply {
    let wish = refund.map { #","refund":{"method":"\#($0)"}"# } ?? ""
    return try await post("/api/invoices/\(invoice.id)/credit", #"{"reason":"a mistake"\#(wish)}"#, key: key)
  }

  /// The order as the store has it.
  func order(_ order: Document) async throws -> Document { try await get("/api/orders/\(order.id)")["order"] }

  func remaining(_ order: Document) async throws -> Document {
    try await get("/api/orders/\(order.id)/remaining")["remaining"]
  }

  func deliveries(_ order: Document) async throws -> [Document] {
    var all: [Document] = []
    var after = ""
    for _ in 0..<20 {
      let page = try await get("/api/orders/\(order.id)/deliveries\(after)")
      all += page["deliveries"].items
      if page["nextAfter"] == nil { break }
      after = "?after=\(page["nextAfter"].text)"
    }
    return all
  }

  /// All events of an order, in their order.
  func events(_ order: Document) async throws -> [Document] {
    var events: [Document] = []
    for _ in 0..<50 {
      let page = try await get("/api/orders/\(order.id)/events?after=\(events.last?["seq"].whole ?? 0)&limit=200")
      events += page["events"].items
      if page["hasMore"] != true { return events }
    }
    throw TestServerError("an order has more than 10,000 events")
  }

  /// That an order's events run 1…version without a gap, and what is on deliveries is what its items say.
  func expectSound(_ order: Document, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let now = try await self.order(order)
    let events = try await events(order)
    #expect(events.map { $0["seq"].whole } == Array(1...now["version"].whole), sourceLocation: sourceLocation)
    var delivered: [String: Double] = [:]
    for delivery in try await deliveries(order) where delivery["status"] != "cancelled" {
      for item in delivery["items"].items { delivered[item["itemId"].text, default: 0] += item["quantity"].value }
    }
    for item in now["items"].items {
      let sum = delivered[item["id"].text] ?? 0
      #expect(abs(sum - item["delivered"].value) < 1e-6, sourceLocation: sourceLocation)
      #expect(
        item["delivered"].value + item["cancelled"].value <= item["quantity"].value + 1e-9,
        sourceLocation: sourceLocation)
    }
  }
}

extension Document {
  /// The entity's id.
  var id: String { self["id"].text }
}
