/// Puts quantities of an order on a new delivery: all of them, or none.
///
/// The delivery's value is what its invoice says if deliveries are invoiced in the order they were made and none is
/// cancelled in between; otherwise it may differ in the last unit until the invoice sets it.
struct DeliverRule: DeliveryRule {
  /// What goes out.
  let draft: DeliveryDraft

  var event: WorkflowEvent { DeliveryWorkflow.Event.deliver }
  var lineCount: Int { draft.lines.count }
  var answer: StepAnswer { .newDelivery }
  var input: StepInput {
    var values = Particulars()
    values[DeliveryField.status] = .text(Text(draft.status.rawValue))
    values[DeliveryField.date] = draft.date.map(Particular.time)
    values[DeliveryField.notes] = draft.notes.map(Particular.text)
    values[DeliveryField.notesForCustomer] = draft.notesForCustomer.map(Particular.text)
    return StepInput(values, items: draft.lines)
  }

  func decide(_ outcome: inout RuleOutcome, _ facts: StepFacts, in context: RuleContext) throws(Refusal) {
    let order = outcome.order
    guard order.deliveryCount < Rules.deliveryLimit else {
      throw .conflict(
        "too_many_deliveries", "An order may have \(Rules.deliveryLimit) deliveries, cancelled ones included.",
        facts: [.version(order.version)])
    }
    let lines = try DeliveryLines(draft.lines, of: order, problems: problems)
    outcome.order.deliveryCount += 1
    var items: [DeliveryItem] = []
    items.reserveCapacity(lines.count)
    var value = ItemAmounts.zero
    for (place, quantity) in lines.quantities.enumerated() where quantity > 0 {
      let quantity = Quantity(millionths: quantity)
      let part = try outcome.order.items[place].putOnDelivery(
        quantity, isReceived: draft.status == .delivered, of: order)
      guard let sum = value.adding(part) else { throw .outOfStep("its amounts do not fit", of: order) }
      value = sum
      let item = outcome.order.items[place]
      items.append(DeliveryItem(itemID: item.id, productID: item.productID, name: item.name, quantity: quantity))
    }
    let date = draft.date ?? context.now
    let delivery = Delivery(
      id: context.ids.next(Delivery.self), orderID: order.id, tenantID: order.tenantID,
      number: "\(order.number)-D\(outcome.order.deliveryCount)", status: draft.status, items: items,
      value: value.total, date: date, day: context.day(date), notes: draft.notes,
      notesForCustomer: draft.notesForCustomer, createdBy: context.actor.user, createdAt: context.now,
      updatedAt: context.now, currency: order.currency)
    outcome.insertedDelivery = delivery
    outcome.changedItems = items.map(\.itemID)
    outcome.events = [.deliveryCreated(delivery)]
    outcome.later = [.orderProgressUpdated]
    outcome.status = outcome.order.derivedStatus
  }

  /// What is wrong with the draft, but for its quantities.
  private var problems: FieldProblems {
    var problems = FieldProblems()
    if !(1...Rules.itemLimit).contains(draft.lines.count) {
      problems.add("items", "\(draft.lines.count) lines are not allowed; from 1 to \(Rules.itemLimit).")
    }
    problems.check(draft.notes, .notes, at: "notes")
    problems.check(draft.notesForCustomer, .notes, at: "notesForCustomer")
    problems.check(draft.date, at: "date")
    if !DeliveryStatus.beginnings.contains(draft.status) {
      problems.add("status", "A delivery cannot begin as \(draft.status.rawValue); pending, dispatched or delivered.")
    }
    return problems
  }
}

extension OrderItem {
  /// Adds to `delivered`, and to `received` if it was handed over; gives what the part costs.
  fileprivate mutating func putOnDelivery(
    _ quantity: Quantity, isReceived: Bool, of order: Order
  ) throws(Refusal) -> ItemAmounts {
    guard let delivered = delivered.adding(quantity), delivered <= kept,
      let part = amounts(from: self.delivered, to: delivered),
      let received = isReceived ? received.adding(quantity) : received
    else { throw .outOfStep("the quantities of item \(id) contradict each other", of: order) }
    self.delivered = delivered
    self.received = received
    return part
  }
}
