import HubTestSupport
import Orders
import Testing

@Suite struct DeliveryTests {
  @Test(arguments: [false, true])
  func ofTwoDeliveriesAtOnceThatExceedWhatRemainsOneIsMade(atTwoProcesses: Bool) async throws {
    let ada = try await Hub.shared().caller()
    for _ in 0..<5 {
      let order = try await ada.place([("p1", "10")])
      let replies = try await atOnce(2) { try await ada.at(atTwoProcesses ? $0 : 0).deliver(order, "6") }
      #expect(replies.map(\.status).sorted() == [201, 409])
      let refused = try #require(replies.first { $0.status == 409 })
      #expect(refused.code == "exceeds_remaining")
      #expect(refused["remaining"] == ["p1": ["total": 10, "delivered": 6, "remaining": 4]])
      #expect(refused["version"] == 5)
      #expect(try await ada.deliveries(order).count == 1)
      try await ada.expectSound(order)
    }
  }

  @Test func twoHundredDeliveriesAtOnceThroughTwoProcessesNeverExceedTheOrder() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "100")])
    let replies = try await atOnce(200) { try await ada.at($0).deliver(order, "1") }
    let made = replies.count { $0.status == 201 }
    // Under such contention a process may give up on a few (503); what it answered with 201 is there, and no more.
    #expect(replies.allSatisfy { [201, 409, 503].contains($0.status) }, "\(Set(replies.map(\.status)))")
    #expect(replies.filter { $0.status == 409 }.allSatisfy { $0.code == "exceeds_remaining" })
    #expect(made <= 100)
    #expect(try await ada.deliveries(order).count == made)
    #expect(
      try await ada.remaining(order)["p1"]
        == ["total": 100, "delivered": .number(Double(made)), "remaining": .number(Double(100 - made))])
    // Whatever is left can still be delivered, and not one more.
    if made < 100 { #expect(try await ada.deliver(order, "\(100 - made)").status == 201) }
    #expect(try await ada.deliver(order, "1").status == 409)
    try await ada.expectSound(order)
  }

  @Test func aProductNamedTwiceIsSummedBeforeItIsJudged() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "10")])
    let path = "/api/orders/\(order.id)/deliveries"
    let twice = #"{"items":[{"productId":"p1","quantity":6},{"productId":"p1","quantity":6}]}"#
    let refused = try await ada.post(path, twice)
    #expect([refused.status, refused["version"].whole] == [409, 2])
    let item = order["items"][0].id
    let mixed = try await ada.post(
      path, #"{"items":[{"itemId":"\#(item)","quantity":6},{"productId":"p1","quantity":5}]}"#)
    #expect(mixed.status == 409)
    let fits = try await ada.post(
      path, #"{"items":[{"productId":"p1","quantity":4},{"itemId":"\#(item)","quantity":6}]}"#)
    #expect(fits.status == 201)
    #expect(fits["delivery"]["items"].items.map { $0["quantity"] } == [10])
  }

  @Test(arguments: [
    #"{"items":[{"productId":"p1","quantity":0}]}"#, #"{"items":[{"productId":"p1","quantity":-1}]}"#,
    #"{"items":[{"productId":"p1","quantity":-0}]}"#, #"{"items":[{"productId":"p1","quantity":0.0000001}]}"#,
    #"{"items":[{"productId":"p9","quantity":1}]}"#, #"{"items":[{"itemId":"0123456789abcdef01234567","quantity":1}]}"#,
    #"{"items":[{"itemId":"p1","quantity":1}]}"#, #"{"items":[{"productId":"p1"}]}"#, #"{"items":[{"quantity":1}]}"#,
    #"{"items":[]}"#, #"{}"#, #"[]"#, #"{"items":[{"productId":"p1","quantity":1}],"status":"failed"}"#,
    #"{"items":[{"productId":"p1","quantity":1}],"status":"lost"}"#,
    #"{"items":[{"productId":"p1","quantity":1}],"tenantId":"other"}"#,
    // All or nothing: the first line alone would do.
    #"{"items":[{"productId":"p1","quantity":1},{"productId":"p2","quantity":0}]}"#,
  ])
  func aWrongDeliveryIsRefusedAndWritesNothing(body: String) async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "10"), ("p2", "5")])
    let reply = try await ada.post("/api/orders/\(order.id)/deliveries", body)
    #expect(reply.status == 422, "\(reply)")
    #expect(!reply["errors"].items.isEmpty)
    #expect(try await ada.order(order) == order)
    #expect(try await ada.deliveries(order) == [])
  }

  @Test func severalItemsAreDeliveredAllOrNone() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "10"), ("p2", "5")])
    let path = "/api/orders/\(order.id)/deliveries"
    let reply = try await ada.post(
      path, #"{"items":[{"productId":"p1","quantity":1},{"productId":"p2","quantity":6}]}"#)
    #expect(reply.status == 409)
    #expect(
      reply["remaining"] == [
        "p1": ["total": 10, "delivered": 0, "remaining": 10], "p2": ["total": 5, "delivered": 0, "remaining": 5],
      ])
    #expect(try await ada.order(order) == order)
  }

  @Test func aCancelledDeliveryGivesItsQuantitiesBackOnce() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "10")])
    let delivery = try await ada.deliver(order, "7")["delivery"]
    let replies = try await atOnce(2) { try await ada.at($0).move(delivery, to: "cancelled") }
    #expect(replies.map(\.status).sorted() == [200, 409])
    #expect(try await ada.move(delivery, to: "cancelled").status == 409)
    #expect(try await ada.remaining(order)["p1"] == ["total": 10, "delivered": 0, "remaining": 10])
    #expect(try await ada.order(order)["status"] == "open")
    try await ada.expectSound(order)
  }

  @Test func aDeliveredDeliveryCannotBeCancelled() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "10")])
    let delivery = try await ada.deliver(order, "7", status: "delivered")["delivery"]
    let refused = try await ada.move(delivery, to: "cancelled")
    #expect(refused.outcome == "409 delivery_transition_not_allowed")
    #expect([refused["orderStatus"], refused["allowed"]] == ["delivered", .empty])
    #expect(try await ada.remaining(order)["p1"]["remaining"] == 3)
  }

  @Test func twoOfAQuarterMillionMissingAreNinetyNinePercent() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "250002")])
    let made = try await ada.deliver(order, "250000", status: "delivered")
    #expect([made["order"]["status"], made["order"]["progress"]] == ["partial_delivered", 99])
    let last = try await ada.deliver(order, "2", status: "delivered")
    #expect([last["order"]["status"], last["order"]["progress"]] == ["delivered", 100])
  }

  @Test func partsOfAMetreSumToOneExactly() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "1")])
    for part in ["0.35", "0.35"] { #expect(try await ada.deliver(order, part, status: "delivered").status == 201) }
    #expect(try await ada.deliver(order, "0.300001", status: "delivered").status == 409)
    let last = try await ada.deliver(order, "0.30", status: "delivered")
    #expect([last["order"]["status"], last["order"]["progress"]] == ["delivered", 100])
    #expect(try await ada.remaining(order)["p1"] == ["total": 1, "delivered": 1, "remaining": 0])
  }

  @Test func cancellingAgainstDeliveringAtOnceIsAsIfOneCameFirst() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let root = try ada.other("root", .admin)
    var outcomes: Set<String> = []
    for round in 0..<10 {
      let order = try await ada.place([("p1", "10")])
      let replies = try await atOnce(2) { index in
        index == 0
          ? try await ada.at(round).deliver(order, "4", status: "delivered")
          : try await root.at(round + 1).patch("/api/orders/\(order.id)/cancel")
      }
      let now = try await ada.order(order)
      switch replies.map(\.status) {
      case [201, 409]: #expect([now["status"], now["progress"]] == ["partial_delivered", 40])
      case [409, 200]: #expect([now["status"], now["items"][0]["cancelled"]] == ["cancelled", 10])
      default: Issue.record("\(replies)")
      }
      outcomes.insert(now["status"].text)
      try await ada.expectSound(order)
    }
    #expect(!outcomes.isEmpty)
  }

  @Test func anOrderWithGoodsHandedOverIsNotCancelledButClosed() async throws {
    let ada = try await Hub.shared().caller()
    let root = try ada.other("root", .admin)
    let order = try await ada.place([("p1", "10")])
    _ = try await ada.deliver(order, "4", status: "delivered")
    let refused = try await root.patch("/api/orders/\(order.id)/cancel")
    #expect([refused.status, refused["version"].whole] == [409, 5])
    #expect(refused["allowed"] == .array(["close"]))
    let closed = try await ada.post("/api/orders/\(order.id)/close")
    #expect(closed.status == 200)
    #expect([closed["order"]["status"], closed["order"]["progress"]] == ["delivered", 100])
    #expect([closed["order"]["items"][0]["cancelled"], closed["order"]["total"]] == [6, 40])
    #expect(try await ada.deliver(order, "1").status == 409)
    try await ada.expectSound(order)
  }

  @Test func whatItsStateDoesNotAllowIsRefusedAndChangesNothing() async throws {
    let ada = try await Hub.shared().caller()
    let root = try ada.other("root", .admin)
    let order = try await ada.place([("p1", "10")])
    // Nothing is on a delivery: there is nothing to close.
    #expect(try await ada.post("/api/orders/\(order.id)/close").status == 409)
    #expect(try await root.patch("/api/orders/\(order.id)/cancel").status == 200)
    let cancelled = try await ada.order(order)
    for reply in [
      try await ada.deliver(order, "1"), try await ada.post("/api/orders/\(order.id)/close"),
      try await root.patch("/api/orders/\(order.id)/cancel"),
    ] {
      #expect(reply.status == 409, "\(reply)")
    }
    #expect(try await ada.order(order) == cancelled)
  }

  @Test func deliveriesAreListedInPages() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "9")])
    var made: [String] = []
    for _ in 0..<5 { made.append(try await ada.deliver(order, "1")["delivery"]["id"].text) }
    let first = try await ada.get("/api/orders/\(order.id)/deliveries?limit=3")
    #expect(first["deliveries"].items.map { $0["id"].text } == Array(made[..<3]))
    #expect(first["nextAfter"].text == made[2])
    let rest = try await ada.get("/api/orders/\(order.id)/deliveries?limit=3&after=\(made[2])")
    #expect(rest["deliveries"].items.map { $0["id"].text } == Array(made[3...]))
    #expect(rest["nextAfter"] == nil)
    #expect(try await ada.get("/api/orders/\(order.id)/deliveries?after=xyz").outcome == "422 validation_failed")
    #expect(try await ada.get("/api/orders/\(order.id)/deliveries?limit=101").outcome == "422 validation_failed")
  }
}
