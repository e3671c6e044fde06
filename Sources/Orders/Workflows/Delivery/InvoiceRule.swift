/// Invoices a delivery at the prices, discounts and taxes captured in the order, and applies what is left of the
/// advance.
///
/// Each line is a step of the item's running share, so that over any partition into deliveries, invoiced in any order,
/// the invoices sum to the order's total to the last unit.
struct InvoiceRule: DeliveryRule {
  /// Of what.
  let delivery: DeliveryID

  var event: WorkflowEvent { DeliveryWorkflow.Event.invoice }
  var needs: StepNeeds {
    var needs = StepNeeds.of(delivery)
    needs.invoiceNumber = true
    needs.dues = true
    return needs
  }
  var answer: StepAnswer { .newInvoice }
  var input: StepInput { StepInput(Particulars([.init(DeliveryField.delivery, .text(Text("\(delivery)")))])) }

  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let delivery = try facts.delivery(delivery, of: order)
    let existing = facts.invoices.first { $0.deliveryID == delivery.id && $0.isLive }
    if existing != nil || delivery.invoiceID != nil {
      throw .conflict(
        "already_invoiced",
        "Delivery \(delivery.number) has the invoice \(existing?.number ?? delivery.invoiceID?.description ?? "") already.",
        facts: (existing.map { [.invoice($0)] } ?? []) + [.version(order.version)])
    }
    switch delivery.status {
    case .pending, .dispatched, .delivered: break
    case .failed, .cancelled:
      throw .conflict(
        "delivery_not_invoiceable",
        "Delivery \(delivery.number) is \(delivery.status.rawValue); pending, dispatched and delivered ones are invoiced.",
        facts: [.status(delivery.status.rawValue), .version(order.version)])
    }
  }

  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let order = outcome.order
    let delivery = try facts.delivery(delivery, of: order)
    var next = order
    outcome.roundedInvoices = try next.round(facts.invoices, at: context.now)
    var lines: [InvoiceLine] = []
    lines.reserveCapacity(delivery.items.count)
    var sum = ItemAmounts.zero
    for item in delivery.items {
      guard let place = next.items.firstIndex(where: { $0.id == item.itemID }),
        let part = next.items[place].invoice(item.quantity), let total = sum.adding(part)
      else { throw .outOfStep("delivery \(delivery.number) does not fit its items", of: order) }
      sum = total
      lines.append(InvoiceLine(next.items[place], item.quantity, part))
    }
    var invoice = Invoice(
      id: context.ids.next(Invoice.self), orderID: order.id, deliveryID: delivery.id, tenantID: order.tenantID,
      number: facts.number, lines: lines, currency: order.currency, subtotal: sum.subtotal, discount: sum.discount,
      tax: sum.tax, total: sum.total, advanceApplied: .zero, paid: .zero, payments: [],
      createdBy: context.actor.user, createdAt: context.now, updatedAt: context.now)
    try next.apply(&invoice)
    var invoiced = delivery
    invoiced.invoiceID = invoice.id
    invoiced.value = invoice.total
    invoiced.updatedAt = context.now
    invoiced.currency = order.currency
    next.settlePayment()
    outcome.changedDeliveries = [invoiced]
    outcome.insertedInvoice = invoice
    outcome.events = [.invoiceGenerated(invoice, invoiced)]
    if invoice.advanceApplied > .zero || next.paymentStatus != order.paymentStatus {
      outcome.later = [.orderPaymentUpdated]
    }
    outcome.status = next.derivedStatus
    outcome.order = next
  }
}

extension OrderItem {
  /// Adds to `invoiced`; gives what the part costs, or nil if more would be invoiced than delivered.
  fileprivate mutating func invoice(_ quantity: Quantity) -> ItemAmounts? {
    guard let invoiced = invoiced.adding(quantity), invoiced <= delivered,
      let part = amountsToBill(upTo: invoiced)
    else { return nil }
    if let billed {
      guard let sum = billed.adding(part) else { return nil }
      self.billed = sum
    }
    self.invoiced = invoiced
    return part
  }
}

extension Order {
  /// Uses min(advance and credit left, invoice); an invoice with nothing left to pay is settled at once.
  fileprivate mutating func apply(_ invoice: inout Invoice) throws(Refusal) {
    let left = (advance?.amount ?? .zero).adding(credited)?.subtracting(advanceApplied) ?? .zero
    invoice.advanceApplied = max(.zero, min(left, invoice.total))
    guard let applied = advanceApplied.adding(invoice.advanceApplied) else {
      throw .outOfStep("its advance does not fit", of: self)
    }
    advanceApplied = applied
    try round(&invoice)
    invoices.issued += 1
    if invoice.due == .zero { invoices.settled += 1 }
  }
}

extension InvoiceLine {
  fileprivate init(_ item: OrderItem, _ quantity: Quantity, _ part: ItemAmounts) {
    self.init(
      itemID: item.id, productID: item.productID, name: item.name, quantity: quantity, unitPrice: item.unitPrice,
      subtotal: part.subtotal, discount: part.discount, tax: part.tax, total: part.total)
  }
}
