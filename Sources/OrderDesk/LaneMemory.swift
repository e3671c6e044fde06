import HubContracts
import Orders

/// What a lane remembers of its last writes, so that it need not read them again. Versions guard against its age.
struct LaneMemory {
  private var orders: [OrderID: Order] = [:]
  private var items = 0
  private let itemsLimit: Int
  private var tallies: [TallyScope: TallyShard] = [:]
  private var orderNumbers: [Desktop.NumberKey: Range<Int64>] = [:]
  /// How many tallies are remembered; a lane writes few tenants' few days at a time.
  private static let talliesLimit = 1_000

  init(itemsLimit: Int) { self.itemsLimit = itemsLimit }

  func order(_ id: OrderID) -> Order? { orders[id] }
  func tally(_ scope: TallyScope) -> TallyShard? { tallies[scope] }

  mutating func remember(_ order: Order) {
    if let old = orders.removeValue(forKey: order.id) { items -= old.items.count }
    guard order.items.count <= itemsLimit / 8 else { return }
    // Whichever comes first makes room: cheaper than keeping an order of use, and all of it can be read again.
    while items + order.items.count > itemsLimit, let victim = orders.first {
      orders.removeValue(forKey: victim.key)
      items -= victim.value.items.count
    }
    orders[order.id] = order
    items += order.items.count
  }

  mutating func remember(_ shard: TallyShard) {
    if tallies.count >= Self.talliesLimit { tallies = [:] }
    tallies[shard.scope] = shard
  }

  mutating func forget(_ ids: some Sequence<OrderID>) {
    for id in ids { if let old = orders.removeValue(forKey: id) { items -= old.items.count } }
  }

  mutating func forgetTallies() { tallies = [:] }

  // MARK: Order numbers that are taken and not yet given

  func numbersLeft(_ key: Desktop.NumberKey) -> Int { orderNumbers[key]?.count ?? 0 }

  /// Puts numbers in the place of those that were too few.
  mutating func remember(numbers: Range<Int64>, _ key: Desktop.NumberKey) {
    if orderNumbers.count >= Self.talliesLimit { orderNumbers = [:] }
    orderNumbers[key] = numbers
  }

  /// The next `count` numbers, of at least as many that are left.
  mutating func takeNumbers(_ count: Int, _ key: Desktop.NumberKey) -> Range<Int64> {
    guard let left = orderNumbers[key], left.count >= count else {
      preconditionFailure("\(count) order numbers of \(numbersLeft(key))")
    }
    orderNumbers[key] = left.dropFirst(count)
    return left.prefix(count)
  }
}
