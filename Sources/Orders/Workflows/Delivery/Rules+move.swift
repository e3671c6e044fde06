extension Rules {
  /// Moves a delivery on. Delivered goods count as received; a cancelled delivery gives its quantities back, once.
  public static func move(
    _ delivery: Delivery, to status: DeliveryStatus, of order: Order, in context: RuleContext
  ) throws(Refusal) -> Change {
    let workflow = try workflow(of: order, for: Event.moveDelivery, in: context)
    try require(delivery.orderID == order.id, "delivery")
    guard delivery.status.next.contains(status) else { throw .cannotMove(delivery, to: status, of: order) }
    if status == .cancelled, delivery.invoiceID != nil {
      throw .conflict(
        "delivery_invoiced",
        "Delivery \(delivery.number) has an invoice and cannot be cancelled; credit the invoice first.",
        facts: [
          .status(delivery.status.rawValue),
          .allowed(delivery.status.next.filter { $0 != .cancelled }.map(\.rawValue)), .version(order.version),
        ])
    }
    let row = try permit(Event.moveDelivery, of: order, by: workflow, in: context)

    var next = order
    var changedItems: [ItemID] = []
    if status == .delivered || status == .cancelled {
      for item in delivery.items {
        guard let place = next.items.firstIndex(where: { $0.id == item.itemID }),
          next.items[place].move(item.quantity, to: status)
        else { throw .outOfStep("delivery \(delivery.number) does not fit its items", of: order) }
        if status == .cancelled { changedItems.append(item.itemID) }
      }
    }
    var moved = delivery
    moved.status = status
    moved.updatedAt = context.now
    moved.currency = order.currency
    var events: [EventPayload] = [.deliveryStatusUpdated(moved), .orderUpdated]
    if next.derivedStatus != order.status || next.progress != order.progress { events.append(.orderProgressUpdated) }
    try next.settle(by: row, of: workflow, events: events.count, at: context.now)
    return Change(order: next, events: events, changedDeliveries: [moved], changedItems: changedItems)
  }
}

extension OrderItem {
  /// Whether the quantity could be counted as received, or given back.
  fileprivate mutating func move(_ quantity: Quantity, to status: DeliveryStatus) -> Bool {
    switch status {
    case .delivered:
      guard let received = received.adding(quantity), received <= delivered else { return false }
      self.received = received
    case .cancelled:
      guard let delivered = delivered.subtracting(quantity), delivered >= received else { return false }
      self.delivered = delivered
    case .pending, .dispatched, .failed: break
    }
    return true
  }
}

extension Refusal {
  fileprivate static func cannotMove(_ delivery: Delivery, to status: DeliveryStatus, of order: Order) -> Refusal {
    let allowed = delivery.status.next.map(\.rawValue)
    return .conflict(
      "delivery_transition_not_allowed",
      "Delivery \(delivery.number) is \(delivery.status.rawValue) and cannot become \(status.rawValue); it allows: "
        + (allowed.isEmpty ? "nothing." : allowed.joined(separator: ", ") + "."),
      facts: [.status(delivery.status.rawValue), .allowed(allowed), .version(order.version)])
  }
}
