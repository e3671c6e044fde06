/// Takes back what is not on a delivery and restores its stock. The order's sums become those of what is kept, by the
/// same running shares as its invoices, so that they still sum to its total. What was paid stays; it may exceed the
/// new total.
struct CloseRule: DeliveryRule {
  /// Why; it stays with the order.
  let reason: Text?

  var event: WorkflowEvent { DeliveryWorkflow.Event.close }
  var needs: StepNeeds {
    var needs = StepNeeds()
    needs.stock = true
    return needs
  }
  var input: StepInput { .because(reason) }

  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    try CancelRule.check(reason)
    guard order.status != DeliveryWorkflow.State.cancelled else { return }
    if order.items.allSatisfy({ $0.remaining == .zero }) {
      throw .conflict(
        "nothing_to_close", "Nothing of order \(order.number) remains to be cancelled.",
        facts: [.status(order.status.rawValue), .version(order.version)])
    }
    if order.items.allSatisfy({ $0.delivered == .zero }) {
      throw .conflict(
        "nothing_delivered", "Nothing of order \(order.number) is on a delivery; cancel it instead.",
        facts: [
          .status(order.status.rawValue), .allowed([DeliveryWorkflow.Event.cancel.rawValue]),
          .version(order.version),
        ])
    }
  }

  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let order = outcome.order
    for (index, item) in order.items.enumerated() where item.remaining > .zero {
      guard let cancelled = item.cancelled.adding(item.remaining) else {
        throw .outOfStep("the quantities of item \(item.id) do not fit", of: order)
      }
      outcome.order.items[index].cancelled = cancelled
      outcome.changedItems.append(item.id)
    }
    try outcome.order.sumUp()
    if let reason { outcome.order.closeReason = reason }
    outcome.order.settlePayment()
    outcome.later = [.orderProgressUpdated]
    outcome.status = outcome.order.derivedStatus
  }
}
