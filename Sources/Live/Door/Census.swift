import HubContracts
import HubRuntime
import Orders

/// Who is connected, counted, and how fast handshakes may come. Shared by all threads.
final class Census: Sendable {
  private struct Counts {
    var total = 0
    var byAddress: [Text: Int] = [:]
    var byUser: [Person: Int] = [:]
    /// Handshakes that may still come at once, in thousandths, and when that was reckoned.
    var allowance: Int64
    var reckonedMs: Int64
  }

  /// A user of a tenant.
  struct Person: Hashable, Sendable {
    var tenant: TenantID
    var user: UserID
  }

  private let counts: Locked<Counts>
  private let options: LiveOptions

  init(options: LiveOptions) {
    self.options = options
    let full = Int64(clamping: options.handshakesPerSecond) &* 1_000
    counts = Locked(Counts(allowance: full, reckonedMs: options.steadyMs))
  }

  var total: Int { counts.with { $0.total } }
  /// Whether it counts nobody, by address or by user.
  var isEmpty: Bool { counts.with { $0.total == 0 && $0.byAddress.isEmpty && $0.byUser.isEmpty } }

  /// Takes one handshake from what a second allows; false if there is none left.
  func takeHandshake(nowMs: Int64) -> Bool {
    guard options.handshakesPerSecond > 0 else { return true }
    let perSecond = Int64(clamping: min(options.handshakesPerSecond, 1_000_000))
    return counts.with { counts in
      let elapsed = min(max(nowMs - counts.reckonedMs, 0), 1_000)
      counts.reckonedMs = nowMs
      counts.allowance = min(counts.allowance + elapsed * perSecond, perSecond * 1_000)
      guard counts.allowance >= 1_000 else { return false }
      counts.allowance -= 1_000
      return true
    }
  }

  /// Whether one more may come from an address and, if it is known already, of a user.
  func refusal(address: Text, person: Person?) -> HandshakeRefusal? {
    counts.with { counts in
      if let refusal = self.refusal(counts, address: address) { return refusal }
      guard let person, isFull(counts, person) else { return nil }
      return .userLimit
    }
  }

  /// Counts one more from an address, unless a limit is reached.
  func enter(address: Text) -> HandshakeRefusal? {
    counts.with { counts in
      if let refusal = refusal(counts, address: address) { return refusal }
      counts.total += 1
      counts.byAddress[address, default: 0] += 1
      return nil
    }
  }

  /// Counts one less from an address.
  func leave(address: Text) {
    counts.with { counts in
      counts.total -= 1
      Self.takeOne(address, from: &counts.byAddress)
    }
  }

  /// Counts one more of a user; false if the limit is reached.
  func enter(_ person: Person) -> Bool {
    counts.with { counts in
      if isFull(counts, person) { return false }
      counts.byUser[person, default: 0] += 1
      return true
    }
  }

  /// Counts one less of a user.
  func leave(_ person: Person) { counts.with { Self.takeOne(person, from: &$0.byUser) } }

  private func refusal(_ counts: Counts, address: Text) -> HandshakeRefusal? {
    if counts.total >= options.connectionLimit { return .processLimit }
    let limit = options.connectionLimitPerAddress
    return limit > 0 && counts.byAddress[address, default: 0] >= limit ? .addressLimit : nil
  }

  private func isFull(_ counts: Counts, _ person: Person) -> Bool {
    let limit = options.connectionLimitPerUser
    return limit > 0 && counts.byUser[person, default: 0] >= limit
  }

  private static func takeOne<Key: Hashable>(_ key: Key, from counts: inout [Key: Int]) {
    guard let count = counts[key] else { return }
    counts[key] = count > 1 ? count - 1 : nil
  }
}
