/// The discounts of an order as they were given: its own, and each item's own before it was spread over them.
///
/// An item's `discount` is both in one. Kept apart, so that the order's own can be spread again when items change.
public struct OrderDiscounts: Sendable, Equatable {
  /// The order's own.
  public var order: Money
  /// Each item's own, in the order of the items.
  public var items: [Money]
  /// Describes them.
  public init(order: Money, items: [Money]) {
    self.order = order
    self.items = items
  }
}

extension Order {
  /// What discounts it was given; nil if that is not known: it has some, and was made before they were kept apart.
  var knownDiscounts: OrderDiscounts? {
    if let discounts, discounts.items.count == items.count { return discounts }
    guard items.allSatisfy({ $0.discount == .zero }) else { return nil }
    return OrderDiscounts(order: .zero, items: items.map { _ in .zero })
  }
}
