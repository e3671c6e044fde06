/// Which of a run's orders one live client has heard of: how many, and their numbers added up.
struct HeardOrders: Sendable, Equatable {
  private(set) var count: Int64 = 0
  private(set) var numberSum: Int64 = 0
  /// How often it was told to load everything again: what it missed then does not come one by one.
  private(set) var resyncs = 0

  /// It was given the event of an order.
  mutating func hear(_ number: Int64) {
    count += 1
    numberSum &+= number
  }

  /// It was told to load everything again.
  mutating func resync() { resyncs += 1 }

  /// What came since an earlier state of this one.
  func since(_ earlier: HeardOrders) -> HeardOrders {
    var rest = self
    rest.count -= earlier.count
    rest.numberSum &-= earlier.numberSum
    rest.resyncs -= earlier.resyncs
    return rest
  }

  /// How many events it was not given, or was given too often, beside the orders that there are; at least one if they are
  /// as many but not the same. Of those orders of which nobody knows it may have heard or not.
  func mismatches(with orders: OrderBook.Stamped) -> Int64 {
    if count < orders.confirmed { return orders.confirmed - count }
    let most = orders.confirmed + orders.unknown
    if count > most { return count - most }
    return orders.unknown == 0 && numberSum != orders.numberSum ? 1 : 0
  }
}
