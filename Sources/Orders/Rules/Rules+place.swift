extension Rules {
  /// Makes an order. Stock of products in the catalogue goes down, below zero if need be; other products are taken as
  /// they are given.
  ///
  /// `products` are the catalogue's of the draft's ids, as far as they exist. Refuses with every field that is wrong.
  public static func place(
    _ draft: OrderDraft, number: String, products: [Text: Product], in context: RuleContext
  ) throws(Refusal) -> Change {
    var problems = FieldProblems()
    let workflow = context.workflows.workflow(draft.workflow, version: nil, of: context.actor.tenant)
    let row = try workflow?.permit(Event.place, from: nil, role: context.actor.role)
    if row == nil {
      let names = context.workflows.workflows(of: context.actor.tenant).names
      let known = names.map(\.rawValue.string).joined(separator: ", ")
      problems.add("workflow", "\(draft.workflow.rawValue.start(64)) is not known; known are: \(known).")
    }
    let tracks = row?.effects.contains(.deductStock) ?? false
    var order = try order(
      draft, number: number, products: products, tracks: tracks, problems: &problems, in: context)
    var stock = StockBook(.deducted)
    for index in order.items.indices {
      let item = order.items[index]
      order.items[index].backordered = try stock.deduct(
        item, from: item.tracked ? products[item.productID] : nil)
    }
    let events: [EventPayload] = [.orderCreated, .inventoryReduced(stock.affected)]
    order.settlePayment()
    order.advance(by: events.count, at: context.now)
    if let workflow, let row {
      // One that an order begins in, or one of several that is derived.
      let first = row.targets.count == 1 ? row.targets[0] : order.derivedStatus
      order.stand(in: try row.leads(to: first), by: workflow)
    }
    return Change(
      order: order, events: events, products: stock.products(at: context.now),
      ledger: stock.rows(of: order.id, in: context), changedItems: order.items.map(\.id))
  }

  /// The order of a draft, priced, without a status and before any effect. Refuses what is wrong with the draft, and what
  /// `problems` have already.
  static func order(
    _ draft: OrderDraft, version: Int64? = nil, number: String, products: [Text: Product], tracks: Bool,
    problems: inout FieldProblems, in context: RuleContext
  ) throws(Refusal) -> Order {
    check(draft, problems: &problems)
    let pricing = Pricing(draft, products: products, tracks: tracks, ids: context.ids, problems: &problems)
    if problems.list.isEmpty, let advance = draft.paidAdvance, advance.amount > pricing.sum.total {
      problems.add(
        "advance.amount", "\(advance.amount.decimal) is more than the order costs: \(pricing.sum.total.decimal).")
    }
    try problems.refuse()
    return order(draft, version: version, number: number, pricing: pricing, in: context)
  }

  private static func check(_ draft: OrderDraft, problems: inout FieldProblems) {
    let customer = draft.customer
    if let id = customer.id, UserID(id) == nil {
      problems.add("customer.id", "Not a user name: 1 to 128 bytes of printable ASCII without spaces.")
    }
    problems.check(customer.name, .name, at: "customer.name")
    problems.check(customer.phone, .phone, at: "customer.phone")
    problems.check(customer.email, .email, at: "customer.email")
    problems.check(customer.address, .address, at: "customer.address")
    problems.check(draft.notes, .notes, at: "notes")
    problems.check(draft.notesForCustomer, .notes, at: "notesForCustomer")
    problems.check(draft.deliveryDate, at: "deliveryDate")
    problems.check(draft.discount, at: "discount")
    if draft.currency.decimals == nil {
      problems.add("currency", "\(draft.currency.code) is not known; allowed is \(Currency.allowed).")
    }
    if let advance = draft.paidAdvance {
      problems.checkPaid(advance.amount, in: draft.currency, at: "advance.amount")
      problems.check(advance.method, .method, at: "advance.method")
    }
    if !(1...itemLimit).contains(draft.items.count) {
      problems.add("items", "\(draft.items.count) items are not allowed; from 1 to \(itemLimit).")
    }
  }

  private static func order(
    _ draft: OrderDraft, version: Int64?, number: String, pricing: Pricing, in context: RuleContext
  ) -> Order {
    Order(
      id: context.ids.next(Order.self), tenantID: context.actor.tenant, number: number, workflow: draft.workflow,
      status: State.open, paymentStatus: .unpaid, version: 0, currency: draft.currency, customer: draft.customer,
      items: pricing.items, subtotal: pricing.sum.subtotal, discount: pricing.sum.discount, tax: pricing.sum.tax,
      total: pricing.sum.total, paid: draft.paidAdvance?.amount ?? .zero, advance: draft.paidAdvance,
      advanceApplied: .zero,
      invoices: InvoiceCount(), deliveryCount: 0, notes: draft.notes, notesForCustomer: draft.notesForCustomer,
      deliveryDate: draft.deliveryDate,
      createdBy: context.actor.user, createdAt: context.now, updatedAt: context.now,
      decimals: draft.currency.decimals, workflowVersion: version, discounts: pricing.discounts)
  }
}

extension OrderDraft {
  /// Whoever does not run the business says what, and not for how much.
  func checkUnpriced(_ problems: inout FieldProblems) {
    let rule = "Only staff may say it; the catalogue's is taken."
    for (index, item) in items.prefix(Rules.itemLimit).enumerated() {
      if item.unitPrice != nil { problems.add("items[\(index)].unitPrice", rule) }
      if item.discount != .zero { problems.add("items[\(index)].discount", rule) }
      if item.taxRate != nil { problems.add("items[\(index)].taxRate", rule) }
      if item.name != nil { problems.add("items[\(index)].name", rule) }
    }
    if discount != .zero { problems.add("discount", "Only staff may give one.") }
    if advance != nil { problems.add("advance", "Only staff may take one.") }
    if notesForCustomer != nil { problems.add("notesForCustomer", "Only staff may write them.") }
  }

  /// The advance, if something is paid: tills send one of 0 with every order.
  fileprivate var paidAdvance: Advance? { advance.flatMap { $0.amount == .zero ? nil : $0 } }
}
