import Orders
import Testing

@Suite struct CloseTests {
  @Test func `takes back what is not on a delivery, with its stock and its price`() throws {
    let placed = try Rules.place(
      draft(item("a", "3", at: "10", tax: 100_000), item("b", "1", at: "5"), discount: "7"), number: "ORD-1",
      products: catalogue([product("a", onHand: "8")]), in: context())
    let start = try deliver(placed.order, [("a", "1")], .delivered)
    let closed = try Rules.close(start.order, products: catalogue(placed.products), in: context(.employee))
    #expect(closed.order.status == .delivered)
    #expect(closed.order.progress == 100)
    #expect(closed.order.fulfilment == .fulfilled)
    #expect(closed.order.items.map(\.cancelled) == [try quantity("2"), try quantity("1")])
    // A third of 30 less a third of the discount's share of 6, and a tenth of that.
    #expect(closed.order.subtotal == (try money("10")))
    #expect(closed.order.discount == (try money("2")))
    #expect(closed.order.tax == (try money("0.8")))
    #expect(closed.order.total == (try money("8.8")))
    #expect(closed.order.items.map(\.total) == [try money("8.8"), .zero])
    #expect(closed.products.map(\.onHand) == [try quantity("7")])
    #expect(closed.ledger.map(\.kind) == [.restored])
    #expect(closed.changedItems == closed.order.items.map(\.id))
    #expect(
      closed.events == [
        .orderUpdated, .orderProgressUpdated,
        .inventoryRestored([
          AffectedProduct(
            productID: "a", name: "The a", quantity: try quantity("2"), backordered: .zero, tracked: true,
            onHand: try quantity("7")),
          AffectedProduct(
            productID: "b", name: "b", quantity: try quantity("1"), backordered: .zero, tracked: false, onHand: nil),
        ]),
      ])
  }

  @Test func `keeps why, and refuses a reason that is no text`() throws {
    let order = try deliver(placed(draft(item("a", "3"))), [("a", "1")]).order
    let closed = try Rules.close(order, because: "sold out", products: [:], in: context()).order
    #expect(closed.closeReason == "sold out" && closed.cancelReason == nil)
    let refused = try refusal { try Rules.close(order, because: "\u{0}", products: [:], in: context()) }
    #expect(refused.kind == .invalid && refused.fields.map(\.path) == ["reason"])
  }

  @Test func `an order whose deliveries are paid is completed by closing it`() throws {
    let start = try deliver(placed(draft(item("a", "3"), advance: "25")), [("a", "2")], .delivered)
    let invoiced = try Rules.invoice(start.delivery, of: start.order, number: "I", existing: nil, in: context())
    let closed = try Rules.close(invoiced.order, products: [:], in: context())
    #expect(closed.order.status == .completed)
    #expect(closed.order.total == (try money("20")))
    #expect(closed.order.paid == (try money("25")))
    #expect(closed.order.paymentStatus == .paid)
  }

  @Test func `closing while goods are on their way leaves the order in progress`() throws {
    let start = try deliver(placed(draft(item("a", "3"))), [("a", "2")], .dispatched)
    let closed = try Rules.close(start.order, products: [:], in: context())
    #expect(closed.order.status == .inProgress)
    #expect(try Rules.move(start.delivery, to: .delivered, of: closed.order, in: context()).order.status == .delivered)
  }

  @Test func `refuses when nothing is on a delivery, and says to cancel`() throws {
    let order = try placed(draft(item("a", "3")))
    let refused = try refusal { try Rules.close(order, products: [:], in: context()) }
    #expect(refused.kind == .conflict)
    #expect(refused.code == "nothing_delivered")
    #expect(refused.detail.contains("cancel it instead"))
  }

  @Test func `refuses when nothing remains to be cancelled`() throws {
    let start = try deliver(placed(draft(item("a", "3"))), [("a", "3")])
    #expect(try refusal { try Rules.close(start.order, products: [:], in: context()) }.code == "nothing_to_close")
    let cancelled = try Rules.cancel(start.order, deliveries: [start.delivery], products: [:], in: context()).order
    let refused = try refusal { try Rules.close(cancelled, products: [:], in: context()) }
    #expect(refused.code == "transition_not_allowed")
  }
}
