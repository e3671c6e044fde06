import Orders
import Testing

/// Orders that were written before amounts had their currency's decimals.
@Suite struct RoundTests {
  /// As an older version made it: with 8 decimals, whatever the currency.
  private func older(_ draft: OrderDraft, currency: String) throws -> Order {
    var wanted = draft
    wanted.currency = try #require(Currency("BTC"))
    var order = try placed(wanted)
    order.currency = try #require(Currency(currency))
    order.decimals = nil
    for index in order.items.indices { order.items[index].allocation = .before }
    return order
  }

  /// Delivers and invoices a part as an older version did: what is due is not rounded.
  private func invoiced(_ order: Order, _ part: String, _ status: DeliveryStatus = .delivered) throws
    -> (order: Order, invoice: Invoice)
  {
    var asOf = order
    asOf.currency = try #require(Currency("BTC"))
    let made = try deliver(asOf, [("a", part)], status)
    let change = try Rules.invoice(made.delivery, of: made.order, number: "I", existing: nil, in: context())
    var (after, invoice) = (change.order, try #require(change.insertedInvoice))
    after.currency = order.currency
    invoice.currency = order.currency
    return (after, invoice)
  }

  private func thirds(_ currency: String = "USD") throws -> (order: Order, invoices: [Invoice]) {
    var order = try older(draft(item("a", "3", discount: "20")), currency: currency)
    var invoices: [Invoice] = []
    for _ in 0..<3 {
      let next = try invoiced(order, "1")
      order = next.order
      invoices.append(next.invoice)
    }
    #expect(invoices.map(\.total.decimal) == ["3.33333334", "3.33333333", "3.33333333"])
    return (order, invoices)
  }

  @Test func `thirds of a cent are paid to the cent, in any order, and the order completes`() throws {
    for places in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
      var (order, invoices) = try thirds()
      var paid = 0
      for place in places {
        let shown = try order.awaitsRounding ? rounded(order, invoices)[place] : invoices[place]
        #expect(shown.due.units % order.currency.unit == 0)
        let change = try Rules.pay(
          invoices[place], amount: shown.due, method: "cash", of: order, siblings: invoices, in: context())
        order = change.order
        for invoice in change.roundedInvoices + [try #require(change.changedInvoice)] {
          invoices[try #require(invoices.firstIndex { $0.id == invoice.id })] = invoice
        }
        paid += 1
        #expect(order.invoices.settled == paid)
      }
      #expect(invoices.map(\.total.decimal) == ["3.33333334", "3.33333333", "3.33333333"])
      #expect(invoices.map(\.paid.decimal) == ["3.33", "3.34", "3.33"])
      #expect(order.rounding?.units == invoices.reduce(0) { $0 + $1.rounding.units })
      #expect(order.paid == order.total)
      #expect(order.paymentStatus == .paid)
      #expect(order.status == .completed)
    }
  }

  /// The invoices as they are shown before anything rounded them.
  private func rounded(_ order: Order, _ invoices: [Invoice]) throws -> [Invoice] {
    var order = order
    let rounded = try order.round(invoices, at: Timestamp(millis: 1))
    return invoices.map { invoice in rounded.first { $0.id == invoice.id } ?? invoice }
  }

  @Test func `what is owed is below a unit: nothing is asked for, and the order completes by itself`() throws {
    let order = try older(draft(item("a", "1", at: "3.33333333")), currency: "USD")
    var (next, invoice) = try invoiced(order, "1")
    invoice.paid = try money("3.33")
    next.paid = invoice.paid
    let change = try #require(try Rules.round(next, invoices: [invoice], in: context(.system)))
    #expect(change.roundedInvoices.map(\.due) == [.zero])
    #expect(change.order.status == .completed)
    #expect(change.order.paymentStatus == .paid)
    #expect(change.events == [.orderPaymentUpdated, .orderUpdated])
    #expect(try Rules.round(change.order, invoices: change.roundedInvoices, in: context(.system)) == nil)
  }

  @Test func `a total that cannot be paid is asked for to the nearest that can`() throws {
    for (price, asked) in [("0.333", "0.33"), ("0.335", "0.34"), ("100.5", "100.5")] {
      let order = try older(draft(item("a", "1", at: price)), currency: "USD")
      let (next, invoice) = try invoiced(order, "1")
      let change = try Rules.pay(
        invoice, amount: money(asked), method: "x", of: next, siblings: [invoice], in: context())
      #expect(change.order.status == .completed)
      #expect(change.order.paymentStatus == .paid)
    }
    let yen = try invoiced(older(draft(item("a", "1", at: "100.5")), currency: "JPY"), "1")
    #expect(try rounded(yen.order, [yen.invoice])[0].due.decimal == "101")
  }

  @Test func `an invoice that is made now continues what was asked for before`() throws {
    var order = try older(draft(item("a", "3", discount: "20")), currency: "USD")
    let first = try invoiced(order, "1")
    order = first.order
    var dues = [try rounded(order, [first.invoice])[0].due.decimal]
    var all = [first.invoice]
    for _ in 0..<2 {
      let made = try deliver(order, [("a", "1")], .delivered)
      let change = try Rules.invoice(
        made.delivery, of: made.order, number: "I", existing: nil, siblings: all, in: context())
      order = change.order
      all = all.map { invoice in change.roundedInvoices.first { $0.id == invoice.id } ?? invoice }
      let invoice = try #require(change.insertedInvoice)
      all.append(invoice)
      dues.append(invoice.due.decimal)
    }
    #expect(dues == ["3.33", "3.34", "3.33"])
    #expect(all.reduce(0) { $0 + $1.total.units } == order.total.units)
    #expect(order.rounding?.units == all.reduce(0) { $0 + $1.rounding.units })
  }

  @Test func `an order of whole units that nothing was invoiced of gets its currency's decimals`() throws {
    let order = try older(draft(item("a", "3", discount: "20")), currency: "USD")
    let made = try deliver(order, [("a", "1")], .delivered)
    #expect(made.delivery.value.decimal == "3.33333334")
    let change = try Rules.invoice(made.delivery, of: made.order, number: "I", existing: nil, in: context())
    #expect(change.order.decimals == 2)
    #expect(change.insertedInvoice?.total.decimal == "3.33")
    #expect(change.changedDeliveries.first?.value.decimal == "3.33")
    #expect(change.insertedInvoice?.rounding == .zero)
  }

  /// Two items of which half is kept cost 1.005 each: in cents they would be billed 2.02, and the total is 2.01.
  @Test func `an order whose total would change with its currency's decimals keeps its own`() throws {
    var order = try older(draft(item("a", "2", at: "1.005"), item("b", "2", at: "1.005")), currency: "USD")
    let made = try deliver(order, [("a", "1"), ("b", "1")], .delivered)
    order = try Rules.close(made.order, products: [:], in: context()).order
    #expect(order.total.decimal == "2.01")
    let change = try Rules.invoice(made.delivery, of: order, number: "I", existing: nil, in: context())
    #expect(change.order.decimals == nil)
    #expect(change.insertedInvoice?.total == order.total)
    #expect(change.insertedInvoice?.due.decimal == "2.01")
  }

  @Test(arguments: ["BTC", "ZZZ"]) func `currencies without a minor unit stay as they were`(code: String) throws {
    let (order, invoices) = try thirds(code)
    #expect(!order.awaitsRounding)
    let change = try Rules.pay(
      invoices[0], amount: money("3.33333334"), method: "x", of: order, in: context())
    #expect(change.order.invoices.settled == 1)
    #expect(change.roundedInvoices.isEmpty)
  }

  @Test func `what was paid to a fraction of a cent before is taken as it is`() throws {
    var (order, invoices) = try thirds()
    invoices[0].paid = try money("3.33333334")
    order.paid = try money("3.33333334")
    order.invoices.settled = 1
    let shown = try rounded(order, invoices)
    #expect(shown.map(\.due.decimal) == ["0", "3.33", "3.34"])
  }

  @Test func `invoices that do not belong together refuse the write`() throws {
    let (order, invoices) = try thirds()
    let refused = try refusal {
      try Rules.pay(
        invoices[0], amount: money("3.33"), method: "x", of: order, siblings: Array(invoices.dropLast()), in: context())
    }
    #expect(refused.code == "order_out_of_step")
  }

  @Test func `an older invoice is credited with its rounding`() throws {
    let (order, invoices) = try thirds()
    let delivery = try deliver(placed(draft(item("a", "1"))), [("a", "1")]).delivery
    var its = delivery
    its.id = invoices[1].deliveryID
    its.orderID = order.id
    let change = try Rules.credit(
      invoices[1], CreditDraft(), of: order, delivery: its, number: "CN-1", siblings: invoices, in: context())
    let left = change.roundedInvoices
    #expect(left.map(\.due.decimal) == ["3.33", "3.33"])
    #expect(change.order.rounding?.units == left.reduce(0) { $0 + $1.rounding.units })
  }
}
