import HubContracts
import HubRuntime
import Orders

/// A limit per user (or address) and minute, kept in Redis for all processes together, and in this process while Redis is away.
///
/// A process takes permits from Redis in small leases, so that a cached read need not ask Redis each time: the limit is
/// exact over all processes but for what their leases hold. One question a user is under way at a time, whose lease all
/// who wait share.
final class RateGate: Sendable {
  private let name: String
  private let perMinute: Int
  private let cache: any HubCache
  private let clock: @Sendable () -> UInt64
  private let users: Locked<KeyedPlaces<Lease>>
  /// How many users are told apart; see `KeyedPlaces` for those above it.
  static let usersLimit = 65_536
  /// How often one request asks for a lease that others then use up.
  private static let attemptLimit = 64
  private static let minute: UInt64 = 60_000_000
  private static let leaseMicros: UInt64 = 30_000_000

  private struct Lease {
    var permits = 0
    var leasedUntil: UInt64 = 0
    /// Until when the answer is no.
    var deniedUntil: UInt64 = 0
    /// The theoretical arrival time of the limit in this process, in microseconds, while Redis is away.
    var arrival: UInt64 = 0
    /// The question under way.
    var question: Task<Answer, Never>?

    /// Whether nothing of it counts any more.
    func isIdle(_ now: UInt64) -> Bool {
      question == nil && (permits == 0 || leasedUntil <= now) && deniedUntil <= now && arrival <= now
    }
  }

  private enum Answer: Sendable {
    /// There are permits, as long as others do not take them.
    case leased
    case denied(waitMs: Int)
    case away
  }

  private enum Step {
    case granted
    case denied(waitMs: Int)
    case wait(Task<Answer, Never>)
  }

  /// A limit; 0 or less for none. `clock` gives microseconds that never go back.
  init(
    name: String, perMinute: Int, cache: any HubCache, usersLimit: Int = RateGate.usersLimit,
    clock: @escaping @Sendable () -> UInt64 = monotonicMicros
  ) {
    self.name = name
    self.perMinute = perMinute
    self.cache = cache
    self.clock = clock
    users = Locked(KeyedPlaces(limit: usersLimit, fresh: Lease(), isIdle: { $0.isIdle($1) }))
  }

  /// How many users are remembered, for tests.
  var count: Int { users.with { $0.count } }

  /// Takes a permit that is at hand. False only says that one must be asked for.
  func takeAtHand(_ actor: Actor) -> Bool {
    if perMinute <= 0 { return true }
    let key = key(actor.tenant, actor.user)
    let now = clock()
    return users.with { Self.take(&$0, key, now) }
  }

  /// Takes a permit: nil if granted, else milliseconds to wait.
  func take(_ actor: Actor) async -> Int? { await take(key: key(actor.tenant, actor.user)) }

  /// Takes a permit of whatever `name` stands for: nil if granted, else milliseconds to wait.
  func take(key name: Text) async -> Int? {
    if perMinute <= 0 { return nil }
    let key = users.with { $0.place(of: name, now: clock()) }
    for _ in 0..<Self.attemptLimit {
      switch step(key) {
      case .granted: return nil
      case .denied(let waitMs): return waitMs
      case .wait(let question):
        switch await question.value {
        case .leased: continue
        case .denied(let waitMs):
          // What a question before this one brought may not be used up.
          return users.with({ Self.take(&$0, key, clock()) }) ? nil : waitMs
        case .away: return takeAlone(key, clock())
        }
      }
    }
    return 1_000
  }

  private func step(_ key: Text) -> Step {
    let now = clock()
    return users.with { users in
      if Self.take(&users, key, now) { return .granted }
      let lease = users[key] ?? Lease()
      if let question = lease.question { return .wait(question) }
      if lease.deniedUntil > now { return .denied(waitMs: Int((lease.deniedUntil - now) / 1_000) + 1) }
      let question = Task { await ask(key) }
      users.change(key) { $0.question = question }
      return .wait(question)
    }
  }

  /// Asks Redis for a lease.
  private func ask(_ key: Text) async -> Answer {
    // A twentieth at a time: few questions, and little of the limit is held by a process that does not use it.
    let lease = max(1, perMinute / 20)
    do throws(CacheUnavailable) {
      var cost = lease
      var waitMs = try await cache.take(cost, from: "\(name):\(key)", perMinute: perMinute)
      // The rest of the limit may be less than a lease.
      if waitMs != nil, cost > 1 {
        cost = 1
        waitMs = try await cache.take(cost, from: "\(name):\(key)", perMinute: perMinute)
      }
      return end(key, granted: waitMs == nil ? cost : 0, waitMs: waitMs)
    } catch {
      users.with { $0.change(key) { $0.question = nil } }
      return .away
    }
  }

  private func end(_ key: Text, granted: Int, waitMs: Int?) -> Answer {
    let now = clock()
    users.with { users in
      users.change(key) { lease in
        lease.question = nil
        if let waitMs {
          lease.deniedUntil = now &+ UInt64(min(max(waitMs, 0), 60_000)) * 1_000
        } else {
          lease.permits = lease.leasedUntil > now ? lease.permits + granted : granted
          lease.leasedUntil = now &+ Self.leaseMicros
        }
      }
    }
    return waitMs.map { .denied(waitMs: $0) } ?? .leased
  }

  private static func take(_ users: inout KeyedPlaces<Lease>, _ key: Text, _ now: UInt64) -> Bool {
    users.changeKnown(key) { lease in
      guard lease.permits > 0, lease.leasedUntil > now else { return false }
      lease.permits -= 1
      return true
    } ?? false
  }

  /// The generic cell rate algorithm, in this process alone.
  private func takeAlone(_ key: Text, _ now: UInt64) -> Int? {
    users.with { users in
      users.change(key) { lease in KeyedLimit.take(&lease.arrival, perMinute, now).map { Int($0 / 1_000) + 1 } }
    }
  }

  private func key(_ tenant: TenantID, _ user: UserID) -> Text { "\(tenant.text):\(user.text)" }
}
