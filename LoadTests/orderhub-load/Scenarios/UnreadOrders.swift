import HubRuntime

/// Orders that nobody has read yet. Each is given out once.
final class UnreadOrders: Sendable {
  /// How many there were at first.
  let total: Int
  private let rest: Locked<ArraySlice<String>>

  init(_ ids: [String]) {
    total = ids.count
    rest = Locked(ids[...])
  }

  /// One of them, which is read from now on; nil when all are.
  func take() -> String? { rest.with { $0.popFirst() } }

  /// How many are left.
  var count: Int { rest.with { $0.count } }
}
