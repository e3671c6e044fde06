import HubContracts
import HubRuntime
import Orders

/// What a desk remembers of its last writes, so that it need not read them again, and the order numbers that it has taken
/// and not yet given. Versions guard against its age.
final class DeskMemory: Sendable {
  private struct Share {
    var orders: Set<OrderID> = []
    var items = 0
  }

  private struct State {
    var orders: [OrderID: Order] = [:]
    var items = 0
    /// Each tenant's orders of these, and how many items they have.
    var shares: [TenantID: Share] = [:]
    /// How many items orders have, of more orders than are kept.
    var itemCounts: [OrderID: Int] = [:]
    var numbers: [Desktop.NumberKey: [Range<Int64>]] = [:]
  }

  private let state = Locked(State())
  private let itemsLimit: Int
  /// How many tenants' numbers, and how many ranges of each, are kept; what does not fit is a gap.
  private static let numberKeysLimit = 1_000
  private static let rangesLimit = 16
  /// Of how many orders it is known how many items they have.
  private static let itemCountsLimit = 50_000

  init(itemsLimit: Int) { self.itemsLimit = itemsLimit }

  /// The order as it was last written here.
  func order(_ id: OrderID) -> Order? { state.with { $0.orders[id] } }

  /// How many items an order had when it was last seen here.
  func itemCount(of id: OrderID) -> Int? { state.with { $0.itemCounts[id] } }

  /// Notes how many items orders have.
  func note(_ orders: [Order]) {
    state.with { state in for order in orders { Self.note(order, &state) } }
  }

  private static func note(_ order: Order, _ state: inout State) {
    if state.itemCounts.count >= itemCountsLimit { state.itemCounts = [:] }
    state.itemCounts[order.id] = order.items.count
  }

  /// Remembers what was written. A tenant that has more than others have on average makes room among its own orders.
  func remember(_ written: [Order]) {
    state.with { state in
      for order in written {
        Self.forget(order.id, &state)
        Self.note(order, &state)
        let count = order.items.count
        guard count <= itemsLimit / 8 else { continue }
        while state.items + count > itemsLimit, let victim = Self.victim(for: order.tenantID, state) {
          Self.forget(victim, &state)
        }
        state.orders[order.id] = order
        state.items += count
        state.shares[order.tenantID, default: Share()].orders.insert(order.id)
        state.shares[order.tenantID]?.items += count
      }
    }
  }

  /// Whichever comes first: cheaper than keeping an order of use, and all of it can be read again.
  private static func victim(for tenant: TenantID, _ state: State) -> OrderID? {
    if let share = state.shares[tenant], share.items * state.shares.count > state.items, let own = share.orders.first {
      return own
    }
    return state.orders.keys.first
  }

  /// Forgets orders that others have changed, or perhaps have.
  func forget(_ ids: some Sequence<OrderID>) {
    state.with { state in for id in ids { Self.forget(id, &state) } }
  }

  private static func forget(_ id: OrderID, _ state: inout State) {
    guard let old = state.orders.removeValue(forKey: id) else { return }
    state.items -= old.items.count
    state.shares[old.tenantID]?.items -= old.items.count
    state.shares[old.tenantID]?.orders.remove(id)
    if state.shares[old.tenantID]?.orders.isEmpty == true { state.shares[old.tenantID] = nil }
  }

  /// `count` numbers of those that were taken; nil if they are too few.
  func takeNumbers(_ count: Int, _ key: Desktop.NumberKey) -> Range<Int64>? {
    state.with { state in
      guard let index = state.numbers[key]?.firstIndex(where: { $0.count >= count }),
        let range = state.numbers[key]?[index]
      else { return nil }
      if range.count == count {
        state.numbers[key]?.remove(at: index)
      } else {
        state.numbers[key]?[index] = range.dropFirst(count)
      }
      return range.prefix(count)
    }
  }

  /// Keeps numbers that were taken beyond what was needed.
  func keepNumbers(_ range: Range<Int64>, _ key: Desktop.NumberKey) {
    if range.isEmpty { return }
    state.with { state in
      if state.numbers.count >= Self.numberKeysLimit { state.numbers = [:] }
      if state.numbers[key, default: []].count < Self.rangesLimit { state.numbers[key, default: []].append(range) }
    }
  }
}
