import HubContracts
import Orders
import Testing

/// The checks themselves: each must find what is wrong, or a run that finds nothing says nothing.
@Suite struct CheckTests {
  private let tenant = TenantID("north")
  private let user = UserID("ada")
  private let now = Timestamp(millis: 1_780_000_000_000)

  private func item(_ quantity: Int64, delivered: Int64 = 0, received: Int64 = 0) throws -> OrderItem {
    OrderItem(
      id: ItemID(high: 1, low: 1), productID: "desk", name: "Desk", unitPrice: Money(units: 100),
      quantity: Quantity(millionths: quantity), delivered: Quantity(millionths: delivered),
      received: Quantity(millionths: received), subtotal: Money(units: 100), discount: .zero, taxRate: .zero,
      tax: .zero, tracked: true)
  }

  private func order(_ item: OrderItem, status: Status = .open, deliveries: Int = 0, notes: Text = "s0-1") throws
    -> Order
  {
    let currency = try #require(Currency("EUR"))
    return Order(
      id: OrderID(high: 1, low: 1), tenantID: try #require(tenant), number: "ORD-2026-000001", workflow: .delivery,
      status: status, paymentStatus: .unpaid, version: 2, currency: currency, customer: Customer(name: "Grace"),
      items: [item], subtotal: .zero, discount: .zero, tax: .zero, total: .zero, paid: .zero, advance: nil,
      advanceApplied: .zero, invoices: InvoiceCount(), deliveryCount: deliveries, notes: notes, deliveryDate: nil,
      createdBy: try #require(user), createdAt: now, updatedAt: now)
  }

  private func delivery(_ quantity: Int64, notes: Text, low: UInt32 = 1) throws -> Delivery {
    Delivery(
      id: DeliveryID(high: 2, low: low), orderID: OrderID(high: 1, low: 1), tenantID: try #require(tenant),
      number: "ORD-2026-000001-D\(low)", status: .pending,
      items: [
        DeliveryItem(
          itemID: ItemID(high: 1, low: 1), productID: "desk", name: "Desk", quantity: Quantity(millionths: quantity))
      ], value: .zero, date: now, day: "2026-06-01", notes: notes, createdBy: try #require(user), createdAt: now,
      updatedAt: now)
  }

  private func event(_ seq: Int64, _ type: EventType) throws -> RecordedEvent {
    let id = OrderID(high: 1, low: 1)
    let head = #"{"id":"\#(id):\#(seq)","seq":\#(seq),"tenant":"north","type":"\#(type.rawValue)","#
    let envelope = head + #""orderId":"\#(id)","at":"","data":{"n":\#(seq)}}"#
    return RecordedEvent(
      orderID: id, seq: seq, tenant: try #require(tenant), type: type, at: now, by: try #require(user),
      envelope: Array(envelope.utf8))
  }

  private func sound(_ order: Order, _ deliveries: [Delivery] = []) throws -> OrderCheck {
    OrderCheck(
      order: order, deliveries: deliveries, invoices: [],
      events: [try event(1, .orderCreated), try event(2, .inventoryReduced)])
  }

  private func call(_ tag: String, _ effect: CallRecord.Effect, _ outcome: CallRecord.Outcome, made: String? = nil)
    -> CallRecord
  {
    CallRecord(
      tag: tag, effect: effect, method: "POST", path: "/", body: "", outcome: outcome, status: 0, answer: "", made: made
    )
  }

  @Test func findsNothingInASoundOrder() throws {
    #expect(try sound(order(item(3))).violations == [])
    let one = try delivery(2, notes: "s0-2")
    #expect(try sound(order(item(3, delivered: 2), status: .inProgress, deliveries: 1), [one]).violations == [])
  }

  @Test func findsAnOrderWhoseDeliveriesSayMoreThanIt() throws {
    let two = [try delivery(2, notes: "s0-2"), try delivery(2, notes: "s0-3", low: 2)]
    let check = try sound(order(item(3, delivered: 2), status: .inProgress, deliveries: 2), two)
    #expect(check.violations.map(\.detail).contains { $0.contains("remains at -1") })
    #expect(check.violations.map(\.detail).contains { $0.contains("on deliveries 4") })
  }

  /// An order with one delivery of two desks, and an invoice of it with this line.
  private func billed(_ line: InvoiceLine) throws -> OrderCheck {
    let invoice = Invoice(
      id: InvoiceID(high: 4, low: 1), orderID: OrderID(high: 1, low: 1), deliveryID: DeliveryID(high: 2, low: 1),
      tenantID: try #require(tenant), number: "INV-2026-000001", lines: [line],
      currency: try #require(Currency("EUR")), subtotal: .zero, discount: .zero, tax: .zero, total: .zero,
      advanceApplied: .zero, paid: .zero, payments: [], createdBy: try #require(user), createdAt: now, updatedAt: now)
    var delivery = try delivery(2, notes: "s0-2")
    delivery.invoiceID = invoice.id
    let check = try sound(order(item(3, delivered: 2), status: .inProgress, deliveries: 1), [delivery])
    return OrderCheck(order: check.order, deliveries: [delivery], invoices: [invoice], events: check.events)
  }

  @Test func findsAnInvoiceThatIsNotItsDelivery() throws {
    let line = InvoiceLine(
      itemID: ItemID(high: 1, low: 1), productID: "desk", name: "Desk", quantity: Quantity(millionths: 2),
      unitPrice: Money(units: 100), subtotal: .zero, discount: .zero, tax: .zero, total: .zero)
    #expect(try billed(line).violations == [])
    var wrong = line
    wrong.quantity = Quantity(millionths: 1)
    #expect(try billed(wrong).violations.map(\.detail).contains { $0.contains("bills [\"1 of desk") })
    wrong = line
    wrong.itemID = ItemID(high: 1, low: 2)
    #expect(try billed(wrong).violations.map(\.detail).contains { $0.contains("ordered at -1") })
    wrong = line
    wrong.productID = "chair"
    #expect(try billed(wrong).violations.count == 1)
    wrong = line
    wrong.unitPrice = Money(units: 99)
    #expect(try billed(wrong).violations.map(\.detail).contains { $0.contains("at 99, ordered at 100") })
    wrong = line
    wrong.discount = Money(units: 1)
    #expect(try billed(wrong).violations.count == 2)
    wrong = line
    wrong.quantity = Quantity(millionths: 3)
    #expect(
      try billed(wrong).violations.map(\.detail).contains { $0.contains("billed for [0, 0, 0], ordered for [100") })
  }

  @Test func findsAGapInTheEvents() throws {
    var check = try sound(order(item(3)))
    check = OrderCheck(order: check.order, deliveries: [], invoices: [], events: [check.events[0]])
    #expect(check.violations.count == 1)
  }

  @Test(arguments: [
    (CallRecord.Outcome.ok, 0, 1), (.ok, 1, 0), (.ok, 2, 1), (.refused, 0, 0), (.refused, 1, 1), (.unknown, 0, 0),
    (.unknown, 1, 0), (.unknown, 2, 1),
  ])
  func holdsACallAgainstWhatIsThere(outcome: CallRecord.Outcome, there: Int, wrong: Int) throws {
    let id = OrderID(high: 1, low: 1)
    let deliveries = try (0..<there).map { try delivery(2, notes: "s0-2", low: UInt32($0 + 1)) }
    let check = try sound(order(item(9, delivered: Int64(2 * there)), deliveries: there), deliveries)
    let calls = [
      call("s0-1", .order, .ok, made: "\(id)"),
      call("s0-2", .delivery(order: "\(id)", millionths: 2), outcome, made: "\(DeliveryID(high: 2, low: 1))"),
    ]
    #expect(CallCheck(calls: calls, orders: [check], ledger: []).violations.count == wrong)
  }

  @Test func findsWhatNobodyAskedFor() throws {
    let check = try sound(order(item(3), notes: "s9-9"))
    #expect(CallCheck(calls: [], orders: [check], ledger: []).violations.count == 1)
  }

  @Test func findsAnInvoiceAndAMoveThatWereNeverCalledOrAreMissing() throws {
    let check = try sound(order(item(3, delivered: 2), deliveries: 1), [delivery(2, notes: "s0-2")])
    let id = "\(OrderID(high: 1, low: 1))"
    let delivery = "\(DeliveryID(high: 2, low: 1))"
    let calls = [
      call("s0-1", .order, .ok, made: id), call("s0-2", .delivery(order: id, millionths: 2), .ok, made: delivery),
      call("s0-3", .move(order: id, delivery: delivery, status: "delivered"), .ok),
      call("s0-4", .invoice(order: id, delivery: delivery), .ok, made: "x"), call("s0-5", .cancelOrder(id), .ok),
    ]
    let wrong = CallCheck(calls: calls, orders: [check], ledger: []).violations
    #expect(wrong.count { $0.rule == "ok is there once, refused is not" } == 3)
    #expect(wrong.count { $0.rule == "ok is there as it was said" } == 1)
  }

  @Test func findsStockThatDoesNotAddUp() throws {
    let check = try sound(order(item(3)))
    let product = Product(
      tenantID: try #require(tenant), productID: "desk", name: "Desk", unitPrice: .zero, taxRate: .zero, active: true,
      onHand: Quantity(millionths: 7), damaged: .zero, onHold: .zero, version: 2, createdAt: now, updatedAt: now)
    let row = LedgerRow(
      id: LedgerRowID(high: 3, low: 1), tenantID: try #require(tenant), productID: "desk", kind: .deducted,
      onHand: Quantity(millionths: -3), orderID: check.order.id, by: try #require(user), at: now)
    let receipt = LedgerRow(
      id: LedgerRowID(high: 3, low: 2), tenantID: try #require(tenant), productID: "desk", kind: .receipt,
      onHand: Quantity(millionths: 10), by: try #require(user), at: now)
    #expect(ShopCheck(orders: [check], products: [product], ledger: [row, receipt]).violations == [])
    #expect(ShopCheck(orders: [check], products: [product], ledger: [row, row, receipt]).violations.count == 2)
    #expect(ShopCheck(orders: [check], products: [product], ledger: [receipt]).violations.count == 2)
  }

  @Test func holdsWhatAFollowerSawAgainstWhatIsStored() throws {
    let check = FollowerCheck(orders: [try sound(order(item(3)))])
    let id = "\(OrderID(high: 1, low: 1))"
    let digest = { (seq: Int) in Sightings.digest(#"{"n":\#(seq)}"#.utf8) }
    let first = Sightings.Seen(type: "order:created", digest: digest(1))
    let second = Sightings.Seen(type: "order:inventory-reduced", digest: digest(2))
    #expect(check.violations("f", [id: [first, second]]) == [])
    #expect(check.violations("f", [id: [first]]).count == 1)
    #expect(check.violations("f", [id: [first, second, second]]).count == 1)
    #expect(check.violations("f", [id: [first, Sightings.Seen(type: second.type, digest: 1)]]).count == 1)
    #expect(check.violations("f", [id: [first, second], "other": [first]]).count == 1)
  }
}
