import Orders
import Testing

@Suite struct InvoiceTests {
  private func invoice(_ made: Delivery, _ order: Order) throws -> Change {
    try Rules.invoice(made, of: order, number: "INV-1", existing: nil, in: context())
  }

  @Test func `invoices a delivery at captured prices and applies the advance`() throws {
    let order = try placed(draft(item("a", "4", at: "10", tax: 180_000), discount: "4", advance: "15"))
    let start = try deliver(order, [("a", "1")])
    let change = try invoice(start.delivery, start.order)
    let made = try #require(change.insertedInvoice)
    #expect(made.number == "INV-1")
    #expect(
      made.lines == [
        InvoiceLine(
          itemID: order.items[0].id, productID: "a", name: "a", quantity: try quantity("1"), unitPrice: try money("10"),
          subtotal: try money("10"), discount: try money("1"), tax: try money("1.62"), total: try money("10.62"))
      ])
    #expect(made.total == (try money("10.62")))
    #expect(made.advanceApplied == made.total)
    #expect(made.due == .zero)
    #expect(start.delivery.value == made.total)
    let delivery = try #require(change.changedDeliveries.first)
    #expect(delivery.invoiceID == made.id)
    #expect(change.events == [.invoiceGenerated(made, delivery), .orderUpdated, .orderPaymentUpdated])
    #expect(change.order.invoices == InvoiceCount(issued: 1, settled: 1))
    #expect(change.order.version == start.order.version + 3)

    let second = try deliver(change.order, [("a", "3")])
    let rest = try invoice(second.delivery, second.order)
    #expect(rest.insertedInvoice?.advanceApplied == (try money("4.38")))
    #expect(rest.insertedInvoice?.due == (try money("27.48")))
    #expect(rest.order.advanceApplied == (try money("15")))
    #expect(rest.order.invoices == InvoiceCount(issued: 2, settled: 1))
  }

  @Test func `without an advance no payment event is sent`() throws {
    let start = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
    #expect(try invoice(start.delivery, start.order).events.map(\.type) == [.invoiceGenerated, .orderUpdated])
  }

  @Test func `a delivery is invoiced once, and the refusal carries the invoice`() throws {
    let start = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
    let change = try invoice(start.delivery, start.order)
    let existing = try #require(change.insertedInvoice)
    let delivery = try #require(change.changedDeliveries.first)
    let refused = try refusal {
      try Rules.invoice(delivery, of: change.order, number: "INV-2", existing: existing, in: context())
    }
    #expect(refused.code == "already_invoiced")
    #expect(refused.facts == [.invoice(existing), .version(change.order.version)])
    #expect(try refusal { try invoice(delivery, change.order) }.code == "already_invoiced")
  }

  @Test(arguments: [DeliveryStatus.failed, .cancelled])
  func `failed and cancelled deliveries are not invoiced`(status: DeliveryStatus) throws {
    let start = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
    var made = start.delivery
    made.status = status
    #expect(try refusal { try invoice(made, start.order) }.code == "delivery_not_invoiceable")
  }

  @Test func `an order is completed when all of it is delivered, invoiced and settled`() throws {
    let start = try deliver(placed(draft(item("a", "1"), advance: "10")), [("a", "1")], .delivered)
    let change = try invoice(start.delivery, start.order)
    #expect(change.order.status == .completed)
    #expect(change.order.phase == .closed)
    let free = try deliver(placed(draft(item("a", "1", at: "0"))), [("a", "1")], .delivered)
    #expect(try invoice(free.delivery, free.order).order.status == .completed)
    let owed = try deliver(placed(draft(item("a", "1"))), [("a", "1")], .delivered)
    #expect(try invoice(owed.delivery, owed.order).order.status == .delivered)
  }

  @Test func `an order invoiced and settled beforehand is completed by its last delivery`() throws {
    let start = try deliver(placed(draft(item("a", "1"), advance: "10")), [("a", "1")])
    let change = try invoice(start.delivery, start.order)
    #expect(change.order.status == .inProgress)
    let delivery = try #require(change.changedDeliveries.first)
    #expect(try Rules.move(delivery, to: .delivered, of: change.order, in: context()).order.status == .completed)
  }

  @Test func `no step of an item is below zero, however little it costs`() throws {
    let order = try placed(
      draft(item("a", "4", at: "0.00000001", discount: "0.00000003", tax: 1_000_000), currency: "BTC"))
    var current = order
    for _ in 0..<8 {
      let step = try deliver(current, [("a", "0.5")])
      let change = try invoice(step.delivery, step.order)
      let made = try #require(change.insertedInvoice)
      #expect(made.discount >= .zero && made.discount <= made.subtotal)
      #expect(made.total >= .zero)
      current = change.order
    }
  }

  @Test(arguments: 0..<300)
  func `over any partition, invoiced in any order, invoices sum to the order's total`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var order = try placed(randomDraft(&random))
    var waiting: [Delivery] = []
    var invoices: [Invoice] = []
    var closes = Bool.random(using: &random)
    var steps = 0
    while order.items.contains(where: { $0.remaining > .zero }) || !waiting.isEmpty {
      steps += 1
      let hasRest = order.items.contains { $0.remaining > .zero }
      if hasRest, waiting.isEmpty || Bool.random(using: &random) {
        if closes, steps > 4, order.status != .open {
          closes = false
          order = try Rules.close(order, products: [:], in: context()).order
          continue
        }
        let change = try Rules.deliver(
          randomDelivery(of: order, all: steps > 20, &random), of: order, in: context())
        order = change.order
        waiting.append(try #require(change.insertedDelivery))
      } else {
        let delivery = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &random))
        if delivery.status == .pending, Int.random(in: 0..<4, using: &random) == 0, steps < 20 {
          order = try Rules.move(delivery, to: .cancelled, of: order, in: context()).order
          continue
        }
        let change = try invoice(delivery, order)
        order = change.order
        invoices.append(try #require(change.insertedInvoice))
      }
    }
    #expect(invoices.allSatisfy { invoice in invoice.amounts.allSatisfy { $0.units % order.currency.unit == 0 } })
    #expect(invoices.reduce(0) { $0 + $1.subtotal.units } == order.subtotal.units)
    #expect(invoices.reduce(0) { $0 + $1.discount.units } == order.discount.units)
    #expect(invoices.reduce(0) { $0 + $1.tax.units } == order.tax.units)
    #expect(invoices.reduce(0) { $0 + $1.total.units } == order.total.units)
    #expect(order.items.reduce(0) { $0 + $1.total.units } == order.total.units)
    #expect(order.progress == 100)
    for invoice in invoices {
      #expect(invoice.total >= .zero && invoice.advanceApplied >= .zero && invoice.due >= .zero)
      #expect(invoice.lines.allSatisfy { $0.discount >= .zero && $0.discount <= $0.subtotal && $0.tax >= .zero })
      #expect(invoice.lines.reduce(0) { $0 + $1.total.units } == invoice.total.units)
    }
    let applied = invoices.reduce(0) { $0 + $1.advanceApplied.units }
    #expect(applied == order.advanceApplied.units)
    #expect(applied == min(order.advance?.amount.units ?? 0, order.total.units))
  }
}

