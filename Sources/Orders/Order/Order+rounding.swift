extension Order {
  /// Whether its invoices may ask for what nobody can pay: it was written before amounts had their currency's decimals,
  /// and nobody has rounded them yet.
  public var awaitsRounding: Bool {
    decimals == nil && currency.unit > 1 && rounding == nil
  }

  /// Rounds what is due on the invoices of an order that awaits it, once. `invoices` are all of it. Gives those that
  /// changed; none for any other order.
  ///
  /// An invoice stays as it was made; what it asks for is rounded. The running sum of all dues, in the order of the
  /// invoices, is rounded half up, and each asks for its step of that: so together they ask for what is owed, to less than
  /// one unit. Where nothing was invoiced yet and all amounts can be paid, the order gets its currency's decimals instead.
  public mutating func round(_ invoices: [Invoice], at now: Timestamp) throws(Refusal) -> [Invoice] {
    guard awaitsRounding else { return [] }
    let live = invoices.filter(\.isLive).sorted { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) }
    guard live.count == self.invoices.issued else {
      throw .outOfStep("it counts \(self.invoices.issued) invoices and has \(live.count)", of: self)
    }
    if live.isEmpty, isPayable, let items = itemsInUnits {
      decimals = currency.decimals
      self.items = items
      return []
    }
    var rounded: [Invoice] = []
    rounding = .zero
    for var invoice in live where invoice.due > .zero {
      try round(&invoice)
      guard invoice.rounding != .zero else { continue }
      if invoice.due == .zero { self.invoices.settled += 1 }
      invoice.updatedAt = now
      rounded.append(invoice)
    }
    settlePayment()
    return rounded
  }

  /// Rounds what an invoice asks for, after those before it: they have asked for `rounding` too much, or too little.
  mutating func round(_ invoice: inout Invoice) throws(Refusal) {
    guard decimals == nil, let carried = rounding else { return }
    let unit = Int128(currency.unit)
    let owed = Int128(invoice.due.units)
    // Below zero at most by half a unit, which rounds to nothing; by more only after an invoice was credited.
    let sum = max(0, owed - Int128(carried.units) + unit / 2)
    let asked = sum - sum % unit
    guard let rounding = Int64(exactly: asked - owed), let next = carried.adding(Money(units: rounding)) else {
      throw .outOfStep("its amounts do not fit", of: self)
    }
    invoice.rounding = Money(units: rounding)
    self.rounding = next
  }

  /// Its items as they are cut in whole units of its currency; nil if what is kept of them would then cost something else.
  private var itemsInUnits: [OrderItem]? {
    let allocation = Allocation(decimals: currency.decimals)
    let cut = items.map { item in
      var item = item
      item.allocation = allocation
      return item
    }
    return zip(items, cut).allSatisfy { $0.total == $1.total } ? cut : nil
  }

  /// Whether all amounts of it are whole units of its currency.
  private var isPayable: Bool {
    let amounts = items.flatMap { [$0.subtotal, $0.discount, $0.tax] } + [total, advance?.amount ?? .zero]
    return amounts.allSatisfy { $0.units % currency.unit == 0 }
  }
}
