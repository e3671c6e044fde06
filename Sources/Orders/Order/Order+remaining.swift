/// How much of a product an order still waits for, over all its items of that product.
public struct ProductRemaining: Sendable, Equatable {
  /// The product.
  public var productID: Text
  /// What was ordered and not cancelled.
  public var total: Quantity
  /// What is on deliveries that are not cancelled.
  public var delivered: Quantity
  /// total − delivered; never below zero.
  public var remaining: Quantity
  /// Names a product.
  public init(productID: Text, total: Quantity, delivered: Quantity, remaining: Quantity) {
    self.productID = productID
    self.total = total
    self.delivered = delivered
    self.remaining = remaining
  }
}

extension Order {
  /// What remains of each product, in the order in which the products first appear.
  public var remainingByProduct: [ProductRemaining] {
    var result: [ProductRemaining] = []
    result.reserveCapacity(items.count)
    var places = ProductPlaces()
    for item in items {
      if let place = places[item.productID] {
        result[place].add(item)
      } else {
        places.append(item.productID)
        var product = ProductRemaining(productID: item.productID, total: .zero, delivered: .zero, remaining: .zero)
        product.add(item)
        result.append(product)
      }
    }
    return result
  }
}

extension ProductRemaining {
  /// An order's 500 items of at most 10¹⁵ millionths each fit 64 bits.
  fileprivate mutating func add(_ item: OrderItem) {
    total = Quantity(millionths: total.millionths &+ item.kept.millionths)
    delivered = Quantity(millionths: delivered.millionths &+ item.delivered.millionths)
    remaining = Quantity(millionths: remaining.millionths &+ item.remaining.millionths)
  }
}
