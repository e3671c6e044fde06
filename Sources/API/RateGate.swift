import HubContracts
import HubRuntime
import Orders

/// A limit per user and minute, kept in Redis for all processes together, and in this process while Redis is away.
///
/// A process takes permits from Redis in small leases, so that a cached read need not ask Redis each time: the limit is
/// exact over all processes but for what their leases hold.
final class RateGate: Sendable {
  private let name: String
  private let perMinute: Int
  private let cache: any HubCache
  private let leases = Locked<[String: Lease]>([:])
  /// How many users are remembered; then all are forgotten and ask Redis again.
  private static let usersLimit = 10_000

  private struct Lease {
    var permits = 0
    var leasedUntil: UInt64 = 0
    /// Until when the answer is no.
    var deniedUntil: UInt64 = 0
    /// The theoretical arrival time of the limit in this process, in microseconds, while Redis is away.
    var arrival: UInt64 = 0
  }

  init(name: String, perMinute: Int, cache: any HubCache) {
    self.name = name
    self.perMinute = perMinute
    self.cache = cache
  }

  /// Takes a permit that is at hand. False only says that one must be asked for.
  func takeAtHand(_ actor: Actor) -> Bool {
    if perMinute == 0 { return true }
    return takeLeased(key(actor.tenant, actor.user), monotonicMicros())
  }

  /// Takes a permit: nil if granted, else milliseconds to wait.
  func take(_ actor: Actor) async -> Int? { await take(tenant: actor.tenant, user: actor.user) }

  /// Takes a permit of a user: nil if granted, else milliseconds to wait.
  func take(tenant: TenantID, user: UserID) async -> Int? {
    if perMinute == 0 { return nil }
    let key = key(tenant, user)
    let now = monotonicMicros()
    if takeLeased(key, now) { return nil }
    let denied = leases.with { $0[key]?.deniedUntil ?? 0 }
    if denied > now { return Int((denied - now) / 1_000) + 1 }
    // A twentieth at a time: few questions, and little of the limit is held by a process that does not use it.
    let cost = max(1, perMinute / 20)
    do throws(CacheUnavailable) {
      if let waitMs = try await cache.take(cost, from: "\(name):\(key)", perMinute: perMinute) {
        note(key) { $0.deniedUntil = now + UInt64(min(waitMs, 60_000)) * 1_000 }
        return waitMs
      }
      note(key) {
        $0.permits += cost - 1
        $0.leasedUntil = now + 30_000_000
      }
      return nil
    } catch {
      return takeAlone(key, now)
    }
  }

  private func takeLeased(_ key: String, _ now: UInt64) -> Bool {
    leases.with { leases in
      guard let lease = leases[key], lease.permits > 0, lease.leasedUntil > now else { return false }
      leases[key]?.permits -= 1
      return true
    }
  }

  /// The generic cell rate algorithm, in this process alone.
  private func takeAlone(_ key: String, _ now: UInt64) -> Int? {
    let interval = 60_000_000 / UInt64(perMinute)
    var wait: Int?
    note(key) { lease in
      let arrival = max(lease.arrival, now)
      if arrival > now + 60_000_000 - interval {
        wait = Int((arrival - (now + 60_000_000 - interval)) / 1_000) + 1
      } else {
        lease.arrival = arrival + interval
      }
    }
    return wait
  }

  private func note(_ key: String, _ change: (inout Lease) -> Void) {
    leases.with { leases in
      if leases.count >= Self.usersLimit, leases[key] == nil { leases = [:] }
      change(&leases[key, default: Lease()])
    }
  }

  private func key(_ tenant: TenantID, _ user: UserID) -> String { "\(tenant.text):\(user.text)" }
}
