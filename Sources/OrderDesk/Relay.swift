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
  private var seen: Set<UnpublishedWrite> = []
  /// How many writes are looked at at once.
  private static let roundLimit = 1_000
  /// How often a round looks again while as many wait.
  private static let pagesLimit = 20

  /// A relay.
  public init(store: any OrderStore, cache: any HubCache, publisher: Publisher, log: Log, metrics: Metrics) {
    self.store = store
    self.cache = cache
    self.publisher = publisher
    self.log = log
    relayed = metrics.counter("orderhub_relayed_writes_total", "Writes whose events the relay published.")
  }

  /// One round. Gives how many writes it published.
  public func round() async throws -> Int {
    guard cache.isUp else { return 0 }
    var published = 0
    for _ in 0..<Self.pagesLimit {
      let waiting = try await store.unpublished(limit: Self.roundLimit)
      // With so many waiting the oldest are nobody's any more; and more wait behind them.
      let isBacklog = waiting.count == Self.roundLimit
      let due = isBacklog ? waiting : waiting.filter { seen.contains($0) }
      seen = Set(waiting)
      let relayed = await relay(due)
      published += relayed
      // Their marks go before the next page is read, or it would be the same one.
      await publisher.flush()
      guard isBacklog, relayed > 0, cache.isUp else { break }
    }
    relayed.add(published)
    return published
  }

  /// Publishes writes, order by order; how many it could.
  private func relay(_ due: [UnpublishedWrite]) async -> Int {
    var published = 0
    for (id, writes) in Dictionary(grouping: due, by: \.orderID) {
      do {
        try await relay(id, writes)
        published += writes.count
      } catch {
        log.warning("an order's events could not be relayed", [("order", "\(id)"), ("cause", "\(error)")])
        guard cache.isUp else { break }
      }
    }
    return published
  }

  private func relay(_ id: OrderID, _ writes: [UnpublishedWrite]) async throws {
    guard let first = writes.map(\.firstSeq).min(), let order = try await store.order(id, tenant: nil) else { return }
    try await publisher.publish(order.state(), after: first - 1)
  }
}
