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
  private var seen: Set<UnpublishedWrite> = []
  /// How many writes are looked at in a round.
  private static let roundLimit = 1_000

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
    let waiting = try await store.unpublished(limit: Self.roundLimit)
    let due = waiting.filter { seen.contains($0) }
    seen = Set(waiting)
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
    relayed.add(published)
    return published
  }

  private func relay(_ id: OrderID, _ writes: [UnpublishedWrite]) async throws {
    guard let first = writes.map(\.firstSeq).min(), let order = try await store.order(id, tenant: nil) else { return }
    try await publisher.publish(order.state(), after: first - 1)
  }
}
