public import Orders

// The documented events of the `delivery` workflow: each is the one step, with its own input.

extension Command {
  /// Puts goods of an order on a delivery.
  public static func deliver(
    _ draft: DeliveryDraft, of id: OrderID, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    step(.deliver(draft), of: id, actor: actor, answer: answer, requestID: requestID)
  }

  /// Moves a delivery on.
  public static func move(
    _ delivery: DeliveryID, of id: OrderID, to status: DeliveryStatus, actor: Actor, answer: AnswerSlot?,
    requestID: String
  ) -> Command {
    step(.move(delivery, to: status), of: id, actor: actor, answer: answer, requestID: requestID)
  }

  /// Makes the invoice of a delivery.
  public static func invoice(
    _ delivery: DeliveryID, of id: OrderID, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    step(.invoice(delivery), of: id, actor: actor, answer: answer, requestID: requestID)
  }

  /// Takes a payment of an invoice.
  public static func pay(
    _ invoice: InvoiceID, of id: OrderID, amount: Money, method: Text, actor: Actor, answer: AnswerSlot?,
    requestID: String
  ) -> Command {
    step(.pay(invoice, amount, method: method), of: id, actor: actor, answer: answer, requestID: requestID)
  }

  /// Takes an invoice back.
  public static func credit(
    _ invoice: InvoiceID, of id: OrderID, delivery: DeliveryID, _ draft: CreditDraft, actor: Actor,
    answer: AnswerSlot?, requestID: String
  ) -> Command {
    step(.credit(invoice, of: delivery, draft), of: id, actor: actor, answer: answer, requestID: requestID)
  }

  /// Rounds what an order of an older version asks for, so that it can be paid. For the hub itself; an order that is in
  /// order already is refused.
  public static func round(_ id: OrderID, actor: Actor, requestID: String) -> Command {
    step(.round, of: id, actor: actor, answer: nil, requestID: requestID)
  }

  /// Cancels an order, and what of it waits on deliveries, and gives its stock back.
  public static func cancel(
    _ id: OrderID, because reason: Text? = nil, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    step(.cancel(because: reason), of: id, actor: actor, answer: answer, requestID: requestID)
  }

  /// Cancels what is not on a delivery, and gives its stock back.
  public static func close(
    _ id: OrderID, because reason: Text? = nil, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    step(.close(because: reason), of: id, actor: actor, answer: answer, requestID: requestID)
  }
}
