/// One step of an order by its workflow's table alone: the same for requests, timers and whatever else moves an order.
///
/// It permits, checks the input by the row's fields and the conditions by the order, applies all effects, sets the
/// status, and tells of it. What a table cannot say is a rule beside it, as `delivery` has them; see `Rules`.
public enum Step {
  /// Does `event` to an order.
  ///
  /// Refuses with 403 whoever may not, with 409 what the state or a condition does not allow, and with 422 every field
  /// of the input that is wrong.
  public static func take(
    _ event: WorkflowEvent, _ input: StepInput, of order: Order, by workflow: Workflow, facts: StepFacts,
    in context: RuleContext
  ) throws(Refusal) -> Change {
    guard order.tenantID == context.actor.tenant else {
      throw .notFound("order_not_found", "There is no such order.")
    }
    let row = try permit(event, of: order, by: workflow, in: context)
    guard workflow.isByTable else {
      throw .outOfStep("\(event.rawValue) is decided by rules beside the table", of: order)
    }
    var problems = FieldProblems()
    input.check(by: row.input, problems: &problems)
    try problems.refuse()
    for condition in row.conditions { try condition.check(order, facts.parts, input, in: context) }

    var effects = Effects(of: row, on: order, input: input, timers: workflow.definition.timers, facts: facts)
    try effects.apply(in: context)
    var next = effects.order
    next.stand(in: try row.onlyTarget(of: order), by: workflow)
    let events = row.announces.map(EventPayload.announcing) + [.orderUpdated] + effects.told
    next.advance(by: events.count, at: context.now)
    return Change(
      order: next, events: events, insertedParts: effects.book.inserted, changedParts: effects.book.changed,
      products: effects.products(at: context.now), ledger: effects.ledgerRows(of: next, by: workflow, in: context),
      changedItems: effects.changedItems,
      endedJobs: effects.endedJobs, insertedJobs: effects.startedJobs)
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
    return try take(timer.event, StepInput(), of: order, by: workflow, facts: facts, in: context)
  }

  /// Makes an order. `products` are the catalogue's of the draft's items, as far as they exist.
  public static func place(
    _ draft: OrderDraft, _ input: StepInput, number: String, by workflow: Workflow, products: [Text: Product],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    let row = try workflow.permit(.place, from: nil, role: context.actor.role) { $0.holds(of: draft, in: context) }
    var problems = FieldProblems()
    input.check(by: row.input, problems: &problems)
    if context.actor.role.sight != .business { draft.checkUnpriced(&problems) }
    let placed = try Rules.order(
      draft, version: workflow.version, number: number, products: products, tracks: workflow.movesStock,
      problems: &problems, in: context)
    let facts = StepFacts(products: products)
    var effects = Effects(of: row, on: placed, input: input, timers: workflow.definition.timers, facts: facts)
    try effects.apply(in: context)
    var order = effects.order
    order.settlePayment()
    order.stand(in: try row.onlyTarget(of: order), by: workflow)
    let events = [.orderCreated] + row.announces.map(EventPayload.announcing) + effects.told
    order.advance(by: events.count, at: context.now)
    return Change(
      order: order, events: events, insertedParts: effects.book.inserted, products: effects.products(at: context.now),
      ledger: effects.ledgerRows(of: order, by: workflow, in: context), changedItems: order.items.map(\.id),
      endedJobs: effects.endedJobs, insertedJobs: effects.startedJobs)
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
      if refusal.kind == .conflict { refusal.facts += [.version(order.version)] }
      throw refusal
    }
  }
}

extension WorkflowRow {
  /// The state that it leads to. A row with several needs a rule that derives one of them.
  func onlyTarget(of order: Order) throws(Refusal) -> Status {
    guard targets.count == 1, let target = targets.first else {
      throw .outOfStep("\(event.rawValue) needs a rule that says where it leads", of: order)
    }
    return target
  }
}
