extension Step {
  /// Makes an order by the workflow that the draft names. `products` are the catalogue's of the draft's items, as far as
  /// they exist.
  ///
  /// Refuses with 422 every field that is wrong, a workflow that is not known among them; and as `take` does.
  public static func place(
    _ draft: OrderDraft, _ input: StepInput = StepInput(), number: String, products: [Text: Product],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    guard let workflow = context.workflows.workflow(draft.workflow, version: nil, of: context.actor.tenant) else {
      throw unknownWorkflow(of: draft, products: products, in: context)
    }
    return try place(draft, input, number: number, by: workflow, products: products, in: context)
  }

  /// Makes an order.
  public static func place(
    _ draft: OrderDraft, _ input: StepInput, number: String, by workflow: Workflow, products: [Text: Product],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    let row = try workflow.permit(.place, from: nil, role: context.actor.role) { $0.holds(of: draft, in: context) }
    var problems = FieldProblems()
    input.check(by: row.input, problems: &problems)
    if context.actor.role.sight != .business { draft.checkUnpriced(&problems) }
    let placed = try draft.order(
      in: row.targets[0], of: workflow.version, number: number, products: products, tracks: workflow.tracks(by: row),
      problems: &problems, in: context)
    var effects = Effects(
      of: row, on: placed, before: [], input: input, by: workflow, facts: StepFacts(products: products))
    try effects.apply(in: context)
    var order = effects.order
    try order.check(placedBy: context.actor)
    order.settlePayment()
    order.stand(in: try row.leads(to: nil, of: order, by: workflow), by: workflow)
    let events = [.orderCreated] + row.announces.map(EventPayload.announcing) + effects.told
    order.advance(by: events.count, at: context.now)
    return Change(
      order: order, events: events, insertedParts: effects.book.inserted, products: effects.products(at: context.now),
      ledger: effects.ledgerRows(of: order, by: workflow, in: context), changedItems: order.items.map(\.id),
      endedJobs: effects.endedJobs, insertedJobs: effects.startedJobs)
  }

  /// Says so, and what else is wrong with the draft.
  private static func unknownWorkflow(
    of draft: OrderDraft, products: [Text: Product], in context: RuleContext
  ) -> Refusal {
    let names = context.workflows.workflows(of: context.actor.tenant).names
    let known = names.map(\.rawValue.string).joined(separator: ", ")
    var problems = FieldProblems()
    problems.add("workflow", "\(draft.workflow.rawValue.start(64)) is not known; known are: \(known).")
    _ = draft.priced(products: products, tracks: false, problems: &problems, in: context)
    guard let refusal = problems.refusal else { preconditionFailure("a workflow that is not known is a problem") }
    return refusal
  }
}

extension Workflow {
  /// Whether the items of an order that this row makes follow the products of the catalogue.
  fileprivate func tracks(by row: WorkflowRow) -> Bool {
    rules?.keepsStockByItems == true ? row.effects.contains(.deductStock) : movesStock
  }
}
