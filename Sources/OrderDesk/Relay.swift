public import HubContracts
public import HubRuntime
import HubWire
import Orders

/// Publishes what the process that wrote it could not: it died, or Redis was away.
///
/// Any number of relays may run: each does what is idempotent. A write that was marked only now is left alone for one
/// round, for its writer is about to publish it.
public actor Relay {
  private let store: any OrderStore
  private let cache: any HubCache
  private let publisher: Publisher
  private let log: Log
  private let relayed: HubRuntime.Counter
  private var seen: Set<OutboxID> = []
  /// How many transactions are looked at in a round.
  private static let roundLimit = 500

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
    let waiting = try await store.unpublished(limit: Self.roundLimit)
    let due = waiting.filter { seen.contains($0.id) }
    seen = Set(waiting.map(\.id))
    var late: Set<OrderID> = []
    for (id, writes) in Dictionary(grouping: due.flatMap(\.writes), by: \.orderID) {
      if await !relay(id, writes) { late.insert(id) }
      guard cache.isUp else { return 0 }
    }
    let out = due.filter { entry in !entry.writes.contains { late.contains($0.orderID) } }.map(\.id)
    try await store.markPublished(out)
    relayed.add(out.count)
    return out.count
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
