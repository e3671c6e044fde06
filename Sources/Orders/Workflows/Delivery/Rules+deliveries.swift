extension Rules {
  /// The most deliveries an order may ever have, cancelled ones included.
  public static let deliveryLimit = 1000
  /// The most payments an invoice may have.
  public static let paymentLimit = 100
}

// What is asked of one order with all that it reads at hand: fronts of the step.

extension Rules {
  /// Makes an order; see `Step.place`.
  public static func place(
    _ draft: OrderDraft, number: String, products: [Text: Product], in context: RuleContext
  ) throws(Refusal) -> Change {
    try Step.place(draft, number: number, products: products, in: context)
  }

  /// Puts quantities on a new delivery; see `DeliverRule`.
  public static func deliver(
    _ draft: DeliveryDraft, of order: Order, in context: RuleContext
  ) throws(Refusal) -> Change {
    try take(.deliver(draft), of: order, StepFacts(), in: context)
  }

  /// Moves a delivery on; see `MoveDeliveryRule`.
  public static func move(
    _ delivery: Delivery, to status: DeliveryStatus, of order: Order, in context: RuleContext
  ) throws(Refusal) -> Change {
    try take(.move(delivery.id, to: status), of: order, StepFacts(deliveries: [delivery]), in: context)
  }

  /// Invoices a delivery; see `InvoiceRule`. `existing` is the delivery's invoice, if it has one; `siblings` are all invoices
  /// of an order that awaits rounding.
  public static func invoice(
    _ delivery: Delivery, of order: Order, number: String, existing: Invoice?, siblings: [Invoice] = [],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    var facts = StepFacts(deliveries: [delivery], invoices: siblings, number: number)
    if let existing, !siblings.contains(where: { $0.id == existing.id }) { facts.invoices.append(existing) }
    return try take(.invoice(delivery.id), of: order, facts, in: context)
  }

  /// Records a payment of an invoice; see `PayRule`. `siblings` are all invoices of an order that awaits rounding.
  public static func pay(
    _ invoice: Invoice, amount: Money, method: Text, of order: Order, siblings: [Invoice] = [],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    let facts = StepFacts(invoices: siblings.isEmpty ? [invoice] : siblings)
    return try take(.pay(invoice.id, amount, method: method), of: order, facts, in: context)
  }

  /// Takes an invoice back; see `CreditRule`. `delivery` is the invoice's; `siblings` are all invoices of an order that
  /// awaits rounding.
  public static func credit(
    _ invoice: Invoice, _ draft: CreditDraft, of order: Order, delivery: Delivery, number: String,
    siblings: [Invoice] = [], in context: RuleContext
  ) throws(Refusal) -> Change {
    let facts = StepFacts(
      deliveries: [delivery], invoices: siblings.isEmpty ? [invoice] : siblings, number: number)
    return try take(.credit(invoice.id, of: delivery.id, draft), of: order, facts, in: context)
  }

  /// Rounds the dues of an order that awaits it; nil if there is nothing to round. See `RoundRule`.
  public static func round(_ order: Order, invoices: [Invoice], in context: RuleContext) throws(Refusal) -> Change? {
    do {
      return try take(.round, of: order, StepFacts(invoices: invoices), in: context)
    } catch {
      if Text(error.code) == Refusal.nothingToRound { return nil }
      throw error
    }
  }

  /// Takes a whole order back; see `CancelRule`. `deliveries` are all of the order; `products` the catalogue's of its
  /// tracked items.
  public static func cancel(
    _ order: Order, because reason: Text? = nil, deliveries: [Delivery], products: [Text: Product],
    in context: RuleContext
  ) throws(Refusal) -> Change {
    try take(
      .cancel(because: reason), of: order, StepFacts(products: products, deliveries: deliveries), in: context)
  }

  /// Takes back what is not on a delivery; see `CloseRule`. `products` are the catalogue's of its tracked items.
  public static func close(
    _ order: Order, because reason: Text? = nil, products: [Text: Product], in context: RuleContext
  ) throws(Refusal) -> Change {
    try take(.close(because: reason), of: order, StepFacts(products: products), in: context)
  }

  private static func take(
    _ ask: StepAsk, of order: Order, _ facts: StepFacts, in context: RuleContext
  ) throws(Refusal) -> Change {
    guard order.tenantID == context.actor.tenant else {
      throw .notFound("order_not_found", "There is no such order.")
    }
    guard let workflow = context.workflows.workflow(of: order) else { throw .workflowOutOfStep(order) }
    return try Step.take(ask, of: order, by: workflow, facts: facts, in: context)
  }
}
