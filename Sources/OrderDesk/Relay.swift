public import HubContracts
public import HubRuntime
import HubWire
import Orders

/// Publishes what the process that wrote it could not: it died, or Redis was away.
///
/// Any number of relays may run: each does what is idempotent. A write that was marked only now is left alone for one
/// round, for its writer is about to publish it; unless very many wait, as after an outage of Redis.
public actor Relay {
  private let store: any OrderStore
  private let cache: any HubCache
  private let publisher: Publisher
  private let log: Log
  private let relayed: HubRuntime.Counter
  private var seen: Set<OutboxID> = []
  /// How many transactions are looked at at once.
  private static let roundLimit = 500
  /// How often a round looks again while as many wait.
  private static let pagesLimit = 20

  /// A relay.
  public init(store: any OrderStore, cache: any HubCache, publisher: Publisher, log: Log, metrics: Metrics) {
    self.store = store
    self.cache = cache
    self.publisher = publisher
    self.log = log
    relayed = metrics.counter(
      "orderhub_relayed_transactions_total", "Transactions whose events the relay published.")
  }

  /// One round. Gives how many transactions it published.
  public func round() async throws -> Int {
    guard cache.isUp else { return 0 }
    var published = 0
    for _ in 0..<Self.pagesLimit {
      let waiting = try await store.unpublished(limit: Self.roundLimit)
      // With so many waiting the oldest are nobody's any more; and more wait behind them.
      let isBacklog = waiting.count == Self.roundLimit
      let due = isBacklog ? waiting : waiting.filter { seen.contains($0.id) }
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

  /// Publishes what transactions left, order by order; those of which all is out.
  private func relay(_ due: [OutboxEntry]) async -> [OutboxID] {
    var late: Set<OrderID> = []
    for (id, writes) in Dictionary(grouping: due.flatMap(\.writes), by: \.orderID) {
      // Once Redis is away, the rest is late without being tried.
      if !cache.isUp { late.insert(id) } else if await !relay(id, writes) { late.insert(id) }
    }
    return due.filter { entry in !entry.writes.contains { late.contains($0.orderID) } }.map(\.id)
  }

  /// Publishes an order's events from the first that waits. Whether all are out.
  private func relay(_ id: OrderID, _ writes: [UnpublishedWrite]) async -> Bool {
    do {
      guard let first = writes.map(\.firstSeq).min(), let order = try await store.order(id, tenant: nil) else {
        // Orders are never deleted: an entry without one has nothing to publish.
        return true
      }
      return try await publisher.publish(order.state(), after: first - 1)
    } catch {
      log.warning("an order's events could not be relayed", [("order", "\(id)"), ("cause", "\(error)")])
      return false
    }
  }
}
