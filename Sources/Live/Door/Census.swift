import HubContracts
import HubRuntime
import Orders

/// Who is connected, counted, and how fast handshakes may come. Shared by all threads.
///
/// Addresses are counted as `NetworkAddress.limitKey` has them.
final class Census: Sendable {
  private struct Counts {
    var total = 0
    var descriptors = 0
    var byAddress: [Text: Int] = [:]
    var byUser: [Person: Int] = [:]
    /// Handshakes that may still come at once, in thousandths, and when that was reckoned.
    var allowance: Int64
    var reckonedMs: Int64
    /// Those who have not said yet who they are.
    var suspense: Suspense
    /// Those who are being told on their connection that they are turned away.
    var farewells: Suspense
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
    // As many as those clients may have of a second's handshakes, so that one address never has all of these either.
    let places = options.handshakesPerSecond > 0 ? max(options.handshakesPerSecond / 2, Self.fewestPlaces) : 0
    counts = Locked(
      Counts(
        allowance: full, reckonedMs: options.steadyMs,
        suspense: Suspense(limit: places, holdMs: options.authTimeoutMs),
        farewells: Suspense(limit: places, holdMs: options.closeTimeoutMs)))
  }

  /// How many clients that have not said who they are there may be at least.
  static let fewestPlaces = 16

  var total: Int { counts.with { $0.total } }
  /// Whether it counts nobody, by address or by user.
  var isEmpty: Bool {
    counts.with { $0.total == 0 && $0.descriptors == 0 && $0.byAddress.isEmpty && $0.byUser.isEmpty }
  }
  /// How many clients have not said yet who they are, or did not in time not long ago.
  func unproven(nowMs: Int64) -> Int { counts.with { $0.suspense.count(nowMs: nowMs) } }

  /// Takes the handshake of a client that has proved who it is from what a second allows; `rate` if there is none left.
  func takeProven(nowMs: Int64) -> HandshakeRefusal? {
    counts.with { takeHandshake(&$0, nowMs: nowMs, leaving: 0) ? nil : .rate }
  }

  /// Takes the handshake of a client that has yet to say who it is, and a place to wait in. The second half of a second's
  /// handshakes is not for these.
  func takeUnproven(_ address: Text, nowMs: Int64) -> HandshakeRefusal? {
    let perSecond = Int64(clamping: min(options.handshakesPerSecond, 1_000_000))
    return counts.with { counts in
      guard counts.suspense.hasPlace(for: address, nowMs: nowMs) else { return .unproven }
      let reserve = min(perSecond * 500, perSecond * 1_000 - 1_000)
      guard takeHandshake(&counts, nowMs: nowMs, leaving: max(reserve, 0)) else { return .rate }
      counts.suspense.take(address, nowMs: nowMs)
      return nil
    }
  }

  /// A client that had yet to say who it is has done so.
  func prove(_ address: Text, nowMs: Int64) { counts.with { $0.suspense.prove(address, nowMs: nowMs) } }

  /// Takes a place for a client that is let in only to be told why it is turned away: of these there are as many as may
  /// wait for their tokens, shared out in the same way, and they take nothing from a second's handshakes.
  func takeFarewell(_ address: Text, nowMs: Int64) -> Bool {
    counts.with { counts in
      guard counts.farewells.hasPlace(for: address, nowMs: nowMs) else { return false }
      counts.farewells.take(address, nowMs: nowMs)
      return true
    }
  }

  /// Such a client is gone.
  func endFarewell(_ address: Text, nowMs: Int64) { counts.with { $0.farewells.prove(address, nowMs: nowMs) } }

  private func takeHandshake(_ counts: inout Counts, nowMs: Int64, leaving reserve: Int64) -> Bool {
    guard options.handshakesPerSecond > 0 else { return true }
    let perSecond = Int64(clamping: min(options.handshakesPerSecond, 1_000_000))
    let elapsed = min(max(nowMs - counts.reckonedMs, 0), 1_000)
    counts.reckonedMs = nowMs
    counts.allowance = min(counts.allowance + elapsed * perSecond, perSecond * 1_000)
    guard counts.allowance >= reserve + 1_000 else { return false }
    counts.allowance -= 1_000
    return true
  }

  /// How many descriptors a reader of server-sent events takes: its connection stays the HTTP server's, which waits for
  /// its end, while a loop writes on a duplicate of the socket.
  static let streamDescriptors = 2

  /// Whether one more that holds so many descriptors may come from an address and, if it is known already, of a user.
  func refusal(address: Text, descriptors: Int = 1, person: Person?) -> HandshakeRefusal? {
    counts.with { counts in
      if let refusal = self.refusal(counts, address, descriptors) { return refusal }
      guard let person, isFull(counts, person) else { return nil }
      return .userLimit
    }
  }

  /// Counts one more that holds so many descriptors from an address, unless a limit is reached.
  func enter(address: Text, descriptors: Int = 1) -> HandshakeRefusal? {
    counts.with { counts in
      if let refusal = refusal(counts, address, descriptors) { return refusal }
      counts.total += 1
      counts.descriptors += descriptors
      counts.byAddress[address, default: 0] += 1
      return nil
    }
  }

  /// Counts one less from an address.
  func leave(address: Text, descriptors: Int = 1) {
    counts.with { counts in
      counts.total -= 1
      counts.descriptors -= descriptors
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

  private func refusal(_ counts: Counts, _ address: Text, _ descriptors: Int) -> HandshakeRefusal? {
    if counts.total >= options.connectionLimit { return .processLimit }
    if options.descriptorLimit > 0, counts.descriptors + descriptors > options.descriptorLimit { return .processLimit }
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
