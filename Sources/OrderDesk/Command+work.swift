import Orders

extension Command {
  /// What a command takes whatever it is about, in items: its share of a transaction, its answer, its tallies.
  static let baseWork = 4
  /// What a command is taken to need that all deliveries of its order must be read for.
  static let deliveriesWork = 32
  /// How many items an order is taken to have of which nothing is known.
  static let usualItems = 12

  /// How much is to be done, in items: to be read, written, encoded in each event and told Redis. `orderItems` is how
  /// many items the order has that it is about, nil if that is not known; a new order has what the command brings.
  func work(orderItems: Int?) -> Int {
    let rest = Self.baseWork + lines + (needs.allDeliveries ? Self.deliveriesWork : 0)
    switch subject {
    case .newOrder, .product: return rest
    case .order: return rest + (orderItems ?? Self.usualItems)
    }
  }

  /// The same, now that what it needs lies on the desk.
  func work(on table: borrowing Desktop) -> Int {
    guard let id = subject.order, let order = table.orders[id]?.value else { return work(orderItems: 0) }
    let work = work(orderItems: order.items.count)
    guard needs.allDeliveries else { return work }
    // Each is written again, if it is cancelled.
    return work + table.lines(ofDeliveriesOf: id)
  }
}
