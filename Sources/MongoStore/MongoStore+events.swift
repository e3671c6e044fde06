public import HubContracts
import HubRuntime
public import Orders

extension MongoStore {
  /// How many bytes of envelopes one page holds, about: an event may carry an order of 500 items.
  static let eventsLimitBytes = 1 << 20
  /// How many events are read first, before it is known how large they are.
  private static let firstEvents: Int64 = 8

  /// An order's events with `after < seq <= upTo`, in order, at most `limit`, and about 1 MiB of them.
  public func events(
    of order: OrderID, after: Int64, upTo: Int64, limit: Int
  ) async throws(StoreError) -> [RecordedEvent] {
    let first = max(after, 0)
    let wanted = min(Int64(try Self.page(limit)), max(upTo.subtractingReportingOverflow(first).partialValue, 0))
    guard upTo > first, wanted > 0 else { return [] }
    var found: [RecordedEvent] = []
    var bytes = 0
    var size = Self.firstEvents
    var next = first + 1
    let last = first + wanted
    while next <= last {
      let part = try await events(order, next...min(last, next + size - 1), heads: false)
      for event in part {
        bytes += event.envelope.count
        if bytes > Self.eventsLimitBytes, !found.isEmpty { return found }
        found.append(event)
      }
      guard let end = part.last else { return found }
      next = end.seq + 1
      // As many more as the room that is left is likely to hold.
      size = max(1, Int64((Self.eventsLimitBytes - bytes) / max(bytes / found.count, 1)))
    }
    return found
  }

  /// An order's newest events up to `upTo`, oldest first, without envelopes.
  public func eventHeads(of order: OrderID, upTo: Int64, limit: Int) async throws(StoreError) -> [RecordedEvent] {
    let limit = Int64(try Self.page(limit))
    guard upTo > 0 else { return [] }
    return try await events(order, max(upTo - limit + 1, 1)...upTo, heads: true)
  }

  private func events(
    _ order: OrderID, _ seqs: ClosedRange<Int64>, heads: Bool
  ) async throws(StoreError) -> [RecordedEvent] {
    let found = try await read { worker in
      let found = try worker.find(
        Find(
          .events, limit: seqs.count,
          options: { if heads { $0.document("projection") { $0.int32("envelope", 0) } } },
          filter: { $0.document("_id") { $0.strings("$in", seqs.lazy.map { RecordedEvent.key(order, $0) }) } }),
        heads ? RecordedEvent.readHead : RecordedEvent.read)
      return found.sorted { $0.seq < $1.seq }
    }
    for event in found {
      guard let fault = event.fault else { continue }
      log.warning(
        "an event cannot be passed on, and is left out",
        [("event", RecordedEvent.key(event.orderID, event.seq)), ("fault", fault.word)])
    }
    return found
  }
}
