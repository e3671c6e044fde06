/// Takes an invoice back in full: its delivery can be invoiced again, or fail and be cancelled. Only for those whom the
/// workflow names (admin), and not of a completed order.
struct CreditRule: DeliveryRule {
  /// Which.
  let invoice: InvoiceID
  /// Its delivery.
  let delivery: DeliveryID
  /// How.
  let draft: CreditDraft

  var event: WorkflowEvent { DeliveryWorkflow.Event.credit }
  var needs: StepNeeds {
    var needs = StepNeeds.of(delivery)
    needs.invoice = invoice
    needs.creditNumber = true
    needs.dues = true
    return needs
  }
  var answer: StepAnswer { .newCreditNote }
  var input: StepInput {
    var values = Particulars([
      .init(DeliveryField.invoice, .text(Text("\(invoice)"))),
      .init(DeliveryField.delivery, .text(Text("\(delivery)"))),
    ])
    values[DeliveryField.reason] = draft.reason.map(Particular.text)
    values[DeliveryField.refundMethod] = draft.refundMethod.map(Particular.text)
    return StepInput(values)
  }

  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let invoice = try facts.invoice(invoice, of: order)
    guard invoice.deliveryID == delivery else { throw .noSuch("invoice") }
    var problems = FieldProblems()
    problems.check(draft.reason, .reason, at: "reason")
    problems.check(draft.refundMethod, .method, at: "refund.method")
    try problems.refuse()
    if let note = invoice.creditNote {
      throw .conflict(
        "already_credited", "Invoice \(invoice.number) was credited by \(note.number) already.",
        facts: [.invoice(invoice), .version(order.version)])
    }
    if draft.refundMethod != nil, invoice.paid == .zero {
      throw .conflict(
        "nothing_to_refund",
        "Nothing was paid on invoice \(invoice.number): credit it without refund. What of the order's advance was used on it is free again.",
        facts: [.invoice(invoice), .version(order.version)])
    }
  }

  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let order = outcome.order
    let invoice = try facts.invoice(invoice, of: order)
    var next = order
    var rounded = try next.round(facts.invoices, at: context.now)
    var credited = rounded.first { $0.id == invoice.id } ?? invoice
    rounded.removeAll { $0.id == invoice.id }
    try next.takeBack(credited, refunds: draft.refundMethod != nil)
    // What the rest of a closed order costs may hang on what was billed of it, to a unit.
    try next.sumUp()
    credited.creditNote = CreditNote(
      number: facts.number, reason: draft.reason,
      refund: draft.refundMethod.map { Refund(amount: invoice.paid, method: $0) }, at: context.now,
      by: context.actor.user)
    credited.updatedAt = context.now
    var free = try facts.delivery(delivery, of: order)
    free.invoiceID = nil
    free.updatedAt = context.now
    free.currency = order.currency
    next.settlePayment()
    outcome.changedDeliveries = [free]
    outcome.changedInvoice = credited
    outcome.roundedInvoices = rounded
    outcome.events = [.invoiceCredited(credited, free)]
    if invoice.paid > .zero || invoice.advanceApplied > .zero || next.paymentStatus != order.paymentStatus {
      outcome.later = [.orderPaymentUpdated]
    }
    outcome.status = next.derivedStatus
    outcome.order = next
  }
}

extension Order {
  /// Undoes what an invoice did to the order.
  fileprivate mutating func takeBack(_ invoice: Invoice, refunds: Bool) throws(Refusal) {
    for line in invoice.lines {
      guard let place = items.firstIndex(where: { $0.id == line.itemID }), items[place].credit(line) else {
        throw .outOfStep("invoice \(invoice.number) does not fit its items", of: self)
      }
    }
    let isSettled = invoice.due == .zero
    guard invoices.issued > 0, invoices.settled >= (isSettled ? 1 : 0),
      let applied = advanceApplied.subtracting(invoice.advanceApplied), applied >= .zero,
      let left = refunds ? paid.subtracting(invoice.paid) : paid, left >= .zero,
      let credited = refunds ? credited : credited.adding(invoice.paid),
      let rounding = (rounding ?? .zero).subtracting(invoice.rounding)
    else { throw .outOfStep("invoice \(invoice.number) does not fit it", of: self) }
    invoices.issued -= 1
    if isSettled { invoices.settled -= 1 }
    advanceApplied = applied
    paid = left
    self.credited = credited
    if self.rounding != nil { self.rounding = rounding }
  }
}

extension OrderItem {
  /// Takes an invoice's line off what is invoiced and billed; false if it does not fit.
  fileprivate mutating func credit(_ line: InvoiceLine) -> Bool {
    guard let amounts = ItemAmounts(subtotal: line.subtotal, discount: line.discount, tax: line.tax),
      let left = billedSoFar?.subtracting(amounts), let invoiced = invoiced.subtracting(line.quantity),
      invoiced >= .zero, left.subtotal >= .zero, left.discount >= .zero, left.tax >= .zero
    else { return false }
    self.invoiced = invoiced
    billed = left == self.amounts(upTo: invoiced) ? nil : left
    return true
  }
}
