import HubTestSupport
import Orders
import Testing

@Suite struct JourneyTests {
  @Test func anOrderGoesFromCreationByThreeDeliveriesInvoicesAndPaymentsToCompleted() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let socket = try await hub.socket(ada)
    let journey = Journey(ada: ada, socket: socket)

    #expect(try await ada.get("/api/orders/stats")["counters"]["totalOrders"] == 0)
    let order = try await journey.create()
    try await journey.expectCounters(["totalOrders": 1, "openOrders": 1, "unpaidOrders": 1, "completedOrders": 0])

    try await journey.deliver("4", status: "partial_delivered", progress: 40)
    try await journey.deliver("5", status: "partial_delivered", progress: 90)
    try await journey.expectCounters(["totalOrders": 1, "openOrders": 0, "partialDeliveredOrders": 1])
    try await journey.deliver("1", status: "delivered", progress: 100)
    #expect(try await ada.remaining(order) == ["p1": ["total": 10, "delivered": 10, "remaining": 0]])

    try await journey.invoiceAndPayAll()
    try await journey.expectCounters(
      ["totalOrders": 1, "deliveredOrders": 0, "completedOrders": 1, "unpaidOrders": 0])
    let today = try await ada.get("/api/orders/stats")["today"]
    // The single figure is of the hub's own currency, which is another than the order's.
    let totals = Document.array([["currency": "EUR", "value": 118]])
    #expect(today == ["count": 3, "totalValue": 0, "totals": totals, "pending": 0, "delivered": 3])

    try await journey.expectTheListToShowIt()
    try await journey.expectEventsWithoutGap()
    #expect(try await socket.isQuiet())
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(audit.status == 0, "\(audit)")
  }
}

/// One order's way, and what its tenant's WebSocket says of each step.
private final class Journey: Sendable {
  private let ada: Caller
  private let socket: LiveSocket
  private let state = State()

  /// Owner: the test, which goes a step at a time.
  private final class State: @unchecked Sendable {
    var order: Document = .missing
    var deliveries: [Document] = []
    var seen: [Document] = []
  }

  init(ada: Caller, socket: LiveSocket) {
    self.ada = ada
    self.socket = socket
  }

  /// The next events on the socket have these types, and seqs that go on from the last.
  private func expectEvents(_ types: [String]) async throws {
    let last = state.seen.last?["seq"].whole ?? 0
    let events = try await socket.next(types.count)
    #expect(events.map { $0["type"].text } == types)
    #expect(events.map { $0["seq"].whole } == Array((last + 1)...(last + types.count)))
    state.seen += events
  }

  func create() async throws -> Document {
    let reply = try await ada.post(
      "/api/orders",
      """
      {"customer":{"name":"Grace Hopper","phone":"+1 555 0100"},"currency":"EUR",
      "items":[{"productId":"p1","name":"Cloth","quantity":10,"unitPrice":10,"taxRate":0.18}]}
      """)
    #expect(reply.status == 201)
    #expect(reply["success"] == true)
    let order = reply["order"]
    state.order = order
    #expect(
      [order["status"], order["phase"], order["fulfilment"], order["paymentStatus"], order["workflow"]]
        == ["open", "open", "unfulfilled", "unpaid", "delivery"])
    #expect(
      [order["subtotal"], order["discount"], order["tax"], order["total"], order["paid"]] == [100, 0, 18, 118, 0])
    #expect([order["progress"], order["version"], order["currency"]] == [0, 2, "EUR"])
    #expect(order["id"] == order["_id"])
    try await expectEvents(["order:created", "order:inventory-reduced"])
    #expect(state.seen[0]["data"]["order"] == order)
    return order
  }

  func deliver(_ quantity: String, status: String, progress: Int) async throws {
    let made = try await ada.deliver(state.order, quantity)
    #expect(made.status == 201)
    #expect(made["delivery"]["status"] == "pending")
    try await expectEvents(["delivery:created", "order:updated", "order:progress-updated"])
    #expect(state.seen.suffix(3).first?["data"]["delivery"] == made["delivery"])

    let moved = try await ada.move(made["delivery"], to: "delivered")
    #expect(moved.status == 200)
    #expect([moved["order"]["status"], moved["order"]["progress"]] == [.string(status), .number(Double(progress))])
    var types = ["delivery:status-updated", "order:updated"]
    if made["order"]["status"] != moved["order"]["status"] { types.append("order:progress-updated") }
    try await expectEvents(types)

    let shown = try await ada.get("/api/orders/\(state.order.id)/progress")
    #expect(
      shown.body == [
        "orderId": state.order["id"], "progress": .number(Double(progress)), "status": .string(status),
        "version": moved["order"]["version"],
      ])
    state.deliveries.append(moved["delivery"])
  }

  func invoiceAndPayAll() async throws {
    var sum = 0.0
    for (index, delivery) in state.deliveries.enumerated() {
      let made = try await ada.invoice(delivery)
      #expect(made.status == 201)
      #expect(made["invoice"]["invoiceNumber"].text.hasSuffix("-00000\(index + 1)"))
      #expect(made["invoice"]["total"] == [47.2, 59, 11.8][index])
      try await expectEvents(["invoice:generated", "order:updated"])
      sum += made["invoice"]["total"].value

      let paid = try await ada.pay(made["invoice"], "\(made["invoice"]["total"].value)")
      #expect(paid.status == 201)
      #expect([paid["invoice"]["due"], paid["invoice"]["paymentStatus"]] == [0, "paid"])
      try await expectEvents(["order:payment-updated", "order:updated"])
      let isLast = index == state.deliveries.count - 1
      #expect(
        [paid["order"]["status"], paid["order"]["paymentStatus"]]
          == (isLast ? ["completed", "paid"] : ["delivered", "partially_paid"]))
    }
    #expect(abs(sum - 118) < 1e-9)
    #expect(try await ada.get("/api/orders/\(state.order.id)/invoices")["invoices"].items.count == 3)
  }

  func expectCounters(_ wanted: [String: Document]) async throws {
    let counters = try await ada.get("/api/orders/stats")["counters"].members
    #expect(counters.filter { wanted[$0.key] != nil } == wanted)
  }

  func expectTheListToShowIt() async throws {
    for query in [
      "", "?status=completed", "?paymentStatus=paid&sort=createdAt", "?search=hopper", "?search=%2B1%20555",
    ] {
      let list = try await ada.get("/api/orders" + query)
      #expect(list["orders"].items.map(\.id) == [state.order.id], "\(query)")
      #expect(list["pagination"]["total"] == 1, "\(query)")
    }
    #expect(try await ada.get("/api/orders?status=open")["orders"] == .empty)
  }

  func expectEventsWithoutGap() async throws {
    let order = try await ada.order(state.order)
    let kept = try await ada.events(order)
    #expect(kept.map { $0["seq"].whole } == Array(1...order["version"].whole))
    #expect(kept.map { $0["data"] } == state.seen.map { $0["data"] })
    #expect(kept.map { $0["id"] } == state.seen.map { $0["id"] })
    let rest = try await ada.get("/api/orders/\(order.id)/events?after=\(order["version"].whole - 2)")
    #expect(rest["events"].items == Array(kept.suffix(2)))
    try await ada.expectSound(order)
  }
}
