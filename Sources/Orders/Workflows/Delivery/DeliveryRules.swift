/// The rules of deliveries and invoices: what the table of a workflow cannot say whose goods leave in as many deliveries as
/// it takes. One value an event; they share this name.
struct DeliveryRules: WorkflowRules {
  static let name: Text = "deliveries"
  private typealias Event = DeliveryWorkflow.Event

  var name: Text { Self.name }
  let events = [
    Event.deliver, Event.moveDelivery, Event.invoice, Event.pay, Event.credit, Event.cancel, Event.close,
  ]
  let keepsStockByItems = true

  func rule(for event: WorkflowEvent, _ input: StepInput) throws(Refusal) -> (any WorkflowRule)? {
    let given = input.values
    switch event {
    case Event.deliver:
      var draft = DeliveryDraft(lines: input.items ?? [], notes: given.text(DeliveryField.notes))
      draft.date = given.time(DeliveryField.date)
      draft.notesForCustomer = given.text(DeliveryField.notesForCustomer)
      if let status = given.deliveryStatus { draft.status = status }
      return DeliverRule(draft: draft)
    case Event.moveDelivery:
      guard let status = given.deliveryStatus else { return nil }
      return MoveDeliveryRule(delivery: try given.delivery(), status: status)
    case Event.invoice: return InvoiceRule(delivery: try given.delivery())
    case Event.pay:
      guard case .money(let amount) = given[DeliveryField.amount], let method = given.text(DeliveryField.method) else {
        return nil
      }
      return PayRule(invoice: try given.invoice(), amount: amount, method: method)
    case Event.credit:
      let draft = CreditDraft(
        reason: given.text(DeliveryField.reason), refundMethod: given.text(DeliveryField.refundMethod))
      return CreditRule(invoice: try given.invoice(), delivery: try given.delivery(), draft: draft)
    case Event.cancel: return CancelRule(reason: given.text(DeliveryField.reason))
    case Event.close: return CloseRule(reason: given.text(DeliveryField.reason))
    default: return nil
    }
  }

  func status(of order: Order) -> Status { order.derivedStatus }

  func facts(of order: Order) -> [Fact] { [.remaining(order.remainingByProduct)] }
}

/// One of them.
protocol DeliveryRule: WorkflowRule {}

extension DeliveryRule {
  var rules: Text { DeliveryRules.name }
}

extension StepAsk {
  /// Puts goods of an order on a delivery.
  public static func deliver(_ draft: DeliveryDraft) -> StepAsk { StepAsk(DeliverRule(draft: draft)) }
  /// Moves a delivery on.
  public static func move(_ delivery: DeliveryID, to status: DeliveryStatus) -> StepAsk {
    StepAsk(MoveDeliveryRule(delivery: delivery, status: status))
  }
  /// Makes the invoice of a delivery.
  public static func invoice(_ delivery: DeliveryID) -> StepAsk { StepAsk(InvoiceRule(delivery: delivery)) }
  /// Takes a payment of an invoice.
  public static func pay(_ invoice: InvoiceID, _ amount: Money, method: Text) -> StepAsk {
    StepAsk(PayRule(invoice: invoice, amount: amount, method: method))
  }
  /// Takes an invoice back, which is that of this delivery.
  public static func credit(_ invoice: InvoiceID, of delivery: DeliveryID, _ draft: CreditDraft) -> StepAsk {
    StepAsk(CreditRule(invoice: invoice, delivery: delivery, draft: draft))
  }
  /// Rounds what an order of an older version asks for, so that it can be paid.
  public static let round = StepAsk(RoundRule())
  /// Takes a whole order back, and gives its stock back.
  public static func cancel(because reason: Text?) -> StepAsk { StepAsk(CancelRule(reason: reason)) }
  /// Takes back what is not on a delivery, and gives its stock back.
  public static func close(because reason: Text?) -> StepAsk { StepAsk(CloseRule(reason: reason)) }
}

extension StepAnswer {
  static let newDelivery = StepAnswer(isNew: true, [.delivery])
  static let delivery = StepAnswer(isNew: false, [.delivery])
  static let newInvoice = StepAnswer(isNew: true, [.invoice, .delivery])
  static let newPayment = StepAnswer(isNew: true, [.invoice])
  static let newCreditNote = StepAnswer(isNew: true, [.creditNote, .invoice, .delivery])
}

extension StepNeeds {
  /// A delivery.
  static func of(_ delivery: DeliveryID) -> StepNeeds {
    var needs = StepNeeds()
    needs.delivery = delivery
    return needs
  }
}

extension StepFacts {
  /// The delivery, if the order has it.
  func delivery(_ id: DeliveryID, of order: Order) throws(Refusal) -> Delivery {
    guard let delivery = deliveries.first(where: { $0.id == id && $0.orderID == order.id }) else {
      throw .noSuch("delivery")
    }
    return delivery
  }

  /// The invoice, if the order has it.
  func invoice(_ id: InvoiceID, of order: Order) throws(Refusal) -> Invoice {
    guard let invoice = invoices.first(where: { $0.id == id && $0.orderID == order.id }) else {
      throw .noSuch("invoice")
    }
    return invoice
  }
}

extension Refusal {
  /// The order has none such.
  static func noSuch(_ what: String) -> Refusal { .notFound("\(what)_not_found", "The order has no such \(what).") }
}
