public import HubContracts
import Orders

extension MongoStore {
  /// The orders written after a place; see `ChangePlace`.
  public func changes(_ query: ChangeQuery) async throws(StoreError) -> ChangePage? {
    guard (1...100).contains(query.limit) else { throw .broken("a page of \(query.limit); 1 to 100 are allowed") }
    return try await read { worker in try worker.changes(query) }
  }
}

/// Where an order's last write stands among its tenant's.
struct WrittenAt: Sendable {
  let shard: Int
  let revision: Int64

  /// By tenant, for a write set: each tally of orders that it moves.
  static func places(in writes: WriteSet) -> [TenantID: WrittenAt] {
    var places: [TenantID: WrittenAt] = [:]
    for tally in writes.tallies where tally.value.scope.kind == .orders {
      places[tally.value.scope.tenant] = WrittenAt(shard: tally.value.shard, revision: tally.value.revision)
    }
    return places
  }

  func write(to writer: inout BSONWriter) {
    writer.int32("changeShard", Int32(truncatingIfNeeded: shard))
    writer.int64("changeRevision", revision)
  }
}

/// An order, and where its last write stands.
private struct FoundChange {
  let order: Order
  let shard: Int
  let revision: Int64

  static func read(_ reader: inout BSONReader) throws(BSONError) -> FoundChange {
    FoundChange(
      order: try Order.read(&reader), shard: try reader.int("changeShard"),
      revision: try reader.integer("changeRevision"))
  }
}

extension MongoWorker {
  /// How long a page may be tried.
  private static let changesLimitMs = 5_000

  fileprivate func changes(_ query: ChangeQuery) throws -> ChangePage? {
    let seen = try revisions(query.tenant, majority: true)
    guard let after = query.after else {
      return ChangePage(
        orders: [], next: ChangePlace(marks: seen.mapValues { ChangePlace.Mark(revision: $0) }), hasMore: false)
    }
    // A primary that was just elected may not know yet what a majority has, but it has all of it itself.
    if after.isAhead(of: seen), after.isAhead(of: try revisions(query.tenant, majority: false)) { return nil }
    guard seen.contains(where: { after.lacks($0.key, $0.value) }) else {
      return ChangePage(orders: [], next: after, hasMore: false)
    }
    // What the tallies say and what the orders say is of one moment, on whichever server it is read.
    return try transaction(deadlineMs: Self.changesLimitMs, snapshot: true) { worker in
      let moved = try worker.revisions(query.tenant, majority: false).filter { after.lacks($0.key, $0.value) }
        .sorted { $0.key < $1.key }
      return query.customerID == nil
        ? try worker.tenantPage(query, after, moved) : try worker.customerPage(query, after, moved)
    }
  }

  /// How far each shard of a tenant's tally of orders is.
  private func revisions(_ tenant: TenantID, majority: Bool) throws -> [Int: Int64] {
    var revisions: [Int: Int64] = [:]
    for tally in try tallies(prefix: TallyScope(tenant: tenant, kind: .orders).prefix, majority: majority) {
      revisions[tally.shard] = tally.revision
    }
    return revisions
  }

  /// Shard after shard, each along the index.
  private func tenantPage(
    _ query: ChangeQuery, _ after: ChangePlace, _ moved: [(key: Int, value: Int64)]
  ) throws -> ChangePage {
    var page = ChangePage(orders: [], next: after, hasMore: false)
    for (shard, revision) in moved {
      let room = query.limit - page.orders.count
      guard room > 0 else {
        page.hasMore = true
        break
      }
      let mark = after.mark(shard)
      let found = try find(
        Self.find(query, limit: room + 1, hint: Indexes.changed) { Self.write(shard, mark, to: &$0) }, FoundChange.read)
      page.orders += found.prefix(room).map(\.order)
      page.next.marks[shard] = ChangePlace.Mark(revision: revision)
      if found.count > room, let last = found.prefix(room).last { page.stop(at: last) }
    }
    return page
  }

  /// A customer's orders are few: they are looked at once, for all shards.
  private func customerPage(
    _ query: ChangeQuery, _ after: ChangePlace, _ moved: [(key: Int, value: Int64)]
  ) throws -> ChangePage {
    let found = try find(
      Self.find(query, limit: query.limit + 1, hint: Indexes.customer) { writer in
        writer.documents("$or", moved) { Self.write($1.key, after.mark($1.key), to: &$0) }
      }, FoundChange.read)
    var page = ChangePage(orders: found.prefix(query.limit).map(\.order), next: after, hasMore: false)
    let last = found.count > query.limit ? found.prefix(query.limit).last : nil
    for (shard, revision) in moved where last.map({ shard <= $0.shard }) ?? true {
      page.next.marks[shard] = ChangePlace.Mark(revision: revision)
    }
    if let last { page.stop(at: last) }
    return page
  }

  private static func find(
    _ query: ChangeQuery, limit: Int, hint: StaticString, _ place: @escaping (inout BSONWriter) -> Void
  ) -> Find {
    Find(
      .orders, limit: limit,
      options: {
        $0.document("sort") {
          for field in ["changeShard", "changeRevision", "_id"] as [StaticString] { $0.int32(field, 1) }
        }
        $0.string("hint", hint)
      },
      filter: {
        $0.tenant("tenantId", query.tenant)
        if let customer = query.customerID { $0.string("customer.id", customer) }
        place(&$0)
      })
  }

  /// One shard's orders past a mark.
  private static func write(_ shard: Int, _ mark: ChangePlace.Mark, to writer: inout BSONWriter) {
    writer.int32("changeShard", Int32(truncatingIfNeeded: shard))
    guard let order = mark.order else {
      return writer.document("changeRevision") { $0.int64("$gt", mark.revision) }
    }
    writer.document("changeRevision") { $0.int64("$gte", mark.revision) }
    // A negation, which no plan turns into a second scan.
    writer.documents("$nor", CollectionOfOne(order)) { writer, order in
      writer.int64("changeRevision", mark.revision)
      writer.document("_id") { $0.identifier("$lte", order) }
    }
  }
}

extension ChangePage {
  /// It ends at an order, and more was there.
  fileprivate mutating func stop(at last: FoundChange) {
    next.marks[last.shard] = ChangePlace.Mark(revision: last.revision, order: last.order.id)
    hasMore = true
  }
}

extension ChangePlace {
  fileprivate func mark(_ shard: Int) -> Mark { marks[shard] ?? Mark(revision: 0) }

  /// Whether a shard that is so far may have something that was not seen.
  fileprivate func lacks(_ shard: Int, _ revision: Int64) -> Bool {
    let mark = mark(shard)
    return mark.revision < revision || mark.revision == revision && mark.order != nil
  }

  /// Whether something was seen that is not there.
  fileprivate func isAhead(of revisions: [Int: Int64]) -> Bool {
    marks.contains { (revisions[$0.key] ?? 0) < $0.value.revision }
  }
}
