import HubContracts
import HubRuntime
import Orders

/// What a desk remembers of its last writes, so that it need not read them again, and the order numbers that it has taken
/// and not yet given. Versions guard against its age.
final class DeskMemory: Sendable {
  private struct State {
    var orders: [OrderID: Order] = [:]
    var items = 0
    var numbers: [Desktop.NumberKey: [Range<Int64>]] = [:]
  }

  private let state = Locked(State())
  private let itemsLimit: Int
  /// How many tenants' numbers, and how many ranges of each, are kept; what does not fit is a gap.
  private static let numberKeysLimit = 1_000
  private static let rangesLimit = 16

  init(itemsLimit: Int) { self.itemsLimit = itemsLimit }

  /// The order as it was last written here.
  func order(_ id: OrderID) -> Order? { state.with { $0.orders[id] } }

  /// Remembers what was written.
  func remember(_ written: [Order]) {
    state.with { state in
      for order in written {
        Self.forget(order.id, &state)
        guard order.items.count <= itemsLimit / 8 else { continue }
        // Whichever comes first makes room: cheaper than keeping an order of use, and all of it can be read again.
        while state.items + order.items.count > itemsLimit, let victim = state.orders.keys.first {
          Self.forget(victim, &state)
        }
        state.orders[order.id] = order
        state.items += order.items.count
      }
    }
  }

  /// Forgets orders that others have changed, or perhaps have.
  func forget(_ ids: some Sequence<OrderID>) {
    state.with { state in for id in ids { Self.forget(id, &state) } }
  }

  private static func forget(_ id: OrderID, _ state: inout State) {
    if let old = state.orders.removeValue(forKey: id) { state.items -= old.items.count }
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
