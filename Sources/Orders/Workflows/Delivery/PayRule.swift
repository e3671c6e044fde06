/// Records a payment of an invoice: in the currency's own units, at most what is due.
struct PayRule: DeliveryRule {
  /// Of what.
  let invoice: InvoiceID
  /// How much.
  let amount: Money
  /// How it was paid.
  let method: Text

  var event: WorkflowEvent { DeliveryWorkflow.Event.pay }
  var needs: StepNeeds {
    var needs = StepNeeds()
    needs.invoice = invoice
    needs.dues = true
    return needs
  }
  var answer: StepAnswer { .newPayment }
  var input: StepInput {
    StepInput(
      Particulars([
        .init(DeliveryField.invoice, .text(Text("\(invoice)"))), .init(DeliveryField.amount, .money(amount)),
        .init(DeliveryField.method, .text(method)),
      ]))
  }

  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let asked = try facts.invoice(invoice, of: order)
    var problems = FieldProblems()
    problems.checkPaid(amount, in: order.currency, at: "amount")
    problems.check(method, .method, at: "method")
    try problems.refuse()
    if let note = asked.creditNote {
      throw .conflict(
        "invoice_credited", "Invoice \(asked.number) was credited by \(note.number): nothing is due on it.",
        facts: [.due(.zero), .version(order.version)])
    }
    var next = order
    let invoice = try next.round(facts.invoices, at: context.now).first { $0.id == asked.id } ?? asked
    guard amount <= invoice.due else {
      throw .conflict(
        "exceeds_due",
        "\(amount.decimal) is more than the \(invoice.due.decimal) due on invoice \(invoice.number).",
        facts: [.due(invoice.due), .version(order.version)])
    }
    guard invoice.payments.count < Rules.paymentLimit else {
      throw .conflict(
        "too_many_payments",
        "Invoice \(invoice.number) has \(Rules.paymentLimit) payments, which is the most.",
        facts: [.due(invoice.due), .version(order.version)])
    }
  }

  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    var rounded = try outcome.order.round(facts.invoices, at: context.now)
    let asked = try facts.invoice(invoice, of: outcome.order)
    var paid = rounded.first { $0.id == asked.id } ?? asked
    rounded.removeAll { $0.id == asked.id }
    guard let orderPaid = outcome.order.paid.adding(amount), let invoicePaid = paid.paid.adding(amount) else {
      throw .outOfStep("its payments do not fit", of: outcome.order)
    }
    outcome.order.paid = orderPaid
    paid.paid = invoicePaid
    paid.payments.append(Payment(amount: amount, method: method, at: context.now, by: context.actor.user))
    paid.updatedAt = context.now
    if paid.due == .zero { outcome.order.invoices.settled += 1 }
    outcome.order.settlePayment()
    outcome.changedInvoice = paid
    outcome.roundedInvoices = rounded
    outcome.events = [.orderPaymentUpdated]
    outcome.status = outcome.order.derivedStatus
  }
}
