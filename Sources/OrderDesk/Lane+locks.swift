import HubContracts
import HubRuntime
import Orders

extension Lane {
  /// The locks that a batch holds, or tried to.
  struct Locks: Sendable {
    let orders: [OrderID]
    /// Those of them that another process holds.
    var missing: Set<OrderID> = []
    let token: String

    /// Whether another process holds the lock of a command's order.
    func isMissing(_ pending: Pending) -> Bool { pending.command.subject.order.map(missing.contains) ?? false }

    /// A group as those that shall go on and those that had better wait; nil if none had. If one of an order shall go
    /// on, all do, or they would change places.
    func divide(_ group: [Pending]) -> (kept: [Pending], late: [Pending])? {
      if missing.isEmpty { return nil }
      let urgent = Set(group.lazy.filter { $0.lockPatienceMs <= 0 }.compactMap(\.command.subject.order))
      let waiting = missing.subtracting(urgent)
      func waits(_ pending: Pending) -> Bool { pending.command.subject.order.map(waiting.contains) ?? false }
      let late = group.filter(waits)
      return late.isEmpty ? nil : (group.filter { !waits($0) }, late)
    }
  }

  /// Takes the orders' locks in Redis. They spare other processes a conflict; without Redis there are none.
  func lock(_ group: [Pending]) async -> Locks {
    let orders = Array(Set(group.compactMap(\.command.subject.order)))
    var locks = Locks(orders: orders, token: desk.ids.token(bytes: 12))
    if orders.isEmpty { return locks }
    do throws(CacheUnavailable) {
      locks.missing = Set(orders).subtracting(try await desk.cache.lock(orders, token: locks.token))
    } catch {
      return locks
    }
    let misses = group.count { locks.isMissing($0) && $0.lockPatienceMs <= 0 }
    if misses > 0 { desk.meters.lockMisses.add(misses) }
    return locks
  }

  /// Puts commands in line again after a moment, in which their orders stay this lane's and the lane serves others: who
  /// waits for another process must not keep those from being served who came along with it.
  func postpone(_ late: [Pending]) {
    let queue = desk.queue
    let pauseMs = Int.random(in: 5...25)
    let waited = late.map { pending in
      queue.charge(-pending.work, to: pending.party)
      var pending = pending
      pending.lockPatienceMs -= pauseMs
      return pending
    }
    Task {
      try? await Task.sleep(for: .milliseconds(pauseMs))
      queue.putBack(waited, held: [])
    }
  }

  func unlock(_ locks: Locks) { Self.unlock(locks, desk.cache) }

  static func unlock(_ locks: Locks, _ cache: any HubCache) {
    if locks.orders.isEmpty { return }
    // Nobody waits for it: a lock that is not let go of runs out by itself.
    Task { try? await cache.unlock(locks.orders, token: locks.token) }
  }
}
