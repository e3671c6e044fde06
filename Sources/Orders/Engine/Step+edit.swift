extension Step {
  /// Changes what an order was placed with, by its workflow's row for `edit`: the same for every workflow.
  ///
  /// `facts` has the products that the edit's lines name too, if it has lines. Stock follows the items where the row says
  /// how (`deductStock`, `reserveStock`), by the difference; an edit without lines moves none.
  ///
  /// Refuses with 403 whoever may not; with 409 what the state does not allow, `version_conflict` unless the order is
  /// still what the edit was meant for, and `total_too_low` what would cost less than was paid for it or invoiced; with 422
  /// each field that is wrong.
  public static func edit(
    _ edit: OrderEdit, _ input: StepInput, of order: Order, by workflow: Workflow, facts: StepFacts,
    in context: RuleContext
  ) throws(Refusal) -> Change {
    guard order.tenantID == context.actor.tenant else {
      throw .notFound("order_not_found", "There is no such order.")
    }
    var row = try permit(.edit, of: order, by: workflow, in: context)
    guard row.isEdit else { throw .noEdit(of: order) }
    guard edit.version == order.version else { throw .versionConflict(edit.version, order) }
    let isStaff = context.actor.role.sight == .business
    var problems = FieldProblems()
    edit.check(by: row, of: order, isStaff: isStaff, problems: &problems)
    input.check(by: row.input.filter { OrderEdit.Member($0.name.text) == nil }, problems: &problems)
    let editing = ItemEditing(edit, of: order, mayPrice: isStaff, problems: &problems)
    try problems.refuse()
    for condition in row.conditions { try condition.check(order, facts.parts, input, in: context) }

    var edited = order
    edit.applyHead(to: &edited)
    let changedItems = try editing.apply(
      to: &edited, products: facts.products, tracks: workflow.movesStock, ids: context.ids, problems: &problems)
    try problems.refuse()
    try edited.requireEnough(for: order)

    if edit.items == nil { row.effects.removeAll(where: \.movesStock) }
    var effects = Effects(of: row, on: edited, before: order.items, input: input, by: workflow, facts: facts)
    try effects.apply(in: context)
    var next = effects.order
    try next.requireNothingHeld(by: facts.held, moving: row.effects.first(where: \.movesStock))
    // What is gone of it has given back what it held.
    next.items.removeAll { $0.quantity == .zero }
    for index in next.items.indices {
      next.items[index].backordered = min(next.items[index].backordered, next.items[index].kept)
    }
    if next.total != order.total, order.paymentStatus.isOwed { next.settlePayment() }
    next.stand(in: try row.leads(to: nil, of: next, by: workflow), by: workflow)
    let events = row.announces.map(EventPayload.announcing) + next.told(of: order) + effects.told
    next.advance(by: events.count, at: context.now)
    var ledger = effects.ledgerRows(of: next, by: workflow, in: context)
    for index in ledger.indices { ledger[index].goBackWith(facts.held) }
    return Change(
      order: next, events: events, insertedParts: effects.book.inserted, changedParts: effects.book.changed,
      products: effects.products(at: context.now), ledger: ledger, changedItems: changedItems + effects.changedItems,
      endedJobs: effects.endedJobs, insertedJobs: effects.startedJobs, isEdit: true)
  }
}

extension OrderEdit {
  /// Adds what is wrong with it by a row: what that does not ask for, and each member by its rule.
  fileprivate func check(by row: WorkflowRow, of order: Order, isStaff: Bool, problems: inout FieldProblems) {
    let asked = row.input.compactMap { field in Member(field.name.text).map { (member: $0, field: field) } }
    for member in named where !asked.contains(where: { $0.member == member }) {
      let known = asked.map(\.member.rawValue).joined(separator: ", ")
      problems.add(
        member.rawValue,
        "Cannot be changed of an order that is \(order.status.rawValue); "
          + (known.isEmpty ? "nothing can." : "these can: \(known)."))
    }
    for (member, field) in asked where field.isRequired && !named.contains(member) {
      problems.add(member.rawValue, "Is required: \(field.kind.allowed).")
    }
    if !isStaff {
      for member in named where member.isStaffs { problems.add(member.rawValue, "Only staff may change it.") }
    }
    if let customer {
      problems.check(customer.name, .name, at: "customer.name")
      problems.check(customer.phone.new, .phone, at: "customer.phone")
      problems.check(customer.email.new, .email, at: "customer.email")
      problems.check(customer.address.new, .address, at: "customer.address")
    }
    problems.check(deliveryDate.new, at: "deliveryDate")
    if let discount { problems.check(discount, at: "discount") }
    for (member, text) in [(Member.notes, notes.new), (.notesForCustomer, notesForCustomer.new)] {
      guard let text, let field = asked.first(where: { $0.member == member })?.field,
        let problem = field.kind.problem(with: .text(text))
      else { continue }
      problems.add(member.rawValue, problem)
    }
  }

