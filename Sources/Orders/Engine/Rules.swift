/// The decisions of the `delivery` workflow: each takes what is and what is wanted, and gives what is to be written, or
/// refuses. Nothing here reads a clock, makes a number or touches a store.
public enum Rules {
  /// The most items an order may have, and lines a delivery.
  public static let itemLimit = 500
  /// The most deliveries an order may ever have, cancelled ones included.
  public static let deliveryLimit = 1000
  /// The most payments an invoice may have.
  public static let paymentLimit = 100

  /// The workflow of an order of the actor's own tenant, with the role admitted to the event.
  static func workflow(of order: Order, for event: WorkflowEvent, in context: RuleContext) throws(Refusal) -> Workflow {
    guard order.tenantID == context.actor.tenant else {
      throw .notFound("order_not_found", "There is no such order.")
    }
    guard let workflow = context.workflows.workflow(of: order) else {
      throw .outOfStep("its workflow \(order.workflow.rawValue) is not known", of: order)
    }
    try workflow.admit(event, role: context.actor.role)
    if workflow.isByTable { throw .notByRules(event, of: order) }
    return workflow
  }

  /// The row for an event on an order; a conflict also tells the version, and what remains.
  static func permit(
    _ event: WorkflowEvent, of order: Order, by workflow: Workflow, in context: RuleContext
  ) throws(Refusal) -> WorkflowRow {
    do {
      return try workflow.permit(event, from: order.status, role: context.actor.role)
    } catch {
      var refusal = error
      if refusal.kind == .conflict {
        refusal.facts += [.remaining(order.remainingByProduct), .version(order.version)]
      }
      throw refusal
    }
  }

  /// Refuses a delivery or invoice that is not of this order.
  static func require(_ belongs: Bool, _ what: String) throws(Refusal) {
    if !belongs { throw .notFound("\(what)_not_found", "The order has no such \(what).") }
  }
}

extension Refusal {
  /// What the rules of one kind of workflow do is asked of an order of another kind.
  fileprivate static func notByRules(_ event: WorkflowEvent, of order: Order) -> Refusal {
    .conflict(
      "transition_not_allowed",
      "Order \(order.number) is of the workflow \(order.workflow.rawValue.start(64)), which has no \(event.rawValue) of "
        + "this kind; its actions say what it allows.",
      facts: [.status(order.status.rawValue), .version(order.version)])
  }
}

extension Order {
  /// Derives the status, checks it against the row, and makes the events' numbers the version.
  mutating func settle(
    by row: WorkflowRow, of workflow: Workflow, events: Int, at now: Timestamp
  ) throws(Refusal) {
    stand(in: try row.leads(to: derivedStatus), by: workflow)
    advance(by: events, at: now)
  }

  /// Notes a write of so many events.
  mutating func advance(by events: Int, at now: Timestamp) {
    // One write a nanosecond for 292 years stays below the overflow.
    version &+= Int64(events)
    updatedAt = now
  }

  /// Makes the order's sums those of what is kept of its items.
  mutating func sumUp() throws(Refusal) {
    var sum = ItemAmounts.zero
    for item in items {
      guard let part = item.keptAmounts, let total = sum.adding(part) else {
        throw .outOfStep("the amounts of item \(item.id) do not fit", of: self)
      }
      sum = total
    }
    subtotal = sum.subtotal
    discount = sum.discount
    tax = sum.tax
    total = sum.total
  }

  /// `paid` against `total`, as far as that can be paid. What costs nothing is paid.
  mutating func settlePayment() {
    let asked = total.adding(rounding ?? .zero) ?? total
    paymentStatus = paid >= asked ? .paid : paid > .zero ? .partiallyPaid : .unpaid
  }
}
