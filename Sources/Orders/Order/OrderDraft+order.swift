extension OrderDraft {
  /// The order, priced, in the state that it begins in and before any effect. `version` is that of a tenant's own
  /// definition; `tracks` says whether its items follow the catalogue's stock. Refuses what is wrong with the draft, and what
  /// `problems` have already.
  func order(
    in status: Status, of version: Int64?, number: String, products: [Text: Product], tracks: Bool,
    problems: inout FieldProblems, in context: RuleContext
  ) throws(Refusal) -> Order {
    let pricing = priced(products: products, tracks: tracks, problems: &problems, in: context)
    try problems.refuse()
    return Order(
      id: context.ids.next(Order.self), tenantID: context.actor.tenant, number: number, workflow: workflow,
      status: status, paymentStatus: .unpaid, version: 0, currency: currency, customer: customer,
      items: pricing.items, subtotal: pricing.sum.subtotal, discount: pricing.sum.discount, tax: pricing.sum.tax,
      total: pricing.sum.total, paid: paidAdvance?.amount ?? .zero, advance: paidAdvance, advanceApplied: .zero,
      invoices: InvoiceCount(), deliveryCount: 0, notes: notes, notesForCustomer: notesForCustomer,
      deliveryDate: deliveryDate, createdBy: context.actor.user, createdAt: context.now, updatedAt: context.now,
      decimals: currency.decimals, workflowVersion: version,
      kiosk: context.actor.role == .kiosk ? context.actor.user : nil, discounts: pricing.discounts)
  }

  /// Its items with their prices, and their sums. What is wrong with the draft goes to `problems`; then the rest is
  /// meaningless.
  func priced(
    products: [Text: Product], tracks: Bool, problems: inout FieldProblems, in context: RuleContext
  ) -> Pricing {
    check(&problems)
    let pricing = Pricing(self, products: products, tracks: tracks, ids: context.ids, problems: &problems)
    if problems.list.isEmpty, let advance = paidAdvance, advance.amount > pricing.sum.total {
      problems.add(
        "advance.amount", "\(advance.amount.decimal) is more than the order costs: \(pricing.sum.total.decimal).")
    }
    return pricing
  }

  private func check(_ problems: inout FieldProblems) {
    if let id = customer.id, UserID(id) == nil {
      problems.add("customer.id", "Not a user name: 1 to 128 bytes of printable ASCII without spaces.")
    }
    problems.check(customer.name, .name, at: "customer.name")
    problems.check(customer.phone, .phone, at: "customer.phone")
    problems.check(customer.email, .email, at: "customer.email")
    problems.check(customer.address, .address, at: "customer.address")
    problems.check(notes, .notes, at: "notes")
    problems.check(notesForCustomer, .notes, at: "notesForCustomer")
    problems.check(deliveryDate, at: "deliveryDate")
    problems.check(discount, at: "discount")
    if currency.decimals == nil {
      problems.add("currency", "\(currency.code) is not known; allowed is \(Currency.allowed).")
    }
    if let advance = paidAdvance {
      problems.checkPaid(advance.amount, in: currency, at: "advance.amount")
      problems.check(advance.method, .method, at: "advance.method")
    }
    if !(1...Rules.itemLimit).contains(items.count) {
      problems.add("items", "\(items.count) items are not allowed; from 1 to \(Rules.itemLimit).")
    }
  }

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
