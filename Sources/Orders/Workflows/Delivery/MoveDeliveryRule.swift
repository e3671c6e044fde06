/// Moves a delivery on. Delivered goods count as received; a cancelled delivery gives its quantities back, once.
struct MoveDeliveryRule: DeliveryRule {
  /// Which.
  let delivery: DeliveryID
  /// Where to.
  let status: DeliveryStatus

  var event: WorkflowEvent { DeliveryWorkflow.Event.moveDelivery }
  var needs: StepNeeds { .of(delivery) }
  var answer: StepAnswer { .delivery }
  var input: StepInput {
    StepInput(
      Particulars([
        .init(DeliveryField.delivery, .text(Text("\(delivery)"))),
        .init(DeliveryField.status, .text(Text(status.rawValue))),
      ]))
  }

  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let delivery = try facts.delivery(delivery, of: order)
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
  }

  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let order = outcome.order
    let delivery = try facts.delivery(delivery, of: order)
    if status == .delivered || status == .cancelled {
      for item in delivery.items {
        guard let place = order.items.firstIndex(where: { $0.id == item.itemID }),
          outcome.order.items[place].move(item.quantity, to: status)
        else { throw .outOfStep("delivery \(delivery.number) does not fit its items", of: order) }
        if status == .cancelled { outcome.changedItems.append(item.itemID) }
      }
    }
    var moved = delivery
    moved.status = status
    moved.updatedAt = context.now
    moved.currency = order.currency
    outcome.changedDeliveries = [moved]
    outcome.events = [.deliveryStatusUpdated(moved)]
    let derived = outcome.order.derivedStatus
    if derived != order.status || outcome.order.progress != order.progress { outcome.later = [.orderProgressUpdated] }
    outcome.status = derived
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
