import Orders
import Testing

@Suite struct CreditTests {
  private struct Sold {
    var order: Order
    var delivery: Delivery
    var invoice: Invoice
  }

  private func sold(
    _ wanted: OrderDraft, _ part: String = "1", _ status: DeliveryStatus = .dispatched, paid: String? = nil
  ) throws -> Sold {
    try sold(placed(wanted), part, status, paid: paid)
  }

  private func sold(
    _ order: Order, _ part: String = "1", _ status: DeliveryStatus = .dispatched, paid: String? = nil
  ) throws -> Sold {
    let made = try deliver(order, [("a", part)], status)
    let change = try Rules.invoice(made.delivery, of: made.order, number: "INV-1", existing: nil, in: context())
    var sold = Sold(
      order: change.order, delivery: try #require(change.changedDeliveries.first),
      invoice: try #require(change.insertedInvoice))
    guard let paid else { return sold }
    let payment = try Rules.pay(sold.invoice, amount: money(paid), method: "cash", of: sold.order, in: context())
    sold.order = payment.order
    sold.invoice = try #require(payment.changedInvoice)
    return sold
  }

  private func credit(_ sold: Sold, _ wish: CreditDraft = CreditDraft(), as role: Role = .admin) throws -> Change {
    try Rules.credit(
      sold.invoice, wish, of: sold.order, delivery: sold.delivery, number: "CN-1", in: context(role, at: 7))
  }

  @Test func `an invoice that nobody paid is taken back, and its delivery can be cancelled`() throws {
    let sold = try sold(draft(item("a", "2")), "2")
    let failed = try Rules.move(sold.delivery, to: .failed, of: sold.order, in: context())
    var invoiced = sold
    invoiced.order = failed.order
    invoiced.delivery = try #require(failed.changedDeliveries.first)
    let dead = try refusal { try Rules.move(invoiced.delivery, to: .cancelled, of: invoiced.order, in: context()) }
    #expect(dead.code == "delivery_invoiced")
    #expect(dead.detail.contains("credit the invoice first"))

    let change = try credit(invoiced, CreditDraft(reason: "never arrived"))
    let credited = try #require(change.changedInvoice)
    #expect(
      credited.creditNote
        == CreditNote(
          number: "CN-1", reason: "never arrived", refund: nil, at: Timestamp(millis: 7),
          by: try #require(UserID("asha"))))
    #expect(credited.due == .zero)
    #expect(credited.total == (try money("20")))
    let free = try #require(change.changedDeliveries.first)
    #expect(free.invoiceID == nil)
    #expect(change.events == [.invoiceCredited(credited, free), .orderUpdated])
    #expect(change.order.invoices == InvoiceCount())
    #expect(change.order.items[0].invoiced == .zero)
    #expect(change.order.items[0].billed == nil)
    #expect(change.order.version == invoiced.order.version + 2)

    let back = try Rules.move(free, to: .cancelled, of: change.order, in: context())
    #expect(back.order.status == .open)
    let cancelled = try Rules.cancel(
      back.order, deliveries: back.changedDeliveries, products: [:], in: context())
    #expect(cancelled.order.status == .cancelled)
  }

  @Test func `a delivery that was credited may also be invoiced again, or its order closed`() throws {
    let sold = try sold(draft(item("a", "3")), "1", .delivered)
    let change = try credit(sold)
    let free = try #require(change.changedDeliveries.first)
    let again = try Rules.invoice(free, of: change.order, number: "INV-2", existing: nil, in: context())
    #expect(again.insertedInvoice?.total == (try money("10")))
    let closed = try Rules.close(change.order, products: [:], in: context())
    #expect(closed.order.status == .delivered)
    #expect(closed.order.total == (try money("10")))
  }

  @Test func `what was paid becomes credit of the order, and pays its next invoice`() throws {
    let sold = try sold(draft(item("a", "2")), "2", paid: "15")
    let change = try credit(sold)
    #expect(change.order.credited == (try money("15")))
    #expect(change.order.paid == (try money("15")))
    #expect(change.order.paymentStatus == .partiallyPaid)
    #expect(change.events.map(\.type) == [.invoiceCredited, .orderUpdated, .orderPaymentUpdated])
    let free = try #require(change.changedDeliveries.first)
    let again = try Rules.invoice(free, of: change.order, number: "INV-2", existing: nil, in: context())
    #expect(again.insertedInvoice?.advanceApplied == (try money("15")))
    #expect(again.insertedInvoice?.due == (try money("5")))
    #expect(again.order.advanceApplied == (try money("15")))
  }

  @Test func `what was paid is refunded if that is asked for, the advance used is free again`() throws {
    let sold = try sold(draft(item("a", "2"), advance: "8"), "2", paid: "12")
    #expect(sold.order.paymentStatus == .paid)
    let change = try credit(sold, CreditDraft(refundMethod: "card"))
    #expect(
      change.changedInvoice?.creditNote?.refund == Refund(amount: try money("12"), method: "card"))
    #expect(change.order.paid == (try money("8")))
    #expect(change.order.credited == .zero)
    #expect(change.order.advanceApplied == .zero)
    #expect(change.order.paymentStatus == .partiallyPaid)
    #expect(change.order.invoices == InvoiceCount())
  }

  @Test func `it is refused twice, with nothing to refund, by others, and of a completed order`() throws {
    let open = try sold(draft(item("a", "2")), "1")
    let change = try credit(open)
    var twice = open
    twice.order = change.order
    twice.invoice = try #require(change.changedInvoice)
    let again = try refusal { try credit(twice) }
    #expect(again.code == "already_credited")
    #expect(again.facts == [.invoice(twice.invoice), .version(twice.order.version)])
    let paying = try refusal {
      try Rules.pay(twice.invoice, amount: money("1"), method: "x", of: twice.order, in: context())
    }
    #expect(paying.code == "invoice_credited")
    #expect(try refusal { try credit(open, CreditDraft(refundMethod: "cash")) }.code == "nothing_to_refund")
    #expect(
      try refusal { try credit(open, CreditDraft(reason: "\u{7}", refundMethod: "")) }.paths
        == ["reason", "refund.method"])
    for role in [Role.employee, .system, .customer, .kiosk, .seller] {
      #expect(try refusal { try credit(open, as: role) }.kind == .forbidden)
    }
    var strange = open
    strange.delivery.id = DeliveryID(high: 1, low: 1)
    #expect(try refusal { try credit(strange) }.kind == .notFound)
    let done = try sold(draft(item("a", "1"), advance: "10"), "1", .delivered)
    #expect(done.order.status == .completed)
    #expect(try refusal { try credit(done) }.code == "transition_not_allowed")
  }

