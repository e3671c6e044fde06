import Foundation
import HubTestSupport
import Orders
import Testing

/// Every workflow by its generic actions, over REST and seen live.
@Suite struct ActionTests {
  private static let items = #"[{"productId":"pill","quantity":2}]"#

  /// The hub's own table under another name, with a shorter time to wait, as its JSON is given.
  private func copy(_ boss: Caller, named name: String, expiresAfter seconds: Int = 1_800) async throws -> Reply {
    var text = try await boss.get("/api/workflows/pickup").text
    #expect(text.contains(#""afterSeconds":1800"#))
    text = text.replacingOccurrences(of: #""afterSeconds":1800"#, with: #""afterSeconds":\#(seconds)"#)
      .replacingOccurrences(of: #""name":"pickup""#, with: #""name":"\#(name)""#)
    return try await boss.call("PUT", "/api/workflows/\(name)", body: text)
  }

  private func shop(stock: Int = 10) async throws -> (Hub, boss: Caller, staff: Caller, asha: Caller) {
    let hub = try await Hub.shared()
    let staff = try hub.caller()
    let boss = try staff.other("root", .admin)
    #expect(try await boss.post("/api/products", #"{"productId":"pill","unitPrice":10}"#).status == 201)
    let receipt = #"{"kind":"receipt","quantity":\#(stock)}"#
    #expect(try await boss.post("/api/products/pill/stock", receipt).status == 201)
    return (hub, boss, staff, try staff.other("asha", .customer))
  }

  private func place(_ caller: Caller, _ workflow: String, items: String = items) async throws -> Reply {
    try await caller.post(
      "/api/orders", #"{"workflow":"\#(workflow)","customer":{"name":"Asha"},"items":\#(items)}"#)
  }

  private func act(_ caller: Caller, _ id: String, _ event: String, _ input: String = "") async throws -> Reply {
    try await caller.post("/api/orders/\(id)/actions/\(event)", input)
  }

  private func events(_ caller: Caller, _ id: String) async throws -> [String] {
    try await caller.get("/api/orders/\(id)/actions")["actions"].items.map { $0["event"].text }
  }

  /// Connected and read on threads of their own, one after the other.
  private final class Listener: @unchecked Sendable {
    var ear: LiveEar?
  }

  @Test func aCopyOfAWorkflowIsUsedAtOnceEverywhereAndSeenLive() async throws {
    let (hub, boss, staff, asha) = try await shop()
    let listener = Listener()
    let (port, token) = (hub.live.port, staff.token ?? "")
    try await onThread { listener.ear = try LiveEar(port: port, kind: 0, token: token) }
    let made = try await copy(boss.at(0), named: "counter")
    #expect(made.status == 201 && made["version"] == 1, "\(made)")
    // At the other process, before it looks by itself.
    let placed = try await place(asha.at(1), "counter")
    #expect(placed.status == 201 && placed["order"]["status"] == "pending", "\(placed)")
    #expect(placed["order"]["workflowVersion"] == 1 && placed["order"]["customer"]["id"] == "asha")
    let id = placed["order"]["id"].text
    #expect(try await events(asha, id) == ["cancel", "edit"])
    #expect(try await events(staff, id) == ["accept", "reject", "cancel", "edit"])

    #expect(try await act(asha, id, "accept").outcome == "403 forbidden")
    #expect(try await act(staff, id, "accept", #"{"estimatedTime":0}"#).outcome == "422 validation_failed")
    #expect(try await act(staff, id, "accept", #"{"when":1}"#).outcome == "422 validation_failed")
    let accepted = try await act(staff, id, "accept", #"{"estimatedTime":20}"#)
    #expect(accepted.status == 200 && accepted["order"]["status"] == "confirmed", "\(accepted)")
    let stock8 = try await staff.get("/api/products/pill")
    #expect(stock8["product"]["stock"]["onHand"] == 8, "\(stock8)")
    #expect(try await act(staff, id, "accept").outcome == "409 transition_not_allowed")
    #expect(try await act(staff, id, "prepare").status == 200)
    #expect(try await act(staff, id, "ready").status == 200)
    #expect(try await act(staff, id, "complete", #"{"paymentMethod":"cash","amount":1}"#).status == 422)
    let completed = try await act(staff, id, "complete", #"{"paymentMethod":"cash","amount":20}"#)
    #expect(completed["order"]["status"] == "completed" && completed["order"]["paymentStatus"] == "paid")
    #expect(try await events(staff, id) == [])

    let version = completed["order"]["version"].whole
    let seqs = try await onThread { () -> [Int] in
      let ear = try #require(listener.ear)
      var seqs: [Int] = []
      while seqs.last != version {
        let heard = try ear.next()
        let message = Document(parsing: heard.text)
        if message["id"].text.hasPrefix("\(id):") { seqs.append(message["seq"].whole) }
      }
      return seqs
    }
    #expect(seqs == Array(1...version))
    // The list, the sums, and what its own customer sees.
    #expect(
      try await staff.get("/api/orders?workflow=counter&status=completed&phase=closed")["orders"].items.count == 1)
    #expect(try await staff.get("/api/orders/stats")["counters"]["byWorkflow"]["counter"]["byStatus"]["completed"] == 1)
    #expect(try await asha.get("/api/orders")["orders"].items.map { $0["id"].text } == [id])
  }

  @Test func anOrderThatNobodyAcceptsExpiresByItsTimer() async throws {
    let (_, boss, staff, asha) = try await shop()
    #expect(try await copy(boss, named: "hasty", expiresAfter: 1).status == 201)
    let placed = try await place(asha, "hasty")
    let id = placed["order"]["id"].text
    try await eventually("it has expired") {
      try await staff.get("/api/orders/\(id)")["order"]["status"] == "expired"
    }
    let order = try await staff.get("/api/orders/\(id)")["order"]
    #expect(order["phase"] == "cancelled")
    #expect(order["particulars"]["reason"] == "Order expired - pharmacy did not respond in time")
    #expect(try await act(staff, id, "accept").outcome == "409 transition_not_allowed")
    let types = try await staff.get("/api/orders/\(id)/events")["events"].items.map { $0["type"].text }
    #expect(types.filter { $0 == "order:cancelled" }.count == 1)
  }

  @Test func anOrderKeepsTheDefinitionItBeganWith() async throws {
    // What another process has changed is seen within a second; here everybody asks one.
    let (_, far, staff, customer) = try await shop()
    let (boss, asha) = (far.at(0), customer.at(0))
    _ = try await copy(boss, named: "counter")
    let first = try await place(asha, "counter")["order"]["id"].text
    // The next version has no way to accept.
    let text = try await boss.get("/api/workflows/counter").text
      .replacingOccurrences(of: #""event":"accept""#, with: #""event":"take_on""#)
    let next = try await boss.call("PUT", "/api/workflows/counter", body: text)
    #expect(next.status == 200 && next["version"] == 2, "\(next)")
    let second = try await place(asha, "counter")
    #expect(second["order"]["workflowVersion"] == 2)
    #expect(try await act(staff, first, "accept").status == 200)
    #expect(try await act(staff, second["order"]["id"].text, "accept").status == 409)
    #expect(try await act(staff, second["order"]["id"].text, "take_on").status == 200)
    let refused = try await boss.call("DELETE", "/api/workflows/counter")
    #expect(refused.outcome == "409 workflow_in_use" && refused["detail"].text.hasPrefix("2 orders"), "\(refused)")
    for id in [first, second["order"]["id"].text] {
      #expect(try await act(staff, id, "cancel", #"{"reason":"closed"}"#).status == 200)
    }
    let stock10 = try await staff.get("/api/products/pill")
    #expect(stock10["product"]["stock"]["onHand"] == 10, "\(stock10)")
    #expect(try await boss.call("DELETE", "/api/workflows/counter").status == 200)
    #expect(try await place(asha, "counter").outcome == "422 validation_failed")
  }

  @Test func whatIsShortRefusesAllOfIt() async throws {
    let (_, _, staff, asha) = try await shop(stock: 1)
    let id = try await place(asha, "pickup")["order"]["id"].text
    let short = try await act(staff, id, "accept")
    #expect(short.outcome == "409 out_of_stock")
    #expect(short["short"].items.map { $0["productId"].text } == ["pill"])
    #expect(try await staff.get("/api/orders/\(id)")["order"]["status"] == "pending")
    // Another customer's, and one who only looks like the owner.
    let eve = try asha.other("eve", .customer)
    #expect(try await act(eve, id, "cancel").outcome == "404 order_not_found")
    #expect(try await act(asha, id, "cancel").status == 200)
  }

  @Test func customersOrderOnlyWhereTheTableLetsThemAndAtTheCataloguesPrices() async throws {
    let (_, _, _, asha) = try await shop()
    #expect(try await place(asha, "delivery").outcome == "403 forbidden")
    #expect(try await asha.post("/api/orders", "{}").outcome == "403 forbidden")
    let cheap = try await place(asha, "pickup", items: #"[{"productId":"pill","quantity":2,"unitPrice":0.01}]"#)
    #expect(cheap.outcome == "422 validation_failed" && cheap["errors"][0]["field"] == "items[0].unitPrice")
    let other = try await asha.post(
      "/api/orders",
      #"{"workflow":"pickup","currency":"JPY","customer":{"name":"A"},"items":\#(Self.items)}"#)
    #expect(other["errors"][0]["field"] == "currency", "\(other)")
    let forEve = try await asha.post(
      "/api/orders", #"{"workflow":"pickup","customer":{"id":"eve","name":"A"},"items":\#(Self.items)}"#)
    #expect(forEve.outcome == "403 forbidden")
    // A kiosk orders for whoever stands before it, where the table names kiosks; a seller does not order.
    let till = try asha.other("till", .kiosk)
    let atKiosk = try await place(till, "pickup")
    #expect(atKiosk.status == 201 && atKiosk["order"]["customer"]["id"] != "till", "\(atKiosk)")
    #expect(try await place(till, "pickup", items: #"[{"productId":"pill","quantity":2,"unitPrice":1}]"#).status == 422)
    for other in [till, try asha.other("sam", .seller)] {
      #expect(try await place(other, "delivery").outcome == "403 forbidden")
    }
    #expect(try await place(asha.other("sam", .seller), "pickup").outcome == "403 forbidden")
  }

  @Test func aDeliveryIsMadeInvoicedAndPaidByActionsAlone() async throws {
    let (_, boss, staff, _) = try await shop()
    let id = try await place(staff, "delivery")["order"]["id"].text
    #expect(try await events(staff, id) == ["deliver", "edit"])
    #expect(try await act(staff, id, "deliver").outcome == "422 validation_failed")
    let delivered = try await act(staff, id, "deliver", #"{"items":\#(Self.items),"status":"delivered"}"#)
    #expect(delivered.status == 201 && delivered["order"]["status"] == "delivered", "\(delivered)")
    let delivery = delivered["delivery"]["id"].text
    #expect(
      try await act(staff, id, "deliver", #"{"items":\#(Self.items)}"#).status == 409)
    let invoiced = try await act(staff, id, "invoice", #"{"deliveryId":"\#(delivery)"}"#)
    let invoice = invoiced["invoice"]["id"].text
    #expect(invoiced.status == 201, "\(invoiced)")
    #expect(
      try await act(staff, id, "pay", #"{"invoiceId":"\#(delivery)","amount":1,"method":"cash"}"#).status == 404)
    let paid = try await act(staff, id, "pay", #"{"invoiceId":"\#(invoice)","amount":20,"method":"cash"}"#)
    #expect(paid["order"]["status"] == "completed", "\(paid)")
    let other = try await place(staff, "delivery")["order"]["id"].text
    #expect(try await act(staff, other, "cancel").outcome == "403 forbidden")
    #expect(try await act(boss, other, "cancel", #"{"reason":"no"}"#)["order"]["cancelReason"] == "no")
    // What is of the rules of deliveries is refused of an order without them, and changes nothing.
    let pickup = try await place(staff, "pickup")["order"]["id"].text
    for (method, path, body) in [
      ("POST", "/deliveries", #"{"items":\#(Self.items)}"#), ("PATCH", "/cancel", ""), ("POST", "/close", ""),
    ] {
      let refused = try await boss.call(method, "/api/orders/\(pickup)\(path)", body: body)
      #expect(refused.outcome == "409 transition_not_allowed", "\(path) \(refused)")
    }
    #expect(try await boss.get("/api/orders/\(pickup)")["order"]["version"] == 2)
  }
}
