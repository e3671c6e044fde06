/// What some quantity of an item costs: no part is below zero, and the discount is never above the subtotal.
public struct ItemAmounts: Sendable, Equatable {
  /// Before discount and tax.
  public let subtotal: Money
  /// Taken off.
  public let discount: Money
  /// Added.
  public let tax: Money
  /// subtotal − discount + tax.
  public let total: Money

  /// Nothing.
  public static let zero = ItemAmounts(subtotal: .zero, discount: .zero, tax: .zero, total: .zero)

  private init(subtotal: Money, discount: Money, tax: Money, total: Money) {
    self.subtotal = subtotal
    self.discount = discount
    self.tax = tax
    self.total = total
  }

  /// Nil if the total does not fit.
  public init?(subtotal: Money, discount: Money, tax: Money) {
    guard let net = subtotal.subtracting(discount), let total = net.adding(tax) else { return nil }
    self.init(subtotal: subtotal, discount: discount, tax: tax, total: total)
  }

  /// Adds the parts; nil if one does not fit.
  func adding(_ other: ItemAmounts) -> ItemAmounts? {
    guard let subtotal = subtotal.adding(other.subtotal), let discount = discount.adding(other.discount),
      let tax = tax.adding(other.tax)
    else { return nil }
    return ItemAmounts(subtotal: subtotal, discount: discount, tax: tax)
  }

  /// Takes the parts off; nil if one does not fit.
  func subtracting(_ other: ItemAmounts) -> ItemAmounts? {
    guard let subtotal = subtotal.subtracting(other.subtotal), let discount = discount.subtracting(other.discount),
      let tax = tax.subtracting(other.tax)
    else { return nil }
    return ItemAmounts(subtotal: subtotal, discount: discount, tax: tax)
  }
}

extension OrderItem {
  /// What the first `quantity` of this item costs; nil unless 0 ≤ `quantity` ≤ the ordered quantity.
  ///
  /// Subtotal and tax are the rounded share of the quantity. The discount is the share *of the subtotal so far*: that
  /// keeps every step's discount between zero and the step's subtotal, where two shares of the quantity could leave a
  /// step with a total below zero.
  func amounts(upTo quantity: Quantity) -> ItemAmounts? {
    let base = self.quantity.millionths
    let part = quantity.millionths
    if part == base { return ItemAmounts(subtotal: subtotal, discount: discount, tax: tax) }
    guard let cost = allocation.share(of: subtotal.units, part: part, base: base),
      let added = allocation.share(of: tax.units, part: part, base: base), let off = discount(ofFirst: cost)
    else { return nil }
    return ItemAmounts(subtotal: Money(units: cost), discount: Money(units: off), tax: Money(units: added))
  }

  /// What the part of this item after the first `start` and up to `end` costs. Whatever the steps, they sum to the whole.
  func amounts(from start: Quantity, to end: Quantity) -> ItemAmounts? {
    guard start <= end, let before = amounts(upTo: start), let after = amounts(upTo: end) else { return nil }
    return after.subtracting(before)
  }

  /// The discount on the first so many units of the subtotal.
  private func discount(ofFirst cost: Int64) -> Int64? {
    discount == .zero ? 0 : allocation.share(of: discount.units, part: cost, base: subtotal.units)
  }

  // MARK: What is billed

  /// What its live invoices have billed; nil if it does not fit the item.
  var billedSoFar: ItemAmounts? { billed ?? amounts(upTo: invoiced) }

  /// What invoices add until `end` of the item is invoiced; nil if it does not fit the item.
  ///
  /// As a rule a step of the running share. After an invoice was credited the invoices that are left may be other steps
  /// than the first: the next one leads from what they sum to, to where the share would be, and never back below it. So
  /// all of an item is billed for what it costs, whatever was credited before, and no invoice is below zero.
  func amountsToBill(upTo end: Quantity) -> ItemAmounts? {
    guard let billed else { return amounts(from: invoiced, to: end) }
    guard let aim = amounts(upTo: end), fits(billed) else { return nil }
    let reached = max(aim.subtotal.units, billed.subtotal.units)
    let cost = reached - billed.subtotal.units
    guard let off = discount(ofFirst: reached) else { return nil }
    let open = (subtotal.units - discount.units) - (billed.subtotal.units - billed.discount.units)
    let most = min(cost, discount.units - billed.discount.units)
    let given = min(max(off - billed.discount.units, cost - open, 0), most)
    return ItemAmounts(
      subtotal: Money(units: cost), discount: Money(units: given),
      tax: Money(units: max(0, aim.tax.units - billed.tax.units)))
  }

  /// What the kept part costs once all of it is invoiced; nil if the item contradicts itself.
  var keptAmounts: ItemAmounts? {
    guard let billed else { return amounts(upTo: kept) }
    return amountsToBill(upTo: max(kept, invoiced)).flatMap(billed.adding)
  }

  /// Whether so much can have been billed: no part is below zero or above the whole one, nor is what is left of them.
  private func fits(_ billed: ItemAmounts) -> Bool {
    let parts = [(billed.subtotal, subtotal), (billed.discount, discount), (billed.tax, tax)]
    return parts.allSatisfy { .zero <= $0 && $0 <= $1 } && billed.discount <= billed.subtotal && discount <= subtotal
      && billed.subtotal.units - billed.discount.units <= subtotal.units - discount.units
  }
}
