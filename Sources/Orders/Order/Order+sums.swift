extension Order {
  /// Makes the order's sums those of what is kept of its items.
  mutating func sumUp() throws(Refusal) {
    var sum = ItemAmounts.zero
    for item in items {
      guard let part = item.keptAmounts, let total = sum.adding(part) else {
        throw .outOfStep("the amounts of item \(item.id) do not fit", of: self)
      }
      sum = total
    }
    subtotal = sum.subtotal
    discount = sum.discount
    tax = sum.tax
    total = sum.total
  }

  /// `paid` against `total`, as far as that can be paid. What costs nothing is paid.
  mutating func settlePayment() {
    let asked = total.adding(rounding ?? .zero) ?? total
    paymentStatus = paid >= asked ? .paid : paid > .zero ? .partiallyPaid : .unpaid
  }
}
