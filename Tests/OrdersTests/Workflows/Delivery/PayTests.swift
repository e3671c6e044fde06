import Orders
import Testing

@Suite struct PayTests {
  private func invoiced(_ status: DeliveryStatus = .delivered) throws -> (order: Order, invoice: Invoice) {
    let start = try deliver(placed(draft(item("a", "1", at: "100"), advance: "30")), [("a", "1")], status)
    let change = try Rules.invoice(start.delivery, of: start.order, number: "INV-7", existing: nil, in: context())
    return (change.order, try #require(change.insertedInvoice))
  }

  @Test func `payments add up until the invoice is settled and the order completed`() throws {
    let (order, invoice) = try invoiced()
    #expect(invoice.due == (try money("70")))
    let part = try Rules.pay(invoice, amount: money("20"), method: "upi", of: order, in: context(.employee, at: 5))
    let paid = try #require(part.changedInvoice)
    #expect(paid.due == (try money("50")))
    #expect(
      paid.payments == [
        Payment(
          amount: try money("20"), method: "upi", at: Timestamp(millis: 5), by: try #require(UserID("asha")))
      ])
    #expect(part.order.paid == (try money("50")))
    #expect(part.order.paymentStatus == .partiallyPaid)
    #expect(part.order.status == .delivered)
    #expect(part.events == [.orderPaymentUpdated, .orderUpdated])
    let rest = try Rules.pay(paid, amount: money("50"), method: "cash", of: part.order, in: context())
    #expect(rest.order.status == .completed)
    #expect(rest.order.paymentStatus == .paid)
    #expect(rest.order.invoices == InvoiceCount(issued: 1, settled: 1))
    #expect(rest.order.version == order.version + 4)
  }

  @Test func `refuses more than is due and tells what is`() throws {
    let (order, invoice) = try invoiced()
    let refused = try refusal {
      try Rules.pay(invoice, amount: money("70.01"), method: "x", of: order, in: context())
    }
    #expect(refused.kind == .conflict)
    #expect(refused.code == "exceeds_due")
    #expect(refused.facts == [.due(try money("70")), .version(order.version)])
    let all = try Rules.pay(invoice, amount: money("70"), method: "x", of: order, in: context())
    let settled = try #require(all.changedInvoice)
    let again = try refusal { try Rules.pay(settled, amount: money("1"), method: "x", of: all.order, in: context()) }
    #expect(again.facts == [.due(.zero), .version(all.order.version)])
  }

  @Test func `refuses amounts and methods that are none`() throws {
    let (order, invoice) = try invoiced()
    for units in [0, -1, Int64.min, Int64.max] {
      let refused = try refusal {
        try Rules.pay(invoice, amount: Money(units: units), method: "", of: order, in: context())
      }
      #expect(refused.paths == ["amount", "method"])
    }
    var other = invoice
    other.orderID = OrderID(high: 1, low: 1)
    #expect(
      try refusal { try Rules.pay(other, amount: money("1"), method: "x", of: order, in: context()) }.kind == .notFound)
  }

  @Test func `an invoice has at most a hundred payments`() throws {
    var (order, invoice) = try invoiced(.pending)
    for _ in 0..<100 {
      let change = try Rules.pay(invoice, amount: money("0.5"), method: "x", of: order, in: context())
      order = change.order
      invoice = try #require(change.changedInvoice)
    }
    #expect(order.status == .inProgress)
    let refused = try refusal { try Rules.pay(invoice, amount: money("0.5"), method: "x", of: order, in: context()) }
    #expect(refused.code == "too_many_payments")
  }
}
