extension OrderItem {
  /// What is neither cancelled nor on a delivery; never below zero.
  public var remaining: Quantity { Quantity(millionths: max(0, kept.millionths &- delivered.millionths)) }

  /// What the customer pays for the part that is kept (quantity − cancelled), discount and tax included.
  ///
  /// `subtotal`, `discount` and `tax` are over the whole ordered quantity; a part of an item costs its share of each.
  public var total: Money { keptAmounts?.total ?? .zero }

  /// What was ordered and not cancelled; never below zero.
  var kept: Quantity { Quantity(millionths: max(0, quantity.millionths &- cancelled.millionths)) }
}

extension Order {
  /// floor(100 × on deliveries ÷ (ordered − cancelled)) over all items' units: 100 only when nothing remains.
  public var progress: Int {
    let sums = self.sums
    guard sums.kept > 0, sums.delivered > 0 else { return 0 }
    return Int(truncatingIfNeeded: min(sums.delivered, sums.kept) * 100 / sums.kept)
  }

  /// How much of the order the customer holds.
  public var fulfilment: Fulfilment {
    let sums = self.sums
    if sums.received <= 0 { return .unfulfilled }
    if sums.returned >= sums.received { return .returned }
    return sums.received - sums.returned >= sums.kept ? .fulfilled : .partial
  }

  /// The items' quantities, each summed. 128 bits, because a hundredfold of the largest order does not fit 64.
  var sums: QuantitySums {
    var sums = QuantitySums()
    for item in items {
      sums.kept += Int128(item.kept.millionths)
      sums.delivered += Int128(item.delivered.millionths)
      sums.received += Int128(item.received.millionths)
      sums.returned += Int128(item.returned.millionths)
      sums.invoiced += Int128(item.invoiced.millionths)
    }
    return sums
  }
}

/// An order's quantities in millionths, summed over its items.
struct QuantitySums {
  var kept: Int128 = 0
  var delivered: Int128 = 0
  var received: Int128 = 0
  var returned: Int128 = 0
  var invoiced: Int128 = 0
}