  /// Steps of a running share differ: whichever is taken back, the next invoices make up for it.
  @Test(arguments: ["USD", "JPY", "BTC"]) func `whatever is credited, invoices sum to the total in the end`(
    currency: String
  ) throws {
    for place in 0..<3 {
      var order = try placed(
        draft(item("a", "3", discount: "20", tax: 70_000), currency: currency))
      var parts: [Sold] = []
      for _ in 0..<3 {
        let next = try sold(order, "1")
        order = next.order
        parts.append(next)
      }
      var gone = parts[place]
      gone.order = order
      let change = try credit(gone)
      let free = try #require(change.changedDeliveries.first)
      let back = try Rules.move(free, to: .cancelled, of: change.order, in: context())
      let half = try sold(back.order, "0.5")
      let rest = try sold(half.order, "0.5")
      let live = parts.enumerated().filter { $0.offset != place }.map(\.element.invoice) + [half.invoice, rest.invoice]
      #expect(live.reduce(0) { $0 + $1.total.units } == order.total.units)
      #expect(live.reduce(0) { $0 + $1.tax.units } == order.tax.units)
      #expect(live.allSatisfy { invoice in invoice.amounts.allSatisfy { $0 >= .zero } })
      #expect(rest.order.items[0].total == order.total)
    }
  }

  @Test(arguments: 0..<300) func `over any partition, with any credits between, what is live sums to the total`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed &+ 9_000)
    let code = ["USD", "JPY", "KWD", "BTC"].randomElement(using: &random) ?? "USD"
    let price = Money(units: .random(in: 0...400_000_000, using: &random))
    var line = try item("a", "\(Int.random(in: 1...6, using: &random))", tax: 190_000)
    line.unitPrice = price
    let cost = try placed(draft(line, currency: code)).subtotal
    line.discount = Money(units: .random(in: 0...cost.units, using: &random))
    var order = try placed(draft(line, currency: code))
    var live: [Sold] = []
    var steps = 0
    while order.items[0].invoiced < order.items[0].kept {
      steps += 1
      if !live.isEmpty, steps < 30, Int.random(in: 0..<3, using: &random) == 0 {
        var gone = live.remove(at: Int.random(in: 0..<live.count, using: &random))
        gone.order = order
        let change = try credit(gone)
        order = try Rules.move(
          try #require(change.changedDeliveries.first), to: .cancelled, of: change.order, in: context()
        ).order
        continue
      }
      let left = order.items[0].remaining.millionths
      let part = steps > 40 || left < 10 ? left : .random(in: 1...left, using: &random)
      let next = try sold(order, Quantity(millionths: part).decimal)
      order = next.order
      live.append(next)
    }
    #expect(live.reduce(0) { $0 + $1.invoice.subtotal.units } == order.subtotal.units)
    #expect(live.reduce(0) { $0 + $1.invoice.discount.units } == order.discount.units)
    #expect(live.reduce(0) { $0 + $1.invoice.total.units } == order.total.units)
    for sold in live {
      #expect(sold.invoice.discount <= sold.invoice.subtotal)
      #expect(sold.invoice.amounts.allSatisfy { $0 >= .zero && $0.units % order.currency.unit == 0 })
    }
  }
}

extension OrderItem {
  fileprivate var kept: Quantity { Quantity(millionths: quantity.millionths - cancelled.millionths) }
}
