extension Rules {
  /// Takes back what is not on a delivery and restores its stock. The order's sums become those of what is kept, by the
  /// same running shares as its invoices, so that they still sum to its total. What was paid stays; it may exceed the
  /// new total. `products` are the catalogue's of its tracked items; `reason` stays with the order.
  public static func close(
    _ order: Order, because reason: Text? = nil, products: [Text: Product], in context: RuleContext
  ) throws(Refusal) -> Change {
    try check(reason: reason)
    let workflow = try workflow(of: order, for: Event.close, in: context)
    try requireClosable(order)
    let row = try permit(Event.close, of: order, by: workflow, in: context)

    var next = order
    var stock = StockBook(.restored)
    var changedItems: [ItemID] = []
    for index in next.items.indices {
      let item = next.items[index]
      if item.remaining > .zero {
        try stock.giveBack(item.remaining, of: item, products: products, order: order, row: row)
        guard let cancelled = item.cancelled.adding(item.remaining) else {
          throw .outOfStep("the quantities of item \(item.id) do not fit", of: order)
        }
        next.items[index].cancelled = cancelled
        changedItems.append(item.id)
      }
    }
    try next.sumUp()
    if let reason { next.closeReason = reason }
    next.settlePayment()
    let events: [EventPayload] = [.orderUpdated, .orderProgressUpdated, .inventoryRestored(stock.affected)]
    try next.settle(by: row, of: workflow, events: events.count, at: context.now)
    return Change(
      order: next, events: events, products: stock.products(at: context.now),
      ledger: stock.rows(of: order.id, in: context), changedItems: changedItems)
  }

  private static func requireClosable(_ order: Order) throws(Refusal) {
    guard order.status != State.cancelled else { return }
    if order.items.allSatisfy({ $0.remaining == .zero }) {
      throw .conflict(
        "nothing_to_close", "Nothing of order \(order.number) remains to be cancelled.",
        facts: [.status(order.status.rawValue), .version(order.version)])
    }
    if order.items.allSatisfy({ $0.delivered == .zero }) {
      throw .conflict(
        "nothing_delivered", "Nothing of order \(order.number) is on a delivery; cancel it instead.",
        facts: [
          .status(order.status.rawValue), .allowed([Event.cancel.rawValue]), .version(order.version),
        ])
    }
  }
}
