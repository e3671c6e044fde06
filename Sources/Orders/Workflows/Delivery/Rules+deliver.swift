extension Rules {
  /// Puts quantities of an order on a new delivery: all of them, or none.
  ///
  /// The delivery's value is what its invoice says if deliveries are invoiced in the order they were made and none is
  /// cancelled in between; otherwise it may differ in the last unit until the invoice sets it.
  public static func deliver(
    _ draft: DeliveryDraft, of order: Order, in context: RuleContext
  ) throws(Refusal) -> Change {
    let workflow = try workflow(of: order, for: Event.deliver, in: context)
    let row = try permit(Event.deliver, of: order, by: workflow, in: context)
    guard order.deliveryCount < deliveryLimit else {
      throw .conflict(
        "too_many_deliveries", "An order may have \(deliveryLimit) deliveries, cancelled ones included.",
        facts: [.version(order.version)])
    }
    let lines = try DeliveryLines(draft.lines, of: order, problems: problems(of: draft))

    var next = order
    next.deliveryCount += 1
    var items: [DeliveryItem] = []
    items.reserveCapacity(lines.count)
    var value = ItemAmounts.zero
    for (place, quantity) in lines.quantities.enumerated() where quantity > 0 {
      let quantity = Quantity(millionths: quantity)
      let part = try next.items[place].putOnDelivery(quantity, isReceived: draft.status == .delivered, of: order)
      guard let sum = value.adding(part) else { throw .outOfStep("its amounts do not fit", of: order) }
      value = sum
      let item = next.items[place]
      items.append(DeliveryItem(itemID: item.id, productID: item.productID, name: item.name, quantity: quantity))
    }
    let date = draft.date ?? context.now
    let delivery = Delivery(
      id: context.ids.next(Delivery.self), orderID: order.id, tenantID: order.tenantID,
      number: "\(order.number)-D\(next.deliveryCount)", status: draft.status, items: items, value: value.total,
      date: date, day: context.day(date), notes: draft.notes, notesForCustomer: draft.notesForCustomer,
      createdBy: context.actor.user, createdAt: context.now, updatedAt: context.now,
      currency: order.currency)
    let events: [EventPayload] = [.deliveryCreated(delivery), .orderUpdated, .orderProgressUpdated]
    try next.settle(by: row, of: workflow, events: events.count, at: context.now)
    return Change(order: next, events: events, insertedDelivery: delivery, changedItems: items.map(\.itemID))
  }

  private static func problems(of draft: DeliveryDraft) -> FieldProblems {
    var problems = FieldProblems()
    if !(1...itemLimit).contains(draft.lines.count) {
      problems.add("items", "\(draft.lines.count) lines are not allowed; from 1 to \(itemLimit).")
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
