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
  let revision: Int64

  static func read(_ reader: inout BSONReader) throws(BSONError) -> FoundChange {
    FoundChange(order: try Order.read(&reader), revision: try reader.integer("changeRevision"))
  }
}

extension MongoWorker {
  fileprivate func changes(_ query: ChangeQuery) throws -> ChangePage? {
    var shards: [Int: Int64] = [:]
    let scope = TallyScope(tenant: query.tenant, kind: .orders)
    for tally in try tallies(prefix: scope.prefix, majority: true) { shards[tally.shard] = tally.revision }
    guard let after = query.after else {
      return ChangePage(
        orders: [], next: ChangePlace(marks: shards.mapValues { ChangePlace.Mark(revision: $0) }), hasMore: false)
    }
    guard after.marks.allSatisfy({ shards[$0.key] ?? 0 >= $0.value.revision }) else { return nil }
    var page = ChangePage(orders: [], next: after, hasMore: false)
    for (shard, revision) in shards.sorted(by: { $0.key < $1.key }) {
      let mark = after.marks[shard] ?? ChangePlace.Mark(revision: 0)
      guard mark.revision < revision || mark.order != nil else { continue }
      let room = query.limit - page.orders.count
      guard room > 0 else {
        page.hasMore = true
        break
      }
      let found = try find(Self.changes(query, shard, mark, limit: room + 1), FoundChange.read)
      page.orders += found.prefix(room).map(\.order)
      if found.count > room, let last = found.prefix(room).last {
        page.next.marks[shard] = ChangePlace.Mark(revision: last.revision, order: last.order.id)
        page.hasMore = true
      } else {
        // What was committed since the tallies were read may have been found too.
        page.next.marks[shard] = ChangePlace.Mark(revision: max(revision, found.last?.revision ?? 0))
      }
    }
    return page
  }

  /// One shard's orders past a mark, in the sequence of their writes. Of a customer's the few are sorted; of a tenant's
  /// the index has them so.
  private static func changes(_ query: ChangeQuery, _ shard: Int, _ mark: ChangePlace.Mark, limit: Int) -> Find {
    Find(
      .orders, limit: limit,
      options: {
        $0.document("sort") {
          $0.int32("changeRevision", 1)
          $0.int32("_id", 1)
        }
        $0.string("hint", query.customerID == nil ? Indexes.changed : Indexes.customer)
        $0.document("readConcern") { $0.string("level", "majority" as StaticString) }
      },
      filter: {
        $0.tenant("tenantId", query.tenant)
        if let customer = query.customerID { $0.string("customer.id", customer) }
        $0.int32("changeShard", Int32(truncatingIfNeeded: shard))
        guard let order = mark.order else {
          $0.document("changeRevision") { $0.int64("$gt", mark.revision) }
          return
        }
        $0.document("changeRevision") { $0.int64("$gte", mark.revision) }
        // A negation, which no plan turns into a second scan.
        $0.documents("$nor", CollectionOfOne(order)) { writer, order in
          writer.int64("changeRevision", mark.revision)
          writer.document("_id") { $0.identifier("$lte", order) }
        }
      })
  }
}
