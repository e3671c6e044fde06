public import HubContracts
public import HubRuntime
import HubWire
import Orders

/// Publishes what the process that wrote it could not: it died, or Redis was away.
///
/// Any number of relays may run: each does what is idempotent. A write that was marked only now is left alone for one
/// round, for its writer is about to publish it; unless very many wait, as after an outage of Redis. Then tenants take
/// turns, so that none waits for what another has left; each tenant's are published from the oldest on.
public actor Relay {
  private let store: any OutboxStore
  private let cache: any HubCache
  private let publisher: Publisher
  private let log: Log
  private let relayed: HubRuntime.Counter
  private var seen: Set<OutboxID> = []
  /// The tenant that had the last turn.
  private var lastServed: TenantID?
  /// How many tenants share a page.
  static let tenantsLimit = 32
  /// How many transactions are looked at at once.
  static let roundLimit = 500
  /// How often a round looks again while as many wait.
  private static let pagesLimit = 20

  /// A relay.
  public init(store: any OutboxStore, cache: any HubCache, publisher: Publisher, log: Log, metrics: Metrics) {
    self.store = store
    self.cache = cache
    self.publisher = publisher
    self.log = log
    relayed = metrics.counter(.relayedTransactions)
  }

  /// One round. Gives how many transactions it published.
  public func round() async throws -> Int {
    guard cache.isUp else { return 0 }
    var published = 0
    for _ in 0..<Self.pagesLimit {
      let waiting = try await store.unpublished(limit: Self.roundLimit)
      // With so many waiting the oldest are nobody's any more; and more wait behind them, perhaps of others.
      let isBacklog = waiting.count == Self.roundLimit
      let due = isBacklog ? try await takeTurns(waiting) : waiting.filter { seen.contains($0.id) }
      seen = Set(waiting.map(\.id))
      if !due.isEmpty { crashPoint(.relayRead) }
      let out = await relay(due)
      if !out.isEmpty { crashPoint(.relayPublished) }
      // They go before the next page is read, or it would be the same one.
      try await store.markPublished(out)
      if !out.isEmpty { crashPoint(.relayMarked) }
      published += out.count
      guard isBacklog, !out.isEmpty, cache.isUp else { break }
    }
    relayed.add(published)
    return published
  }

  /// A page in which each of the next tenants has an equal part, its oldest: one entry each, then the next one each.
  private func takeTurns(_ oldest: [OutboxEntry]) async throws -> [OutboxEntry] {
    var tenants = try await store.unpublishedTenants(after: lastServed, limit: Self.tenantsLimit)
    if let lastServed, tenants.count < Self.tenantsLimit {
      let end = Text(lastServed.text)
      tenants += try await store.unpublishedTenants(after: nil, limit: Self.tenantsLimit - tenants.count)
        .prefix { Text($0.text) <= end }
    }
    lastServed = tenants.last
    // What a hub left that did not note whose it is has its turn by age.
    let unnamed = oldest.filter { $0.writes.contains { $0.tenant == nil } }
    let quantum = max(1, Self.roundLimit / max(1, tenants.count + (unnamed.isEmpty ? 0 : 1)))
    var lines = [Array(unnamed.prefix(quantum))]
    for tenant in tenants { lines.append(try await store.unpublished(of: tenant, limit: quantum)) }
    var taken: Set<OutboxID> = []
    return (0..<quantum).flatMap { turn in
      // An entry in which several have a part is taken once.
      lines.compactMap { line in
        turn < line.count && taken.insert(line[turn].id).inserted ? line[turn] : nil
      }
    }
  }

  /// Publishes what transactions left, order by order, each in its turn; those of which all is out.
  private func relay(_ due: [OutboxEntry]) async -> [OutboxID] {
    var late: Set<OrderID> = []
    var left = Dictionary(grouping: due.flatMap(\.writes), by: \.orderID)
    for id in due.lazy.flatMap(\.writes).map(\.orderID) {
      guard let writes = left.removeValue(forKey: id) else { continue }
      // Once Redis is away, the rest is late without being tried.
      if !cache.isUp { late.insert(id) } else if await !relay(id, writes) { late.insert(id) }
    }
    return due.filter { entry in !entry.writes.contains { late.contains($0.orderID) } }.map(\.id)
  }

  /// Publishes an order's events from the first that waits. Whether all are out.
  private func relay(_ id: OrderID, _ writes: [UnpublishedWrite]) async -> Bool {
    do {
      guard let first = writes.map(\.firstSeq).min(), let last = writes.map(\.lastSeq).max() else { return true }
      // Only what no election takes back. An entry without an order has nothing to publish; its tenant was removed.
      guard let order = try await store.lastingOrder(id) else { return try await store.order(id, tenant: nil) == nil }
      return try await publisher.publish(order.state(), after: first - 1) && order.version >= last
    } catch {
      log.warning("an order's events could not be relayed", [("order", "\(id)"), ("cause", "\(error)")])
      return false
    }
  }
}
