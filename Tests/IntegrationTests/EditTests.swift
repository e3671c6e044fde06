import Foundation
import HubTestSupport
import Orders
import Testing

/// `PATCH /api/orders/:id`, at two api processes, and seen live.
@Suite struct EditTests {
  private func shop(_ products: [String] = ["p1"], stock: Int = 100) async throws -> (Hub, staff: Caller, boss: Caller)
  {
    let hub = try await Hub.shared()
    let staff = try hub.caller()
    let boss = try staff.other("root", .admin)
    for product in products {
      let made = try await boss.post(
        "/api/products", #"{"productId":"\#(product)","name":"The \#(product)","unitPrice":10}"#)
      #expect(made.status == 201)
      _ = try await boss.post("/api/products/\(product)/stock", #"{"kind":"receipt","quantity":\#(stock)}"#)
    }
    return (hub, staff, boss)
  }

  private func onHand(_ caller: Caller, _ product: String = "p1") async throws -> Double {
    try await caller.get("/api/products/\(product)")["product"]["stock"]["onHand"].value
  }

  private func edit(
    _ caller: Caller, _ order: Document, _ body: String, match: String? = nil, key: String? = nil
  ) async throws -> Reply {
    let headers = (match.map { ["If-Match: \($0)"] } ?? []) + (key.map { ["Idempotency-Key: \($0)"] } ?? [])
    return try await caller.call("PATCH", "/api/orders/\(order.id)", body: body, headers: headers)
  }

  private func expectClean(_ hub: Hub, _ caller: Caller, sourceLocation: SourceLocation = #_sourceLocation) async throws
  {
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(!audit.output.contains(" \(caller.tenant) "), "\(audit)", sourceLocation: sourceLocation)
  }

  @Test func anOrderIsEditedEverywhereAtOnceAndSeenLiveOnce() async throws {
    let (hub, staff, _) = try await shop(["p1", "p2"])
    let order = try await staff.place([("p1", "4"), ("p2", "2")])
    // By another name of the same order, and a customer's whose name is another then.
    let socket = try await hub.socket(staff)
    let reply = try await staff.at(0).call(
      "PATCH", "/api/orders/\(order["orderNumber"].text)",
      body: #"{"customer":{"name":"Ada Lovelace","phone":"98450 12345"},"notes":"by lift","items":["#
        + #"{"productId":"p1","quantity":6},{"productId":"p2","quantity":0},{"productId":"x","quantity":1,"unitPrice":2.5}]}"#,
      headers: ["If-Match: \"\(order["version"].whole)\""])
    #expect(reply.status == 200, "\(reply)")
    let edited = reply["order"]
    #expect(edited["total"] == 62.5 && edited["items"].items.map { $0["productId"].text } == ["p1", "x"])
    #expect(edited["customer"]["name"] == "Ada Lovelace" && edited["notes"] == "by lift")
    #expect(edited["version"].whole == order["version"].whole + 3)
    for process in 0..<2 {
      let there = staff.at(process)
      #expect(try await there.order(order) == edited)
      let remaining = try await there.remaining(order)
      #expect(remaining["p1"]["remaining"] == 6 && remaining["p2"] == .missing && remaining["x"]["total"] == 1)
      #expect(try await there.get("/api/orders?search=lovelace")["orders"].items.map(\.id) == [order.id])
      #expect(try await there.get("/api/orders?search=hopper")["orders"].items.isEmpty)
      #expect(try await there.get("/api/orders?search=9845012345")["orders"].items.map(\.id) == [order.id])
    }
    #expect(try await onHand(staff, "p1") == 94)
    #expect(try await onHand(staff, "p2") == 100)
    let heard = try await socket.next(3)
    #expect(heard.map { $0["type"].text } == ["order:updated", "order:inventory-reduced", "order:inventory-restored"])
    #expect(heard.map { $0["seq"].whole } == (1...3).map { order["version"].whole + $0 })
    #expect(
      heard[0]["data"]["changed"].items.map(\.text) == [
        "customer.name", "customer.phone", "items", "subtotal", "total",
      ])
    #expect(heard[0]["data"]["staffChanged"].items.map(\.text) == ["notes"])
    #expect(try await socket.isQuiet())
    try await staff.expectSound(order)
    try await expectClean(hub, staff)
  }

  @Test func anEditSaysWhatItIsMeantForAndALostRaceSaysWhatHappened() async throws {
    let (hub, staff, _) = try await shop()
    let order = try await staff.place([("p1", "4")], extra: #","notes":"x""#)
    let version = order["version"].whole
    let body = #"{"notesForCustomer":"soon"}"#
    #expect(try await edit(staff, order, body).outcome == "428 precondition_required")
    for match in [
      "W/\"\(version)\"", "\(version)", "\"x\"", "\"-1\"", "\"\(version)\", \"9\"", "*", "\"99999999999999999999\"",
    ] {
      #expect(try await edit(staff, order, body, match: match).outcome == "400 invalid_if_match", "\(match)")
    }
    for wrong in ["0", "-1", "1.5", "\"2\"", "99999999999999999999", "true"] {
      let refused = try await edit(staff, order, #"{"notes":"y","version":\#(wrong)}"#)
      #expect(refused.outcome == "422 validation_failed" && refused["errors"][0]["field"] == "version", "\(wrong)")
    }
    let both = try await edit(staff, order, #"{"notes":"y","version":\#(version + 1)}"#, match: "\"\(version)\"")
    #expect(both["errors"][0]["field"] == "version", "\(both)")
    #expect(try await staff.order(order)["version"] == order["version"])
    // Both may say it, if they say the same.
    let first = try await edit(staff, order, #"{"notes":"y","version":\#(version)}"#, match: "\"\(version)\"")
    #expect(first.status == 200, "\(first)")
    #expect(try await staff.deliver(order, "1").status == 201)

    let lost = try await edit(staff, order, body, match: "\"\(version)\"")
    #expect(lost.outcome == "409 version_conflict" && lost["version"].whole == version + 4, "\(lost)")
    #expect(
      lost["changes"].items.map { $0["type"].text } == [
        "order:updated", "delivery:created", "order:updated", "order:progress-updated",
      ])
    #expect(lost["changes"].items.map { $0["seq"].whole } == (1...4).map { version + $0 })
    #expect(lost["changes"][0]["changed"].items.map(\.text) == ["notes"] && lost["changes"][0]["by"] == "ada")
    let future = try await edit(staff, order, body, match: "\"\(version + 99)\"")
    #expect(future.outcome == "409 version_conflict" && future["changes"] == .missing)
    // No more than twenty are told; the events say the rest.
    var now = version + 4
    for index in 0..<25 {
      #expect(try await edit(staff, order, #"{"notes":"\#(index)","version":\#(now)}"#).status == 200)
      now += 1
    }
    #expect(try await edit(staff, order, body, match: "\"\(version)\"")["changes"].items.count == 20)
    try await expectClean(hub, staff)
  }

  @Test func ofTwoProcessesOneWinsAndTheOtherIsTold() async throws {
    let (hub, staff, _) = try await shop()
    for round in 0..<6 {
      let order = try await staff.place([("p1", "4")])
      let replies = try await atOnce(6) { index in
        try await edit(
          staff.at(index), order,
          #"{"version":\#(order["version"].whole),"items":[{"productId":"p1","quantity":\#(5 + round)}]}"#)
      }
      #expect(replies.count { $0.status == 200 } == 1, "\(replies)")
      #expect(
        replies.count { $0.outcome == "409 version_conflict" && $0["changes"][0]["type"] == "order:updated" } == 5)
      #expect(try await staff.order(order)["items"][0]["quantity"].whole == 5 + round)
      try await staff.expectSound(order)
    }
    #expect(try await onHand(staff) == 100 - Double((5...10).reduce(0, +)))
    try await expectClean(hub, staff)
  }

  @Test func anEditAndADeliveryAtOnceNeverDeliverMoreThanIsOrdered() async throws {
    let (hub, staff, _) = try await shop()
    for round in 0..<8 {
      let order = try await staff.place([("p1", "4")])
      let replies = try await atOnce(2) { index in
        index == round % 2
          ? try await staff.at(index).deliver(order, "3")
          : try await edit(
            staff.at(index), order,
            #"{"version":\#(order["version"].whole),"items":[{"productId":"p1","quantity":2}]}"#)
      }
      let won = replies.count { (200..<300).contains($0.status) }
      #expect(won == 1 && replies.contains { $0.status == 409 }, "\(replies)")
      let item = try await staff.order(order)["items"][0]
      #expect(item["delivered"].value <= item["quantity"].value)
      try await staff.expectSound(order)
    }
    try await expectClean(hub, staff)
  }

  @Test func aRepeatUnderItsKeyIsGivenTheFirstAnswer() async throws {
    let (hub, staff, _) = try await shop()
    let order = try await staff.place([("p1", "4")])
    let body = #"{"items":[{"productId":"p1","quantity":5}]}"#
    let match = "\"\(order["version"].whole)\""
    let first = try await edit(staff.at(0), order, body, match: match, key: "k1")
    let again = try await edit(staff.at(1), order, body, match: match, key: "k1")
    #expect(first.status == 200 && again.text == first.text && again.headers["idempotent-replayed"] == "true")
    #expect(try await staff.order(order)["version"] == first["order"]["version"])
    // Another version is another request, and so is another body.
    let other = "\"\(first["order"]["version"].whole)\""
    #expect(try await edit(staff, order, body, match: other, key: "k1").outcome == "422 idempotency_key_reused")
    #expect(try await edit(staff, order, "{}", match: match, key: "k1").outcome == "422 idempotency_key_reused")
    // A lost race is an answer too.
    let lost = try await edit(staff, order, body, match: match, key: "k2")
    #expect(lost.outcome == "409 version_conflict")
    #expect(try await edit(staff, order, body, match: match, key: "k2").text == lost.text)
    #expect(try await edit(staff, order, body, match: other, key: "k3").status == 200)
    try await expectClean(hub, staff)
  }

  @Test func whatIsWrongIsToldByItsField() async throws {
    let (_, staff, _) = try await shop()
    let order = try await staff.place([("p1", "4"), ("p2", "1")])
    let version = order["version"].whole
    func fields(_ body: String) async throws -> [String] {
      let reply = try await edit(staff, order, "{\"version\":\(version),\(body)}")
      #expect(reply.outcome == "422 validation_failed", "\(body) \(reply)")
      return reply["errors"].items.map { $0["field"].text }
    }
    #expect(try await edit(staff, order, "{\"version\":\(version)}")["errors"][0]["field"] == "body")
    #expect(
      try await fields(#""total":1,"status":"open","customer":{"id":"eve"}"#) == ["customer.id", "total", "status"])
    #expect(try await fields(#""customer":{"name":null}"#) == ["customer.name"])
    #expect(try await fields(#""customer":[],"items":{},"notes":7,"deliveryDate":"soon","discount":"1""#).count == 5)
    #expect(try await fields(#""items":[]"#) == ["items"])
    #expect(
      try await fields(#""items":[{"quantity":1},{"itemId":"x","quantity":1}]"#) == ["items[0]", "items[1].itemId"])
    #expect(
      try await fields(
        #""items":[{"productId":"p2","quantity":0.0000001},{"productId":"p3","quantity":1,"price":2}]"#
      ) == ["items[0].quantity", "items[1].price"])
    #expect(try await fields(#""items":[{"productId":"p1","quantity":1000000001}]"#) == ["items[0].quantity"])
    #expect(try await fields(#""items":[{"productId":"p1","quantity":-1}]"#) == ["items[0].quantity"])
    #expect(
      try await fields(#""items":[{"productId":"p1","unitPrice":9999999999,"quantity":1000000000}]"#) == [
        "items[0].quantity"
      ])
    #expect(try await fields(#""items":[{"productId":"p9","quantity":1}]"#) == ["items[0].unitPrice"])
    #expect(
      try await fields(#""items":[{"productId":"p1","quantity":0},{"productId":"p2","quantity":0}]"#) == ["items"])
    #expect(try await fields(#""discount":51"#) == ["discount"])
    let many = (0..<499).map { #"{"productId":"n\#($0)","quantity":1,"unitPrice":1}"# }.joined(separator: ",")
    #expect(try await fields("\"items\":[\(many)]") == ["items"])
    #expect(try await edit(staff, order, "[]", match: "\"2\"").outcome == "422 validation_failed")
    #expect(try await edit(staff, order, "{", match: "\"2\"").outcome == "400 invalid_json")
    // Its 32nd byte is a quote: a list that begins like one version.
    let list = "\"" + String(repeating: "0", count: 29) + "2\", \"3\""
    #expect(try await edit(staff, order, #"{"notes":"x"}"#, match: list).outcome == "400 invalid_if_match")
    let unknown = try await staff.call("PATCH", "/api/orders/0123456789abcdef01234567", body: #"{"notes":"x"}"#)
    #expect(unknown.outcome == "404 order_not_found")
    #expect(try await staff.order(order)["version"].whole == version)
  }

  @Test func othersSeeNothingAndCustomersChangeWhatTheirTableLetsThem() async throws {
    let (hub, staff, _) = try await shop()
    let eve = try hub.caller(role: .admin)
    let asha = try staff.other("asha", .customer)
    let placed = try await asha.post(
      "/api/orders", #"{"workflow":"pickup","customer":{"name":"Asha"},"items":[{"productId":"p1","quantity":2}]}"#)
    let order = placed["order"]
    let body =
      #"{"version":\#(order["version"].whole),"customer":{"phone":"1"},"items":[{"productId":"p1","quantity":3}]}"#
    #expect(try await edit(eve, order, body).outcome == "404 order_not_found")
    #expect(try await edit(asha.other("ben", .customer), order, body).outcome == "404 order_not_found")
    #expect(try await edit(asha.other("till", .kiosk), order, body).outcome == "404 order_not_found")
    let foreign = try await staff.post(
      "/api/orders",
      #"{"workflow":"pickup","currency":"JPY","customer":{"id":"asha","name":"Asha"},"items":[{"productId":"p1","quantity":2}]}"#
    )["order"]
    let converted = try await edit(
      asha, foreign, #"{"version":\#(foreign["version"].whole),"items":[{"productId":"p1","quantity":3}]}"#)
    #expect(converted["errors"].items.map { $0["field"].text } == ["items"], "\(converted)")
    let cheap = try await edit(
      asha, order,
      #"{"version":\#(order["version"].whole),"notes":"x","discount":1,"items":[{"productId":"p1","quantity":3,"unitPrice":0.01}]}"#
    )
    #expect(cheap["errors"].items.map { $0["field"].text } == ["notes", "discount", "items[0].unitPrice"], "\(cheap)")
    let mine = try await asha.get("/api/orders/\(order.id)/actions")["actions"].items.first { $0["event"] == "edit" }
    #expect(mine?["input"].items.map { $0["name"].text } == ["version", "pickupTime", "customer", "items"])
    let edited = try await edit(asha, order, body)
    #expect(edited.status == 200 && edited["order"]["total"] == 30 && edited["order"]["notes"] == .missing, "\(edited)")
    // What has happened since it is told, and not by whom.
    let accepted = try await staff.post("/api/orders/\(order.id)/actions/accept")
    #expect(accepted.status == 200)
    let late = try await edit(asha, order, body)
    #expect(late.outcome == "403 forbidden", "only staff once it is accepted: \(late)")
    // By the generic action, with the same body and answer; the goods that are put aside follow.
    let now = accepted["order"]["version"].whole
    let stale = try await staff.post("/api/orders/\(order.id)/actions/edit", body)
    #expect(stale.outcome == "409 version_conflict" && stale["changes"][0]["by"] == "asha", "\(stale)")
    #expect(try await staff.post("/api/orders/\(order.id)/actions/edit", #"{"notes":"x"}"#).status == 428)
    let more = try await staff.post(
      "/api/orders/\(order.id)/actions/edit",
      #"{"version":\#(now),"pickupTime":"2030-01-01T10:00:00Z","items":[{"productId":"p1","quantity":5}]}"#)
    #expect(more.status == 200 && more["order"]["particulars"]["pickupTime"] == "2030-01-01T10:00:00.000Z", "\(more)")
    #expect(try await onHand(staff) == 95)
    let short = try await edit(
      staff, order, #"{"version":\#(more["order"]["version"].whole),"items":[{"productId":"p1","quantity":101}]}"#)
    #expect(short.outcome == "409 out_of_stock" && short["short"][0]["lacking"] == 1, "\(short)")
    let cancelled = try await staff.post("/api/orders/\(order.id)/actions/cancel", #"{"reason":"closed"}"#)
    #expect(cancelled.status == 200)
    #expect(try await onHand(staff) == 100)
    try await expectClean(hub, staff)
  }

  @Test func anOwnersConflictTellsWhatHappenedAndNotByWhom() async throws {
    let (_, staff, _) = try await shop()
    let asha = try staff.other("asha", .customer)
    let order = try await asha.post(
      "/api/orders", #"{"workflow":"pickup","customer":{"name":"Asha"},"items":[{"productId":"p1","quantity":2}]}"#
    )["order"]
    let version = order["version"].whole
    #expect(
      try await edit(staff, order, #"{"version":\#(version),"notes":"rude","notesForCustomer":"soon"}"#).status == 200)
    let lost = try await edit(asha, order, #"{"version":\#(version),"customer":{"phone":"1"}}"#)
    #expect(lost.outcome == "409 version_conflict", "\(lost)")
    #expect(
      lost["changes"][0]["changed"].items.map(\.text) == ["notesForCustomer"] && lost["changes"][0]["by"] == .missing)
  }

  @Test func countersAndPaymentsFollow() async throws {
    let (hub, staff, boss) = try await shop()
    let order = try await staff.place([("p1", "4")], extra: #","advance":{"amount":40,"method":"cash"}"#)
    #expect(order["paymentStatus"] == "paid")
    func unpaid() async throws -> Document { try await staff.get("/api/orders/stats")["counters"]["unpaidOrders"] }
    #expect(try await unpaid() == 0)
    let low = try await edit(staff, order, #"{"version":2,"items":[{"productId":"p1","quantity":3.5}]}"#)
    #expect(low.outcome == "409 total_too_low" && low["excess"] == 5 && low["version"] == 2, "\(low)")
    let more = try await edit(staff, order, #"{"version":2,"items":[{"productId":"p1","quantity":5}]}"#)
    #expect(more["order"]["paymentStatus"] == "partially_paid" && more["order"]["total"] == 50, "\(more)")
    // What costs nothing is paid.
    let gift = try await staff.place([("p1", "1")])
    try await eventually("it is counted") { try await unpaid() == 1 }
    let free = try await edit(staff, gift, #"{"version":2,"items":[{"productId":"p1","unitPrice":0}]}"#)
    #expect(free["order"]["paymentStatus"] == "paid" && free["order"]["total"] == 0, "\(free)")
    try await eventually("it is counted") { try await unpaid() == 0 }
    #expect(try await staff.get("/api/orders?paymentStatus=partially_paid")["pagination"]["total"] == 1)
    // What is on a delivery or an invoice stays; what it is about may still be told.
    let delivery = try await staff.deliver(order, "5", status: "delivered")["delivery"]
    let invoice = try await staff.invoice(delivery)["invoice"]
    let settled = try await staff.order(order)
    let refused = try await edit(
      staff, order, #"{"version":\#(settled["version"].whole),"items":[{"productId":"p1","quantity":6}]}"#)
    #expect(refused["errors"][0]["field"] == "items", "\(refused)")
    let head = try await edit(
      staff, order, #"{"version":\#(settled["version"].whole),"customer":{"address":"2 High St"}}"#)
    #expect(head["order"]["customer"]["address"] == "2 High St" && head["order"]["status"] == "delivered", "\(head)")
    #expect(try await boss.pay(invoice, "10").status == 201)
    let done = try await staff.order(order)
    #expect(done["status"] == "completed")
    #expect(
      try await edit(staff, order, #"{"version":\#(done["version"].whole),"notes":"x"}"#).outcome
        == "409 transition_not_allowed")
    try await expectClean(hub, staff)
  }

  @Test func aWorkflowOfATenantsOwnMayEdit() async throws {
    let (hub, staff, boss) = try await shop()
    let definition = #"""
      {"name": "repair", "states": [
        {"name": "received", "phase": "open"}, {"name": "collected", "phase": "closed", "final": true}],
       "rows": [
        {"event": "place", "to": "received", "who": "staff", "effects": ["reserveStock"]},
        {"event": "edit", "from": "received", "to": "received", "who": ["staff"],
         "input": [{"name": "notes", "type": "text", "max": 20}, {"name": "items", "type": "items"},
                   {"name": "customer", "type": "customer"}, {"name": "fault", "type": "text", "max": 500}],
         "conditions": ["stockSuffices"], "effects": ["editOrder", "reserveStock", {"set": "fault", "from": "fault"}],
         "announces": ["repair:changed"]},
        {"event": "collect", "from": "received", "to": "collected", "who": ["staff"], "effects": ["deductStock"]}]}
      """#.replacingOccurrences(of: #""who": "staff""#, with: #""who": ["staff"]"#)
    let made = try await boss.at(0).call("PUT", "/api/workflows/repair", body: definition)
    #expect(made.status == 201, "\(made)")
    let order = try await staff.at(0).post(
      "/api/orders", #"{"workflow":"repair","customer":{"name":"Ben"},"items":[{"productId":"p1","quantity":2}]}"#)[
        "order"]
    let edited = try await edit(
      staff.at(0), order,
      #"{"version":\#(order["version"].whole),"fault":"worn","notes":"blue","items":[{"productId":"p1","quantity":7}]}"#
    )
    #expect(edited.status == 200 && edited["order"]["particulars"]["fault"] == "worn", "\(edited)")
    let stock = try await staff.get("/api/products/p1")["product"]["stock"]
    #expect(stock["onHand"] == 93 && stock["reserved"] == 7, "\(stock)")
    let wrong = try await edit(
      staff.at(0), order,
      #"{"version":\#(edited["order"]["version"].whole),"discount":1,"notes":"\#(String(repeating: "x", count: 21))"}"#)
    #expect(wrong["errors"].items.map { $0["field"].text } == ["discount", "notes"], "\(wrong)")
    let types = try await staff.events(order).map { $0["type"].text }
    #expect(types.suffix(3) == ["repair:changed", "order:updated", "order:inventory-reduced"], "\(types)")
    let bad = definition.replacingOccurrences(of: #""event": "edit""#, with: #""event": "alter""#)
    let refused = try await boss.call("PUT", "/api/workflows/other", body: bad)
    #expect(refused["errors"].items.map { $0["field"].text }.contains("rows[1].event"), "\(refused)")
    try await expectClean(hub, staff)
  }
}
