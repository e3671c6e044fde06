import HubContracts
import HubRuntime
import Orders

/// What of Redis is not to be believed, because a write did not reach it: orders up to a version, shards of tallies.
///
/// Bounded: past the limits everything is in doubt until the keys in Redis have been removed; see `isFull`.
final class Doubts: Sendable {
  /// The most orders in doubt that are told apart.
  static let orderLimit = 10_000
  /// The most shards in doubt that are told apart.
  static let shardLimit = 1_000
  /// An order that is in doubt at a version that nobody named: only a publication ends it.
  static let unnamed = Int64.max

  fileprivate struct ShardName: Hashable {
    let scope: TallyScope
    let shard: Int
  }

  fileprivate struct State {
    var orders: [OrderID: Int64] = [:]
    var shards: [ShardName: TallyShard] = [:]
    var isFull = false
    /// The keys are being removed: what is doubted from now on is told apart again.
    var isClearing = false
  }

  private let state = Locked(State())

  /// Whether there were too many, so that nothing in Redis is to be believed.
  var isFull: Bool { state.with { $0.isFull } }

  /// A write of the order did not reach Redis; true if that was one too many.
  func add(_ id: OrderID, version: Int64) -> Bool {
    state.with { state in
      if state.isFull, !state.isClearing { return false }
      if let known = state.orders[id] {
        // A named version says more than an unnamed one.
        if known == Self.unnamed || (version != Self.unnamed && version > known) { state.orders[id] = version }
        return false
      }
      guard state.orders.count < Self.orderLimit else { return state.fill() }
      state.orders[id] = version
      return false
    }
  }

  /// Whether what Redis has of the order at this version may be read; it ends the doubt if it may.
  func allows(_ id: OrderID, version: Int64) -> Bool {
    state.with { state in
      if state.isFull { return false }
      guard let doubted = state.orders[id] else { return true }
      guard version >= doubted else { return false }
      state.orders[id] = nil
      return true
    }
  }

  /// A publication of this version is out.
  func settled(_ id: OrderID, version: Int64) {
    state.with { state in
      guard let doubted = state.orders[id], doubted == Self.unnamed || version >= doubted else { return }
      state.orders[id] = nil
    }
  }

  /// Shards did not reach Redis; true if that was one too many.
  func add(_ shards: [TallyShard]) -> Bool {
    state.with { state in
      if state.isFull, !state.isClearing { return false }
      for shard in shards {
        let name = ShardName(scope: shard.scope, shard: shard.shard)
        if let known = state.shards[name], known.revision >= shard.revision { continue }
        guard state.shards[name] != nil || state.shards.count < Self.shardLimit else { return state.fill() }
        state.shards[name] = shard
      }
      return false
    }
  }

  /// The orders and the tallies that are in doubt here, whatever Redis has of them.
  var named: (orders: [OrderID], scopes: [TallyScope]) {
    state.with { state in (Array(state.orders.keys), Array(Set(state.shards.keys.map(\.scope)))) }
  }

  /// Up to `limit` shards that are still to reach Redis.
  func waiting(limit: Int) -> [TallyShard] {
    state.with { $0.shards.isEmpty ? [] : Array($0.shards.values.prefix(limit)) }
  }

  /// Whether the sums of a tenant may be read.
  func allowsSums(of tenant: TenantID) -> Bool {
    state.with { state in
      !state.isFull && (state.shards.isEmpty || !state.shards.keys.contains { $0.scope.tenant == tenant })
    }
  }

  /// These shards, or newer ones, are in Redis.
  func settled(_ shards: [TallyShard]) {
    state.with { state in
      if state.shards.isEmpty { return }
      for shard in shards {
        let name = ShardName(scope: shard.scope, shard: shard.shard)
        if let known = state.shards[name], known.revision <= shard.revision { state.shards[name] = nil }
      }
    }
  }

  /// The keys are about to be removed: what was doubted so far is forgotten, and nothing is believed until `cleared`.
  func clearing() {
    state.with { state in
      state = State()
      state.isFull = true
      state.isClearing = true
    }
  }

  /// The keys were removed; only what was doubted meanwhile is still in doubt.
  func cleared() {
    state.with { state in
      guard state.isClearing else { return }
      state.isFull = false
      state.isClearing = false
    }
  }
}

extension Doubts.State {
  fileprivate mutating func fill() -> Bool {
    orders = [:]
    shards = [:]
    isFull = true
    isClearing = false
    return true
  }
}
