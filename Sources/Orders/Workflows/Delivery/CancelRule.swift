/// Takes a whole order back before anything left: its pending deliveries are cancelled with it, and what it holds of
/// the stock goes back, once. Only for those whom the workflow names (admin).
///
/// Every item's `cancelled` becomes its quantity. The order's own subtotal, discount, tax and total stay as ordered, and
/// so do `paid` and `paymentStatus`, so that the record shows what was taken back and what is to be paid back.
struct CancelRule: DeliveryRule {
  /// Why; it stays with the order.
  let reason: Text?

  var event: WorkflowEvent { DeliveryWorkflow.Event.cancel }
  var needs: StepNeeds {
    var needs = StepNeeds()
    needs.allDeliveries = true
    needs.stock = true
    return needs
  }
  var input: StepInput { .because(reason) }

  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    try Self.check(reason)
    let why: String
    if order.items.contains(where: { $0.received > .zero }) {
      why = "goods were handed over"
    } else if order.invoices.issued > 0 || facts.deliveries.contains(where: { $0.invoiceID != nil }) {
      why = "a delivery is invoiced"
    } else if let delivery = facts.deliveries.first(where: { $0.status != .pending && $0.status != .cancelled }) {
      why = "delivery \(delivery.number) is \(delivery.status.rawValue)"
    } else {
      return
    }
    throw .conflict(
      "order_has_deliveries",
      "Order \(order.number) cannot be cancelled: \(why). Close it to cancel what is not on a delivery.",
      facts: [
        .status(order.status.rawValue), .allowed([DeliveryWorkflow.Event.close.rawValue]), .version(order.version),
      ])
  }

  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    outcome.changedItems = outcome.order.items.filter { $0.remaining > .zero }.map(\.id)
    for index in outcome.order.items.indices {
      outcome.order.items[index].cancelled = outcome.order.items[index].quantity
      outcome.order.items[index].delivered = .zero
    }
    for var delivery in facts.deliveries where delivery.status == .pending {
      delivery.status = .cancelled
      delivery.updatedAt = context.now
      delivery.currency = outcome.order.currency
      outcome.changedDeliveries.append(delivery)
      outcome.events.append(.deliveryStatusUpdated(delivery))
    }
    outcome.events.append(.orderCancelled)
    outcome.order.cancelReason = reason
    outcome.status = DeliveryWorkflow.State.cancelled
  }

  /// Refuses a reason that is too long, or has what no text may have.
  static func check(_ reason: Text?) throws(Refusal) {
    var problems = FieldProblems()
    problems.check(reason, .reason, at: "reason")
    try problems.refuse()
  }
}
