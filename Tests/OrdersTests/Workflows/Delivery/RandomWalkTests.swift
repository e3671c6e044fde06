import Orders
import Testing

/// Orders of one tenant under random writes: whatever is refused changes nothing, whatever is done keeps the books.
@Suite struct RandomWalkTests {
  @Test(arguments: 0..<200)
  func `whatever happens, quantities, money, stock and versions stay right`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed &+ 1_000)
    var shop = try Shop(&random)
    for _ in 0..<60 {
      do { try shop.step(&random) } catch let refused as Refusal { #expect(refused.code != "order_out_of_step") }
      shop.check()
    }
    #expect(shop.order.version == Int64(shop.events))
  }
}

private struct Shop {
  var order: Order
  var deliveries: [DeliveryID: Delivery] = [:]
  var invoices: [InvoiceID: Invoice] = [:]
  var products: [Text: Product]
  var ledger: [LedgerRow] = []
  var events = 0
  let opening: [Text: Quantity]

  init(_ random: inout SeededGenerator) throws {
    var wanted = try draft(
      currency: ["INR", "JPY", "KWD", "BTC"].randomElement(using: &random) ?? "INR", discount: "0.00000007")
    for index in 0..<Int.random(in: 1...4, using: &random) {
      wanted.items.append(
        try item(
          "p\(index % 3)", "\(Int.random(in: 1...5, using: &random)).5",
          at: "\(Int.random(in: 1...9, using: &random)).33",
          tax: 180_000))
    }
    if Bool.random(using: &random) { wanted.advance = Advance(amount: try money("1"), method: "cash") }
    let stock = catalogue([try product("p0", onHand: "3"), try product("p1", onHand: "-1")])
    opening = stock.mapValues(\.onHand)
    let change = try Rules.place(wanted, number: "ORD-1", products: stock, in: context())
    order = change.order
    products = stock
    apply(change)
    check()
  }

  mutating func step(_ random: inout SeededGenerator) throws {
    let asked = try context()
    let made = deliveries.values.sorted { $0.number < $1.number }.randomElement(using: &random)
    let owed = invoices.values.sorted { $0.id.low < $1.id.low }.randomElement(using: &random)
    switch Int.random(in: 0..<22, using: &random) {
    case 0..<6:
      let chosen = order.items.randomElement(using: &random)
      let line = DeliveryLine(
        subject: Bool.random(using: &random)
          ? .product(chosen?.productID ?? "") : .item(chosen?.id ?? ItemID(high: 0, low: 0)),
        quantity: Quantity(millionths: .random(in: 1...3_000_000, using: &random)))
      let status: DeliveryStatus = [.pending, .dispatched, .delivered].randomElement(using: &random) ?? .pending
      apply(try Rules.deliver(DeliveryDraft(lines: [line], status: status), of: order, in: asked))
    case 6..<11:
      guard let made, let status = DeliveryStatus.allCases.randomElement(using: &random) else { return }
      apply(try Rules.move(made, to: status, of: order, in: asked))
    case 11..<14:
      guard let made else { return }
      apply(
        try Rules.invoice(
          made, of: order, number: "I", existing: made.invoiceID.flatMap { invoices[$0] }, in: asked))
    case 14..<18:
      guard let owed else { return }
      let unit = order.currency.unit
      let amount =
        Bool.random(using: &random)
        ? owed.due : Money(units: .random(in: 1...500_000_000 / unit, using: &random) * unit)
      apply(try Rules.pay(owed, amount: amount, method: "upi", of: order, in: asked))
    case 20..<22:
      guard let owed, let delivery = deliveries[owed.deliveryID] else { return }
      let wish = CreditDraft(refundMethod: Bool.random(using: &random) ? "cash" : nil)
      apply(
        try Rules.credit(owed, wish, of: order, delivery: delivery, number: "CN-\(events)", in: asked))
    case 18: apply(try Rules.close(order, products: products, in: asked))
    default:
      // Rarely, so that most walks live long.
      guard Int.random(in: 0..<5, using: &random) == 0 else { return }
      apply(try Rules.cancel(order, deliveries: Array(deliveries.values), products: products, in: asked))
    }
  }

  private mutating func apply(_ change: Change) {
    let before = Dictionary(order.items.map { ($0.id, $0.remaining) }) { first, _ in first }
    if events > 0 {
      #expect(Set(change.changedItems) == Set(change.order.items.filter { before[$0.id] != $0.remaining }.map(\.id)))
      #expect(change.order.version == order.version + Int64(change.events.count))
    }
    events += change.events.count
    order = change.order
    for delivery in change.changedDeliveries + (change.insertedDelivery.map { [$0] } ?? []) {
      deliveries[delivery.id] = delivery
    }
    if let invoice = change.insertedInvoice ?? change.changedInvoice { invoices[invoice.id] = invoice }
    for product in change.products {
      #expect(product.version == (products[product.productID]?.version ?? 0) + 1)
      products[product.productID] = product
    }
    ledger += change.ledger
  }

  func check() {
    for item in order.items {
      let live = deliveries.values.filter { $0.status != .cancelled }
      #expect(item.delivered.millionths == sum(live, item.id))
      #expect(item.received.millionths == sum(live.filter { $0.status == .delivered }, item.id))
      #expect(item.invoiced.millionths == sum(live.filter { $0.invoiceID != nil }, item.id))
      #expect(item.received <= item.delivered && item.invoiced <= item.delivered)
      #expect(
        item.remaining.millionths == item.quantity.millionths - item.cancelled.millionths - item.delivered.millionths)
      #expect(item.remaining >= .zero)
    }
    for (id, product) in products {
      let moved = ledger.filter { $0.productID == id }.reduce(0) { $0 + $1.onHand.millionths }
      #expect(product.onHand.millionths == (opening[id]?.millionths ?? 0) + moved)
      let held = order.items.filter { $0.productID == id }.reduce(0) {
        $0 + $1.quantity.millionths - $1.cancelled.millionths
      }
      #expect(moved == -held)
    }
    let live = invoices.values.filter(\.isLive)
    let billed = live.reduce(0) { $0 + $1.total.units }
    #expect(billed <= order.total.units)
    let paid = invoices.values.reduce(0) { $0 + $1.paid.units - ($1.creditNote?.refund?.amount.units ?? 0) }
    #expect(order.paid.units == paid + (order.advance?.amount.units ?? 0))
    #expect(order.invoices.issued == live.count)
    #expect(order.invoices.settled == live.count { $0.due == .zero })
    #expect(live.reduce(0) { $0 + $1.advanceApplied.units } == order.advanceApplied.units)
    #expect(order.advanceApplied.units <= (order.advance?.amount.units ?? 0) + order.credited.units)
    #expect(
      invoices.values.allSatisfy { invoice in
        invoice.amounts.allSatisfy { $0 >= .zero && $0.units % order.currency.unit == 0 }
      })
    #expect(order.items.reduce(0) { $0 + $1.total.units } == (order.status == .cancelled ? 0 : order.total.units))
    if order.status == .completed { #expect(billed == order.total.units) }
    #expect((order.progress == 100) == (order.status != .cancelled && order.items.allSatisfy { $0.remaining == .zero }))
  }

  private func sum(_ deliveries: some Sequence<Delivery>, _ item: ItemID) -> Int64 {
    deliveries.reduce(0) { $0 + $1.items.filter { $0.itemID == item }.reduce(0) { $0 + $1.quantity.millionths } }
  }
}
