import HubRuntime

/// What the users of a run share: which orders there are, and which stamps were given out.
final class OrderBook: Sendable {
  private let state: Locked<State>

  private struct State {
    var nextNumber: Int64 = 0
    var tally = Stamped()
    /// The newest orders, in a ring.
    var recent: [String] = []
    var recentPlace = 0
    /// All orders that were created; nil if they are not kept.
    var all: [String]?
    /// How many more may be created; nil: any number.
    var quota: Int?
    /// Orders to deliver from, and how many deliveries each still takes.
    var pool: [(id: String, left: Int)] = []
    var cursor = 0
  }

  /// Stamped orders that were answered with 201, and those of which nobody knows.
  struct Stamped: Sendable, Equatable {
    var confirmed: Int64 = 0
    var numberSum: Int64 = 0
    var unknown: Int64 = 0
  }

  private static let recentLimit = 256
  /// An order takes 1,000 deliveries; a few are left for those that are under way.
  static let deliveriesAnOrder = 900

  /// With `keepsAll` it remembers every order, not only the newest.
  init(keepsAll: Bool = false) { state = Locked(State(all: keepsAll ? [] : nil)) }

  /// The number of the next order; nil when the quota is used up.
  func takeNumber() -> Int64? {
    state.with { state in
      if let quota = state.quota {
        guard quota > 0 else { return nil }
        state.quota = quota - 1
      }
      state.nextNumber += 1
      return state.nextNumber
    }
  }

  /// Allows so many more orders.
  func allow(_ count: Int) { state.with { $0.quota = count } }

  /// An order that was allowed did not come to be: somebody else may create it.
  func giveBack() { state.with { if let quota = $0.quota { $0.quota = quota + 1 } } }

  /// An order was created.
  func created(id: String?, number: Int64) {
    state.with { state in
      state.tally.confirmed += 1
      state.tally.numberSum &+= number
      guard let id else { return }
      state.all?.append(id)
      if state.recent.count < Self.recentLimit {
        state.recent.append(id)
      } else {
        state.recent[state.recentPlace] = id
        state.recentPlace = (state.recentPlace + 1) % Self.recentLimit
      }
    }
  }

  /// Nobody knows whether an order was created.
  func lost() { state.with { $0.tally.unknown += 1 } }

  var stamped: Stamped { state.with { $0.tally } }

  /// One of the newest orders; nil if there is none.
  func recent(_ seed: Int) -> String? {
    state.with { $0.recent.isEmpty ? nil : $0.recent[seed % $0.recent.count] }
  }

  /// All orders that were created, if it keeps them.
  var all: [String] { state.with { $0.all ?? [] } }

  /// Adds an order to deliver from, so many times.
  func addToPool(_ id: String, deliveries: Int = deliveriesAnOrder) { state.with { $0.pool.append((id, deliveries)) } }

  /// An order that takes one more delivery: the next in turn, or with `hot` always the same until it is full. Nil if there
  /// is none.
  func takeFromPool(hot: Bool) -> (id: String, place: Int)? {
    state.with { state in
      for _ in 0..<state.pool.count {
        if state.cursor >= state.pool.count { state.cursor = 0 }
        let place = state.cursor
        let isFull = state.pool[place].left == 0
        if !hot || isFull { state.cursor += 1 }
        if isFull { continue }
        state.pool[place].left -= 1
        return (state.pool[place].id, place)
      }
      return nil
    }
  }

  /// A delivery from the order at a place did not come to be: somebody else may make it.
  func returnToPool(_ place: Int) { state.with { $0.pool[place].left += 1 } }
}
