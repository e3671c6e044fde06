extension Rules {
  /// Invoices a delivery at the prices, discounts and taxes captured in the order, and applies what is left of the
  /// advance.
  ///
  /// Each line is a step of the item's running share, so that over any partition into deliveries, invoiced in any order,
  /// the invoices sum to the order's total to the last unit. `existing` is the delivery's invoice, if it has one;
  /// `siblings` are all invoices of an order that awaits rounding.
  public static func invoice(
    _ delivery: Delivery, of order: Order, number: String, existing: Invoice?, siblings: [Invoice] = [],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    let workflow = try workflow(of: order, for: Event.invoice, in: context)
    try require(delivery.orderID == order.id, "delivery")
    try requireInvoiceable(delivery, of: order, existing: existing)
    let row = try permit(Event.invoice, of: order, by: workflow, in: context)

    var next = order
    let rounded = try next.round(siblings, at: context.now)
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
      number: number, lines: lines, currency: order.currency, subtotal: sum.subtotal, discount: sum.discount,
      tax: sum.tax, total: sum.total, advanceApplied: .zero, paid: .zero, payments: [],
      createdBy: context.actor.user, createdAt: context.now, updatedAt: context.now)
    try next.apply(&invoice)
    var invoiced = delivery
    invoiced.invoiceID = invoice.id
    invoiced.value = invoice.total
    invoiced.updatedAt = context.now
    invoiced.currency = order.currency
    next.settlePayment()
    var events: [EventPayload] = [.invoiceGenerated(invoice, invoiced), .orderUpdated]
    if invoice.advanceApplied > .zero || next.paymentStatus != order.paymentStatus {
      events.append(.orderPaymentUpdated)
    }
    try next.settle(by: row, of: workflow, events: events.count, at: context.now)
    return Change(
      order: next, events: events, changedDeliveries: [invoiced], insertedInvoice: invoice,
      roundedInvoices: rounded)
  }

  private static func requireInvoiceable(_ delivery: Delivery, of order: Order, existing: Invoice?) throws(Refusal) {
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
