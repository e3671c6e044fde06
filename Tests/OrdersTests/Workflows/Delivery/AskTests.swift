import Orders
import Testing

/// Always the same, so that two ways to one decision can be compared.
private struct OneIdentity: IdentitySource {
  func next<Entity>(_ entity: Entity.Type) -> Identifier<Entity> { Identifier(high: 9, low: 9) }
  func token(bytes count: Int) -> String { "" }
}

/// The documented routes make the rules' input of their own bodies, the generic actions of the fields of the table: both come
/// to the same decision.
@Suite struct AskTests {
  private let workflow: Workflow
  private let asker: RuleContext

  init() throws {
    workflow = try #require(Workflows.builtIn[.delivery])
    let some = try context(at: 5_000)
    asker = RuleContext(
      actor: some.actor, now: some.now, workflows: some.workflows, ids: OneIdentity(), day: { _ in "a day" })
  }

  private func name(_ text: Text) throws -> ParticularName { try #require(ParticularName(text)) }

  private func generic(
    _ event: WorkflowEvent, _ values: [(Text, Particular)] = [], items: [DeliveryLine]? = nil, of order: Order
  ) throws -> StepAsk {
    let entries = try values.map { Particulars.Entry(try name($0.0), $0.1) }
    return try workflow.ask(
      event, StepInput(Particulars(entries), items: items), by: workflow.fields(of: event, from: order.status))
  }

  /// Both ways; gives what they decide.
  @discardableResult
  private func both(_ own: StepAsk, _ generic: StepAsk, of order: Order, _ facts: StepFacts) throws -> Change {
    #expect(own.isRuled && generic.isRuled)
    #expect(own.event == generic.event && own.needs == generic.needs && own.answer == generic.answer)
    #expect(own.lineCount == generic.lineCount)
    let change = try Step.take(own, of: order, by: workflow, facts: facts, in: asker)
    #expect(try Step.take(generic, of: order, by: workflow, facts: facts, in: asker) == change)
    return change
  }

  @Test func `every event is decided the same by its own body and by the table's fields`() throws {
    let order = try placed(draft(item("a", "5"), item("b", "2"), advance: "3"))
    let lines = [
      DeliveryLine(subject: .product("a"), quantity: try quantity("2")),
      DeliveryLine(subject: .item(order.items[1].id), quantity: try quantity("1")),
    ]
    let draft = DeliveryDraft(
      lines: lines, date: Timestamp(millis: 77), status: .dispatched, notes: "n", notesForCustomer: "c")
    let made = try both(
      .deliver(draft),
      generic(
        .deliver,
        [
          ("date", .time(Timestamp(millis: 77))), ("status", .text("dispatched")), ("notes", .text("n")),
          ("notesForCustomer", .text("c")),
        ], items: lines, of: order), of: order, StepFacts())
    let delivery = try #require(made.insertedDelivery)
    let id = Particular.text(Text("\(delivery.id)"))
    try both(
      .move(delivery.id, to: .delivered),
      generic(.moveDelivery, [("deliveryId", id), ("status", .text("delivered"))], of: made.order), of: made.order,
      StepFacts(deliveries: [delivery]))

    let billed = try both(
      .invoice(delivery.id), generic(.invoice, [("deliveryId", id)], of: made.order), of: made.order,
      StepFacts(deliveries: [delivery], number: "INV-1"))
    let invoice = try #require(billed.insertedInvoice)
    let bill = Particular.text(Text("\(invoice.id)"))
    let amount = try money("2")
    let paid = try both(
      .pay(invoice.id, amount, method: "cash"),
      generic(.pay, [("invoiceId", bill), ("amount", .money(amount)), ("method", .text("cash"))], of: billed.order),
      of: billed.order, StepFacts(invoices: [invoice]))
    let credit = CreditDraft(reason: "wrong", refundMethod: "cash")
    try both(
      .credit(invoice.id, of: delivery.id, credit),
      generic(
        .credit,
        [("invoiceId", bill), ("deliveryId", id), ("reason", .text("wrong")), ("refundMethod", .text("cash"))],
        of: paid.order), of: paid.order,
      StepFacts(
        deliveries: billed.changedDeliveries, invoices: [try #require(paid.changedInvoice)], number: "CN-1"))
    try both(
      .close(because: "enough"), generic(.close, [("reason", .text("enough"))], of: made.order), of: made.order,
      StepFacts())
    try both(
      .cancel(because: "twice"), generic(.cancel, [("reason", .text("twice"))], of: order), of: order, StepFacts())
  }

  @Test func `what cannot be is refused by its name before anything is read`() throws {
    let order = try placed(draft(item("a", "5")))
    func refused(_ event: WorkflowEvent, _ values: [(Text, Particular)] = []) throws -> Refusal {
      try refusal { try generic(event, values, of: order) }
    }
    #expect(try refused(.deliver).paths == ["items"])
    #expect(
      try refused(.pay, [("invoiceId", .text("x")), ("amount", .money(.zero))]).paths == [
        "invoiceId", "amount", "method",
      ])
    #expect(try refused(.close, [("why", .text("x"))]).paths == ["why"])
    let wild = Text(String(repeating: "z", count: 24))
    #expect(try refused(.invoice, [("deliveryId", .text(wild))]).code == "delivery_not_found")
  }

  /// Another order's delivery and invoice are none of this one.
  @Test func `what belongs to another order is not found`() throws {
    let order = try placed(draft(item("a", "5")))
    let other = try deliver(placed(draft(item("a", "5"))), [("a", "1")])
    let facts = StepFacts(deliveries: [other.delivery])
    for ask in [StepAsk.move(other.delivery.id, to: .delivered), .invoice(other.delivery.id)] {
      let refused = try refusal { try Step.take(ask, of: order, by: workflow, facts: facts, in: asker) }
      #expect(refused.code == "delivery_not_found")
    }
  }
}