  /// Puts all but the items and prices in the place of what there is.
  fileprivate func applyHead(to order: inout Order) {
    if let customer {
      if let name = customer.name { order.customer.name = name }
      order.customer.phone = customer.phone.applied(to: order.customer.phone)
      order.customer.email = customer.email.applied(to: order.customer.email)
      order.customer.address = customer.address.applied(to: order.customer.address)
    }
    order.deliveryDate = deliveryDate.applied(to: order.deliveryDate)
    order.notes = notes.applied(to: order.notes)
    order.notesForCustomer = notesForCustomer.applied(to: order.notesForCustomer)
  }
}

extension Order {
  /// What is told of an edit that has made it of this order, beside the stock.
  fileprivate func told(of before: Order) -> [EventPayload] {
    var told: [EventPayload] = [.orderEdited(OrderChanges(from: before, to: self))]
    if status != before.status || progress != before.progress { told.append(.orderProgressUpdated) }
    if paymentStatus != before.paymentStatus { told.append(.orderPaymentUpdated) }
    return told
  }

  /// Refuses that goods are held for an item which is gone: nothing would ever give them back. `effect` is how the row
  /// moves stock, if it does.
  fileprivate func requireNothingHeld(by held: StockHoldings, moving effect: WorkflowEffect?) throws(Refusal) {
    for item in items where item.tracked && item.quantity == .zero {
      let holding = held[item.productID]
      let isHeld: Bool
      switch effect {
      case .deductStock, .restoreStock: isHeld = false
      case .reserveStock, .releaseStock: isHeld = holding.taken > .zero
      default: isHeld = holding.taken > .zero || holding.reserved > .zero
      }
      if isHeld, !items.contains(where: { $0.productID == item.productID && $0.quantity > .zero }) {
        throw .conflict(
          "stock_held",
          "\(item.name.start(64)) cannot be taken off order \(number): it has stock, which the edit moves none of.",
          facts: [.status(status.rawValue), .version(version)])
      }
    }
  }

  /// Refuses that it costs less than was paid for it, or invoiced; unless it does not cost less than before.
  fileprivate func requireEnough(for before: Order) throws(Refusal) {
    guard total < before.total, let asked = total.adding(rounding ?? .zero) else { return }
    var invoiced = Money.zero
    for item in items where item.invoiced > .zero {
      guard let billed = item.billedSoFar?.total, let sum = invoiced.adding(billed) else {
        throw .outOfStep("the amounts of item \(item.id) do not fit", of: before)
      }
      invoiced = sum
    }
    let least = max(paid, invoiced)
    guard asked < least, let excess = least.subtracting(asked) else { return }
    throw .conflict(
      "total_too_low",
      "Order \(number) would cost \(asked.decimal) \(currency.code), which is \(excess.decimal) less than the \(least.decimal) that \(paid < invoiced ? "is invoiced" : "was paid") already.",
      facts: [.excess(excess), .status(before.status.rawValue), .version(before.version)])
  }
}

extension PaymentStatus {
  /// Whether it follows what is owed and paid, and nothing was paid back.
  fileprivate var isOwed: Bool {
    switch self {
    case .unpaid, .partiallyPaid, .paid: true
    case .partiallyRefunded, .refunded: false
    }
  }
}

extension LedgerRow {
  /// Has what is set aside of a further product go back when the rest of the order does.
  fileprivate mutating func goBackWith(_ held: StockHoldings) {
    guard reserved > .zero, hold?.expiresAt == nil, held[productID].reserved == .zero else { return }
    hold?.expiresAt = held.reserving.lazy.compactMap { held[$0].expiresAt }.first
  }
}

extension Refusal {
  /// The code of what an edit refuses that was meant for another version of the order.
  public static let versionConflict = "version_conflict"

  fileprivate static func versionConflict(_ meant: Int64, _ order: Order) -> Refusal {
    .conflict(
      versionConflict, "Order \(order.number) is at version \(order.version), not \(meant).",
      facts: [.status(order.status.rawValue), .version(order.version)])
  }

  /// The workflow's `edit` is an event of its own, which changes nothing of what an order was placed with.
  fileprivate static func noEdit(of order: Order) -> Refusal {
    .conflict(
      "transition_not_allowed",
      "By the workflow \(order.workflow.rawValue.start(64)) nothing of order \(order.number) can be edited; its actions say what it allows.",
      facts: [.status(order.status.rawValue), .version(order.version)])
  }
}
