/// One step of an order by its workflow: the same for requests, timers and whatever else moves an order.
///
/// It permits, checks the input and the conditions, lets the rule beside the table decide if there is one, applies all
/// effects, sets the status, and tells of it.
public enum Step {
  /// Does what is asked of an order. `facts` are what `ask.needs` names.
  ///
  /// Refuses with 403 whoever may not, with 409 what the state or a condition does not allow, and with 422 every field
  /// of the input that is wrong. What a rule refuses goes before what the state does, and after who may never.
  public static func take(
    _ ask: StepAsk, of order: Order, by workflow: Workflow, facts: StepFacts, in context: RuleContext
  ) throws(Refusal) -> Change {
    guard order.tenantID == context.actor.tenant else {
      throw .notFound("order_not_found", "There is no such order.")
    }
    if let rule = ask.rule {
      try workflow.admit(ask.event, role: context.actor.role)
      guard workflow.rules?.name == rule.rules else { throw .notByRules(ask.event, of: order) }
      try rule.examine(order, facts, in: context)
    }
    let row = try permit(ask.event, of: order, by: workflow, in: context)
    if ask.rule == nil, let rules = workflow.rules, rules.events.contains(ask.event) {
      throw .outOfStep("\(ask.event.rawValue) is decided by rules beside the table", of: order)
    }
    if let given = ask.given { try given.check(by: row.input) }
    let input = row.effects.isEmpty && row.conditions.isEmpty ? StepInput() : ask.input
    for condition in row.conditions { try condition.check(order, facts.parts, input, in: context) }

    var outcome = RuleOutcome(order)
    if let rule = ask.rule { try rule.decide(&outcome, facts, in: context) }
    var effects = Effects(
      of: row, on: outcome.order, before: order.items, input: input, by: workflow, facts: facts)
    try effects.apply(in: context)
    var next = effects.order
    next.stand(in: try row.leads(to: outcome.status, of: next, by: workflow), by: workflow)
    let events =
      outcome.events + row.announces.map(EventPayload.announcing) + [.orderUpdated] + outcome.later + effects.told
    next.advance(by: events.count, at: context.now)
    return Change(
      order: next, events: events, insertedDelivery: outcome.insertedDelivery,
      changedDeliveries: outcome.changedDeliveries, insertedInvoice: outcome.insertedInvoice,
      changedInvoice: outcome.changedInvoice, roundedInvoices: outcome.roundedInvoices,
      insertedParts: effects.book.inserted, changedParts: effects.book.changed,
      products: effects.products(at: context.now), ledger: effects.ledgerRows(of: next, by: workflow, in: context),
      changedItems: outcome.changedItems + effects.changedItems, endedJobs: effects.endedJobs,
      insertedJobs: effects.startedJobs)
  }

  /// The same of an event that the table says all of.
  public static func take(
    _ event: WorkflowEvent, _ input: StepInput, of order: Order, by workflow: Workflow, facts: StepFacts,
    in context: RuleContext
  ) throws(Refusal) -> Change {
    try take(StepAsk(event, input), of: order, by: workflow, facts: facts, in: context)
  }

  /// Does what one of the order's timers stands for, if its moment has come. Refuses with 409 `too_early` if it has not, and
  /// `timer_unknown` if the definition has no such timer.
  public static func fire(
    _ name: ParticularName, of order: Order, by workflow: Workflow, facts: StepFacts, in context: RuleContext
  ) throws(Refusal) -> Change {
    guard let timer = workflow.definition.timers.first(where: { $0.name == name }) else {
      throw .conflict("timer_unknown", "The workflow \(workflow.name.rawValue.start(64)) has no timer \(name.text).")
    }
    try WorkflowCondition.after(timer.moment).check(order, facts.parts, StepInput(), in: context)
    return try take(StepAsk(timer.event), of: order, by: workflow, facts: facts, in: context)
  }

  static func permit(
    _ event: WorkflowEvent, of order: Order, by workflow: Workflow, in context: RuleContext
  ) throws(Refusal) -> WorkflowRow {
    do {
      return try workflow.permit(event, from: order.status, role: context.actor.role) {
        $0.holds(of: order, in: context)
      }
    } catch {
      var refusal = error
      if refusal.kind == .conflict {
        refusal.facts += (workflow.rules?.facts(of: order) ?? []) + [.version(order.version)]
      }
      throw refusal
    }
  }
}

extension WorkflowRow {
  /// The state that it leads to: the one that a rule has decided, its only one, or of several the one that the rules beside
  /// the table say what the order has amounts to.
  func leads(to decided: Status?, of order: Order, by workflow: Workflow) throws(Refusal) -> Status {
    if let decided { return try leads(to: decided) }
    if targets.count == 1 { return targets[0] }
    guard let rules = workflow.rules else {
      throw .outOfStep("\(event.rawValue) needs a rule that says where it leads", of: order)
    }
    return try leads(to: rules.status(of: order))
  }
}

extension Order {
  /// Notes a write of so many events.
  mutating func advance(by events: Int, at now: Timestamp) {
    // One write a nanosecond for 292 years stays below the overflow.
    version &+= Int64(events)
    updatedAt = now
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
