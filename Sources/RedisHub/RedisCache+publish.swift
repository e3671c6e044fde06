public import HubContracts
public import Orders

extension RedisCache {
  /// See `HubCache`. All writes leave in one go. Where it throws, or a write's outcome is `behind` or `unknown`, what
  /// Redis has of those orders is not believed until it has that version or a later one.
  public func publish(_ writes: [Publication]) async throws(CacheUnavailable) -> [PublicationOutcome] {
    if writes.isEmpty { return [] }
    for write in writes { near.orders.invalidate(write.state.id) }
    do {
      let replies = try await link.call(
        writes.map {
          PublishOrder(
            write: $0, streamLength: max(1, options.streamLength), streamBytes: max(64, options.streamBytes))
        })
      var outcomes: [PublicationOutcome] = []
      for reply in replies { outcomes.append(try PublishOrder.outcome(reply)) }
      for (write, outcome) in zip(writes, outcomes) { note(outcome, of: write) }
      return outcomes
    } catch {
      for write in writes { doubt(write.state.id, version: write.state.version) }
      throw error
    }
  }

  /// See `HubCache`. Redis is believed again once it has the version whose publication failed here; where none did, once
  /// a publication succeeds here. More than 10,000 orders are not told apart: then nothing in Redis is believed until
  /// all keys of orders and tallies have been removed from it, which this process does as soon as it can.
  public func distrust(_ orders: [OrderID]) {
    for id in orders { doubt(id, version: Doubts.unnamed) }
  }

  private func note(_ outcome: PublicationOutcome, of write: Publication) {
    let state = write.state
    switch outcome {
    case .published, .already:
      near.doubts.settled(state.id, version: state.version)
      // What was read before the write and kept while it was under way must be gone before the caller hears of it;
      // Redis's own notice may come later.
      near.orders.invalidate(state.id)
    case .behind, .unknown:
      doubt(state.id, version: state.version)
    }
  }

  private func doubt(_ id: OrderID, version: Int64) {
    if near.doubts.add(id, version: version) { doubtEverything() }
    near.orders.invalidate(id)
  }
}
