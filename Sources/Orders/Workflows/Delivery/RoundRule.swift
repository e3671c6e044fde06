/// Rounds the dues of an order that awaits it, and nothing else. For the hub itself; refused with 409 `nothing_to_round` if
/// it awaits none.
struct RoundRule: DeliveryRule {
  /// Whoever may take a payment may have it rounded before.
  var event: WorkflowEvent { DeliveryWorkflow.Event.pay }
  var needs: StepNeeds {
    var needs = StepNeeds()
    needs.dues = true
    return needs
  }
  var input: StepInput { StepInput() }

  func examine(_ order: Order, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    guard order.awaitsRounding else {
      throw .conflict(Refusal.nothingToRound.string, "Order \(order.number) awaits no rounding.")
    }
  }

  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    outcome.roundedInvoices = try outcome.order.round(facts.invoices, at: context.now)
    outcome.events = [.orderPaymentUpdated]
    outcome.status = outcome.order.derivedStatus
  }
}

extension Refusal {
  /// The code of what `RoundRule` refuses because the order awaits no rounding.
  public static let nothingToRound: Text = "nothing_to_round"
}
