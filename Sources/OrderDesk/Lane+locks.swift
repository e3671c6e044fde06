import HubContracts
import HubRuntime
import Orders

extension Lane {
  /// The locks that a batch holds, or tried to.
  struct Locks: Sendable {
    let orders: [OrderID]
    let token: String
  }

  /// Takes the orders' locks in Redis, for a while; then goes on without. They spare other processes a conflict.
  func lock(_ orders: [OrderID]) async -> Locks {
    let locks = Locks(orders: Array(Set(orders)), token: desk.ids.token(bytes: 12))
    var missing = locks.orders
    var patience = desk.options.lockPatienceMs
    while !missing.isEmpty {
      do throws(CacheUnavailable) {
        let taken = Set(try await desk.cache.lock(missing, token: locks.token))
        missing.removeAll { taken.contains($0) }
      } catch {
        return locks
      }
      if missing.isEmpty { return locks }
      guard patience > 0 else {
        desk.meters.lockMisses.add()
        return locks
      }
      let pause = Int.random(in: 5...25)
      patience -= pause
      try? await Task.sleep(for: .milliseconds(pause))
    }
    return locks
  }

  func unlock(_ locks: Locks) { Self.unlock(locks, desk.cache) }

  static func unlock(_ locks: Locks, _ cache: any HubCache) {
    if locks.orders.isEmpty { return }
    // Nobody waits for it: a lock that is not let go of runs out by itself.
    Task { try? await cache.unlock(locks.orders, token: locks.token) }
  }
}
