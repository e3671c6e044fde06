extension Rules {
  /// Takes a whole order back before anything left: its pending deliveries are cancelled with it, and what it holds of
  /// the stock goes back, once. Only for those whom the workflow names (admin).
  ///
  /// Every item's `cancelled` becomes its quantity. The order's own subtotal, discount, tax and total stay as ordered, and
  /// so do `paid` and `paymentStatus`, so that the record shows what was taken back and what is to be paid back.
  /// `deliveries` are all of the order; `products` the catalogue's of its tracked items; `reason` stays with the order.
  public static func cancel(
    _ order: Order, because reason: Text? = nil, deliveries: [Delivery], products: [Text: Product],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    try check(reason: reason)
    let workflow = try workflow(of: order, for: Event.cancel, in: context)
    try requireNothingLeft(order, deliveries: deliveries)
    let row = try permit(Event.cancel, of: order, by: workflow, in: context)

    var next = order
    var stock = StockBook(.restored)
    for index in next.items.indices {
      let item = next.items[index]
      try stock.giveBack(item.kept, of: item, products: products, order: order, row: row)
      next.items[index].cancelled = item.quantity
      next.items[index].delivered = .zero
    }
    var events: [EventPayload] = []
    var changed: [Delivery] = []
    for var delivery in deliveries where delivery.status == .pending {
      delivery.status = .cancelled
      delivery.updatedAt = context.now
      delivery.currency = order.currency
      changed.append(delivery)
      events.append(.deliveryStatusUpdated(delivery))
    }
    events += [.orderCancelled, .orderUpdated, .inventoryRestored(stock.affected)]
    next.cancelReason = reason
    next.stand(in: try row.leads(to: State.cancelled), by: workflow)
    next.advance(by: events.count, at: context.now)
    return Change(
      order: next, events: events, changedDeliveries: changed, products: stock.products(at: context.now),
      ledger: stock.rows(of: order.id, in: context),
      changedItems: order.items.filter { $0.remaining > .zero }.map(\.id))
  }

  /// Refuses a reason that is too long, or has what no text may have.
  static func check(reason: Text?) throws(Refusal) {
    var problems = FieldProblems()
    problems.check(reason, .reason, at: "reason")
    try problems.refuse()
  }

  private static func requireNothingLeft(_ order: Order, deliveries: [Delivery]) throws(Refusal) {
    let reason: String
    if order.items.contains(where: { $0.received > .zero }) {
      reason = "goods were handed over"
    } else if order.invoices.issued > 0 || deliveries.contains(where: { $0.invoiceID != nil }) {
      reason = "a delivery is invoiced"
    } else if let delivery = deliveries.first(where: { $0.status != .pending && $0.status != .cancelled }) {
      reason = "delivery \(delivery.number) is \(delivery.status.rawValue)"
    } else {
      return
    }
    throw .conflict(
      "order_has_deliveries",
      "Order \(order.number) cannot be cancelled: \(reason). Close it to cancel what is not on a delivery.",
      facts: [.status(order.status.rawValue), .allowed([Event.close.rawValue]), .version(order.version)])
  }
}

extension StockBook {
  /// Puts a quantity of an item back if the row says so and the item moved stock when it was ordered.
  mutating func giveBack(
    _ quantity: Quantity, of item: OrderItem, products: [Text: Product], order: Order, row: WorkflowRow
  ) throws(Refusal) {
    guard quantity > .zero, row.effects.contains(.restoreStock) else { return }
    let product = item.tracked ? products[item.productID] : nil
    guard product != nil || !item.tracked else {
      throw .outOfStep("its product \(item.productID) is not in the catalogue any more", of: order)
    }
    try restore(quantity, of: item, to: product)
  }
}
