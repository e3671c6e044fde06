public import HubContracts
public import Orders

extension MongoStore {
  /// How many writes one command marks.
  static let markLimit = 1_000

  /// An order's events with `after < seq <= upTo`, in order, at most `limit`.
  public func events(
    of order: OrderID, after: Int64, upTo: Int64, limit: Int
  ) async throws(StoreError) -> [RecordedEvent] {
    let first = max(after, 0)
    let wanted = min(Int64(try Self.page(limit)), max(upTo.subtractingReportingOverflow(first).partialValue, 0))
    guard upTo > first, wanted > 0 else { return [] }
    return try await events(order, (first + 1)...(first + wanted), heads: false)
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
    try await read { worker in
      let found = try worker.find(
        Find(
          .events, limit: seqs.count,
          options: { if heads { $0.document("projection") { $0.int32("envelope", 0) } } },
          filter: { $0.document("_id") { $0.strings("$in", seqs.lazy.map { RecordedEvent.key(order, $0) }) } }),
        RecordedEvent.read)
      return found.sorted { $0.seq < $1.seq }
    }
  }

  /// The writes whose events are not known to be published, oldest first, at most `limit`.
  public func unpublished(limit: Int) async throws(StoreError) -> [UnpublishedWrite] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.find(
        Find(
          .events, limit: limit,
          options: {
            $0.document("sort") {
              $0.int32("at", 1)
              $0.int32("orderId", 1)
              $0.int32("seq", 1)
            }
            $0.string("hint", Indexes.outbox)
            Self.onlyMarks(&$0)
          }, filter: { $0.document("outbox") { $0.bool("$exists", true) } }), UnpublishedWrite.read)
    }
  }

  /// One order's unpublished writes, oldest first.
  public func unpublished(of order: OrderID) async throws(StoreError) -> [UnpublishedWrite] {
    try await read { worker in
      // All of one order's events stand together in the order of their identities.
      let found = try worker.find(
        Find(
          .events, limit: 0, options: { Self.onlyMarks(&$0) },
          filter: {
            $0.document("_id") {
              $0.string("$gte", "\(order):")
              $0.string("$lt", "\(order);")
            }
            $0.document("outbox") { $0.bool("$exists", true) }
          }), UnpublishedWrite.read)
      return found.sorted { $0.lastSeq < $1.lastSeq }
    }
  }

  private static func onlyMarks(_ writer: inout BSONWriter) {
    writer.document("projection") {
      $0.int32("_id", 0)
      $0.int32("orderId", 1)
      $0.int32("seq", 1)
      $0.int32("outbox", 1)
    }
  }

  /// Notes that these writes' events are out. A mark that a crash loses means that they go out twice, which changes
  /// nothing: so nobody waits for a majority here.
  public func markPublished(_ writes: [UnpublishedWrite]) async throws(StoreError) {
    guard !writes.isEmpty else { return }
    try await write { worker in
      for start in stride(from: 0, to: writes.count, by: Self.markLimit) {
        let part = writes[start..<min(start + Self.markLimit, writes.count)]
        _ = try worker.run(.plain) {
          $0.string("update", Collection.events.rawValue)
          $0.documents("updates", CollectionOfOne(part)) { writer, part in
            writer.document("q") {
              $0.document("_id") {
                $0.strings("$in", part.lazy.map { RecordedEvent.key($0.orderID, $0.lastSeq) })
              }
            }
            writer.document("u") { $0.document("$unset") { $0.int32("outbox", 1) } }
            writer.bool("multi", true)
          }
          $0.document("writeConcern") { $0.int32("w", 1) }
        }
      }
    }
  }
}
