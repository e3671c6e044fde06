import Orders
import Testing

@Suite struct CancelTests {
  @Test func `takes back the order, its pending deliveries and its stock`() throws {
    let change = try Rules.place(
      draft(item("a", "5"), item("b", "2"), item("a", "1"), advance: "10"), number: "ORD-1",
      products: catalogue([product("a", onHand: "4")]), in: context())
    let start = try deliver(change.order, [("a", "2")])
    let back = try Rules.cancel(
      start.order, deliveries: [start.delivery], products: catalogue(change.products), in: context(at: 50))
    var cancelled = start.delivery
    cancelled.status = .cancelled
    cancelled.updatedAt = Timestamp(millis: 50)
    #expect(back.changedDeliveries == [cancelled])
    #expect(back.order.status == .cancelled)
    #expect(back.order.phase == .cancelled)
    #expect(
      back.order.items.allSatisfy { $0.remaining == .zero && $0.delivered == .zero && $0.cancelled == $0.quantity })
    #expect(back.order.progress == 0)
    #expect(back.order.total == start.order.total)
    #expect(back.order.paid == (try money("10")))
    #expect(back.products.map(\.onHand) == [try quantity("4")])
    #expect(back.products.map(\.version) == [6])
    #expect(back.ledger.map(\.kind) == [.restored])
    #expect(back.ledger.map(\.onHand) == [try quantity("6")])
    #expect(back.changedItems == start.order.items.map(\.id))
    #expect(
      back.events == [
        .deliveryStatusUpdated(cancelled), .orderCancelled, .orderUpdated,
        .inventoryRestored([
          AffectedProduct(
            productID: "a", name: "The a", quantity: try quantity("6"), backordered: .zero, tracked: true,
            onHand: try quantity("4")),
          AffectedProduct(
            productID: "b", name: "b", quantity: try quantity("2"), backordered: .zero, tracked: false, onHand: nil),
        ]),
      ])
    #expect(back.order.version == start.order.version + 4)
    let again = try refusal { try Rules.cancel(back.order, deliveries: [cancelled], products: [:], in: context()) }
    #expect(again.kind == .conflict)
    #expect(again.facts.contains(.status("cancelled")))
  }

  @Test func `keeps why, and refuses a reason that is no text`() throws {
    let order = try placed(draft(item("a", "5")))
    func cancel(_ reason: Text?) throws -> Order {
      try Rules.cancel(order, because: reason, deliveries: [], products: [:], in: context()).order
    }
    #expect(try cancel("ordered twice").cancelReason == "ordered twice")
    #expect(try cancel(nil).cancelReason == nil)
    for reason in [Text(String(repeating: "r", count: 501)), "\u{1b}"] {
      let refused = try refusal { try cancel(reason) }
      #expect(refused.kind == .invalid && refused.fields.map(\.path) == ["reason"])
    }
  }

  @Test(arguments: [Role.employee, .customer, .kiosk, .seller, .system])
  func `only an admin may`(role: Role) throws {
    let order = try placed(draft(item("a", "5")))
    let refused = try refusal { try Rules.cancel(order, deliveries: [], products: [:], in: context(role)) }
    #expect(refused.kind == .forbidden)
  }

  @Test(arguments: [DeliveryStatus.dispatched, .failed, .delivered])
  func `refuses once goods left, and says to close`(status: DeliveryStatus) throws {
    let start = try deliver(
      placed(draft(item("a", "5"))), [("a", "2")], status == .delivered ? .delivered : .dispatched)
    var made = start.delivery
    made.status = status
    let refused = try refusal { try Rules.cancel(start.order, deliveries: [made], products: [:], in: context()) }
    #expect(refused.code == "order_has_deliveries")
    #expect(refused.detail.contains("Close it"))
    #expect(refused.facts.contains(.allowed(["close"])))
  }

  @Test func `refuses once something is invoiced`() throws {
    let start = try deliver(placed(draft(item("a", "5"))), [("a", "2")])
    let change = try Rules.invoice(start.delivery, of: start.order, number: "I", existing: nil, in: context())
    let refused = try refusal {
      try Rules.cancel(change.order, deliveries: change.changedDeliveries, products: [:], in: context())
    }
    #expect(refused.detail.contains("a delivery is invoiced"))
  }

  @Test func `restores what closing has not restored already`() throws {
    let change = try Rules.place(
      draft(item("a", "5")), number: "ORD-1", products: catalogue([product("a", onHand: "9")]), in: context())
    let start = try deliver(change.order, [("a", "2")])
    let closed = try Rules.close(start.order, products: catalogue(change.products), in: context())
    #expect(closed.ledger.map(\.onHand) == [try quantity("3")])
    let back = try Rules.cancel(
      closed.order, deliveries: [start.delivery], products: catalogue(closed.products), in: context())
    #expect(back.ledger.map(\.onHand) == [try quantity("2")])
    #expect(back.products.map(\.onHand) == [try quantity("9")])
  }

  @Test func `stock that has nowhere to go refuses the cancellation`() throws {
    let order = try placed(draft(item("a", "5")), products: [product("a", onHand: "9")])
    let refused = try refusal { try Rules.cancel(order, deliveries: [], products: [:], in: context()) }
    #expect(refused.code == "order_out_of_step")
  }
}
