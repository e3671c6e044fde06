extension Invoice {
  /// What is still to be paid: total + rounding − advance applied − paid; never below zero, and nothing once credited.
  public var due: Money {
    guard isLive, let asked = total.adding(rounding), let afterAdvance = asked.subtracting(advanceApplied),
      let due = afterAdvance.subtracting(paid)
    else { return .zero }
    return max(.zero, due)
  }
}

extension Rules {
  /// Records a payment of an invoice: in the currency's own units, at most what is due. `siblings` are all invoices of an
  /// order that awaits rounding.
  public static func pay(
    _ invoice: Invoice, amount: Money, method: Text, of order: Order, siblings: [Invoice] = [],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    let workflow = try workflow(of: order, for: Event.pay, in: context)
    try require(invoice.orderID == order.id, "invoice")
    var problems = FieldProblems()
    problems.checkPaid(amount, in: order.currency, at: "amount")
    problems.check(method, .method, at: "method")
    try problems.refuse()
    if let note = invoice.creditNote {
      throw .conflict(
        "invoice_credited", "Invoice \(invoice.number) was credited by \(note.number): nothing is due on it.",
        facts: [.due(.zero), .version(order.version)])
    }
    var next = order
    var rounded = try next.round(siblings, at: context.now)
    let invoice = rounded.first { $0.id == invoice.id } ?? invoice
    rounded.removeAll { $0.id == invoice.id }
    guard amount <= invoice.due else {
      throw .conflict(
        "exceeds_due",
        "\(amount.decimal) is more than the \(invoice.due.decimal) due on invoice \(invoice.number).",
        facts: [.due(invoice.due), .version(order.version)])
    }
    guard invoice.payments.count < paymentLimit else {
      throw .conflict(
        "too_many_payments",
        "Invoice \(invoice.number) has \(paymentLimit) payments, which is the most.",
        facts: [.due(invoice.due), .version(order.version)])
    }
    let row = try permit(Event.pay, of: order, by: workflow, in: context)

    var paid = invoice
    guard let orderPaid = next.paid.adding(amount), let invoicePaid = invoice.paid.adding(amount) else {
      throw .outOfStep("its payments do not fit", of: order)
    }
    next.paid = orderPaid
    paid.paid = invoicePaid
    paid.payments.append(Payment(amount: amount, method: method, at: context.now, by: context.actor.user))
    paid.updatedAt = context.now
    if paid.due == .zero { next.invoices.settled += 1 }
    next.settlePayment()
    let events: [EventPayload] = [.orderPaymentUpdated, .orderUpdated]
    try next.settle(by: row, of: workflow, events: events.count, at: context.now)
    return Change(order: next, events: events, changedInvoice: paid, roundedInvoices: rounded)
  }
}
