/// What some quantity of an item costs: no part is below zero, and the discount is never above the subtotal.
struct ItemAmounts: Equatable {
  var subtotal: Money
  var discount: Money
  var tax: Money
  /// subtotal − discount + tax.
  var total: Money

  static let zero = ItemAmounts(subtotal: .zero, discount: .zero, tax: .zero, total: .zero)

  init(subtotal: Money, discount: Money, tax: Money, total: Money) {
    self.subtotal = subtotal
    self.discount = discount
    self.tax = tax
    self.total = total
  }

  /// Nil if the total does not fit.
  init?(subtotal: Money, discount: Money, tax: Money) {
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
}

extension OrderItem {
  /// What the first `quantity` of this item costs; nil unless 0 ≤ `quantity` ≤ the ordered quantity.
  ///
  /// Subtotal and tax are the floor of their share. The discount is the floor of its share *of the subtotal so far*:
  /// that keeps every step's discount between zero and the step's subtotal, where two floors of the quantity
  /// could leave a step with a total of −10⁻⁸.
  func amounts(upTo quantity: Quantity) -> ItemAmounts? {
    let base = self.quantity.millionths
    let part = quantity.millionths
    if part == base { return ItemAmounts(subtotal: subtotal, discount: discount, tax: tax) }
    guard let cost = Share.floor(of: subtotal.units, part: part, base: base),
      let added = Share.floor(of: tax.units, part: part, base: base)
    else { return nil }
    let off = discount == .zero ? 0 : Share.floor(of: discount.units, part: cost, base: subtotal.units)
    guard let off else { return nil }
    return ItemAmounts(subtotal: Money(units: cost), discount: Money(units: off), tax: Money(units: added))
  }

  /// What the part of this item after the first `start` and up to `end` costs. Whatever the steps, they sum to the whole.
  func amounts(from start: Quantity, to end: Quantity) -> ItemAmounts? {
    guard start <= end, let before = amounts(upTo: start), let after = amounts(upTo: end),
      let subtotal = after.subtotal.subtracting(before.subtotal),
      let discount = after.discount.subtracting(before.discount), let tax = after.tax.subtracting(before.tax)
    else { return nil }
    return ItemAmounts(subtotal: subtotal, discount: discount, tax: tax)
  }
}