extension Invoice {
  /// All that it asks for, or sums up.
  var amounts: [Money] {
    [subtotal, discount, tax, total, advanceApplied, due]
      + lines.flatMap { [$0.subtotal, $0.discount, $0.tax, $0.total] }
  }
}

private func randomDraft(_ random: inout SeededGenerator) throws -> OrderDraft {
  var wanted = try draft(currency: ["USD", "JPY", "KWD", "CLF", "BTC"].randomElement(using: &random) ?? "USD")
  let unit = wanted.currency.unit
  // From a few 10⁻⁸ to amounts whose products need 128 bits.
  let largest: Int64 = [5, 1_000, 100_000_000_000, 1_000_000_000_000][Int.random(in: 0..<4, using: &random)]
  for index in 0..<Int.random(in: 1...8, using: &random) {
    let quantity = Quantity(
      millionths: [1, 7, 1_000_000, 333_333][Int.random(in: 0..<4, using: &random)]
        * Int64.random(in: 1...1_000, using: &random))
    var line = ItemDraft(
      productID: "p\(index / 2)", quantity: quantity, unitPrice: Money(units: .random(in: 0...largest, using: &random)),
      taxRate: TaxRate(millionths: [0, 50_000, 180_000, 333_333, 1_000_000][Int.random(in: 0..<5, using: &random)]))
    let cost = try placed(OrderDraft(customer: wanted.customer, items: [line], currency: wanted.currency)).subtotal
    if Bool.random(using: &random) { line.discount = Money(units: .random(in: 0...cost.units, using: &random)) }
    wanted.items.append(line)
  }
  let order = try placed(wanted)
  let net = order.subtotal.units - order.discount.units
  if Bool.random(using: &random) { wanted.discount = Money(units: .random(in: 0...net, using: &random)) }
  let total = try placed(wanted).total.units
  if total > 0, Bool.random(using: &random) {
    wanted.advance = Advance(amount: Money(units: .random(in: 1...total / unit, using: &random) * unit), method: "upi")
  }
  return wanted
}

private func randomDelivery(of order: Order, all: Bool, _ random: inout SeededGenerator) -> DeliveryDraft {
  var lines: [DeliveryLine] = []
  for item in order.items where item.remaining > .zero {
    if !all, !lines.isEmpty, Bool.random(using: &random) { continue }
    let most = item.remaining.millionths
    let quantity = all || Int.random(in: 0..<3, using: &random) == 0 ? most : .random(in: 1...most, using: &random)
    lines.append(DeliveryLine(subject: .item(item.id), quantity: Quantity(millionths: quantity)))
  }
  return DeliveryDraft(lines: lines, status: Bool.random(using: &random) ? .pending : .dispatched)
}
