public import Orders

extension Command {
  /// Does one event of an order whose workflow has the rules of deliveries beside its table. The input is what the event's
  /// rows ask for; Refuses with 422 what is wrong with it by these, or as the rule does.
  public static func deliveryAction(
    _ event: WorkflowEvent, _ input: StepInput, asked fields: [InputField], of id: OrderID, actor: Actor,
    answer: AnswerSlot?, requestID: String
  ) throws(Refusal) -> Command {
    typealias Event = DeliveryWorkflow.Event
    try input.check(by: fields)
    let given = input.values
    switch event {
    case Event.deliver:
      var draft = DeliveryDraft(lines: input.items ?? [], notes: given.text("notes"))
      draft.date = given.time("date")
      draft.notesForCustomer = given.text("notesForCustomer")
      if let status = given.text("status").flatMap({ DeliveryStatus($0) }) { draft.status = status }
      return deliver(draft, of: id, actor: actor, answer: answer, requestID: requestID)
    case Event.moveDelivery:
      guard let status = given.text("status").flatMap({ DeliveryStatus($0) }) else { break }
      return try move(
        given.delivery(), of: id, to: status, actor: actor, answer: answer, requestID: requestID)
    case Event.invoice:
      return try invoice(given.delivery(), of: id, actor: actor, answer: answer, requestID: requestID)
    case Event.pay:
      guard case .money(let amount) = given["amount"], let method = given.text("method") else { break }
      return try pay(
        given.invoice(), of: id, amount: amount, method: method, actor: actor, answer: answer, requestID: requestID)
    case Event.credit:
      let draft = CreditDraft(reason: given.text("reason"), refundMethod: given.text("refundMethod"))
      return try credit(
        given.invoice(), of: id, delivery: given.delivery(), draft, actor: actor, answer: answer,
        requestID: requestID)
    case Event.close:
      return close(id, because: given.text("reason"), actor: actor, answer: answer, requestID: requestID)
    case Event.cancel:
      return cancel(id, because: given.text("reason"), actor: actor, answer: answer, requestID: requestID)
    default: break
    }
    // No event of theirs: the step says so, as it says of any other.
    return step(event, input, of: id, actor: actor, answer: answer, requestID: requestID)
  }
}

extension Particulars {
  fileprivate subscript(name: Text) -> Particular? { ParticularName(name).flatMap { self[$0] } }

  fileprivate func text(_ name: Text) -> Text? {
    if case .text(let text) = self[name] { text } else { nil }
  }
  fileprivate func time(_ name: Text) -> Timestamp? {
    if case .time(let time) = self[name] { time } else { nil }
  }
  fileprivate func delivery() throws(Refusal) -> DeliveryID {
    let text = text("deliveryId") ?? ""
    guard let id = DeliveryID(text) else { throw .notFound("delivery", text) }
    return id
  }
  fileprivate func invoice() throws(Refusal) -> InvoiceID {
    let text = text("invoiceId") ?? ""
    guard let id = InvoiceID(text) else { throw .notFound("invoice", text) }
    return id
  }
}
