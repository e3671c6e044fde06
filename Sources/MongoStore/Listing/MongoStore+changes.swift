public import HubContracts
import Orders

extension MongoStore {
  /// The orders written after a place; see `ChangePlace`.
  public func changes(_ query: ChangeQuery) async throws(StoreError) -> ChangePage? {
    try await changes(query, ChangeLimits())
  }

  /// The same with other limits.
  func changes(_ query: ChangeQuery, _ limits: ChangeLimits) async throws(StoreError) -> ChangePage? {
    guard (1...100).contains(query.limit) else { throw .broken("a page of \(query.limit); 1 to 100 are allowed") }
    return try await read { worker in try worker.changes(query, limits) }
  }
}

/// How much of the store a page of changes looks at that gives a seller's or a kiosk's orders alone.
struct ChangeLimits: Sendable {
  /// How many orders of theirs are looked at, whichever of them changed; of a customer all are.
  var few = 1_000
  /// How many writes of their tenant are looked at where they have more.
  var sieved = 2_000
}

/// Where an order's last write stands among its tenant's: it is noted in the order, and in the last event of the write.
///
/// The events are what a tenant's changes are read along, for they only grow. An index of the orders by it would change at
/// every write, and then the server makes the keys of all the order's indexes: a third of what a delivery costs.
struct WrittenAt: Sendable, Equatable {
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

  static func read(_ reader: inout BSONReader) throws(BSONError) -> WrittenAt {
    WrittenAt(shard: try reader.int("changeShard"), revision: try reader.integer("changeRevision"))
  }

  func write(to writer: inout BSONWriter) {
    writer.int32("changeShard", Int32(truncatingIfNeeded: shard))
    writer.int64("changeRevision", revision)
  }
}

/// An order, and where its last write stands.
private struct FoundChange {
  let order: Order
  let place: WrittenAt

  static func read(_ reader: inout BSONReader) throws(BSONError) -> FoundChange {
    FoundChange(order: try Order.read(&reader), place: try WrittenAt.read(&reader))
  }
}

/// A write of an order, as its last event notes it.
private struct FoundWrite {
  let order: OrderID
  let place: WrittenAt

  static func read(_ reader: inout BSONReader) throws(BSONError) -> FoundWrite {
    FoundWrite(order: try reader.identifier("orderId", Order.self), place: try WrittenAt.read(&reader))
  }
}

extension MongoWorker {
  /// How long a page may be tried.
  private static let changesLimitMs = 5_000

  fileprivate func changes(_ query: ChangeQuery, _ limits: ChangeLimits) throws -> ChangePage? {
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
    let own = try query.of.flatMap { try are($0, few: limits.few, query.tenant) ? $0 : nil }
    // What the tallies say and what the orders say is of one moment, on whichever server it is read.
    return try transaction(deadlineMs: Self.changesLimitMs, snapshot: true) { worker in
      let moved = try worker.revisions(query.tenant, majority: false).filter { after.lacks($0.key, $0.value) }
        .sorted { $0.key < $1.key }
      guard let own else { return try worker.tenantPage(query, after, moved, sieved: limits.sieved) }
      return try worker.ownPage(query, own, after, moved)
    }
  }

  /// Whether the orders are so few that all of them may be looked at.
  private func are(_ orders: OrdersOf, few: Int, _ tenant: TenantID) throws -> Bool {
    if orders.areFew { return true }
    let count = try count(.orders, hint: orders.index, limit: few + 1) {
      $0.tenant("tenantId", tenant)
      orders.write(to: &$0)
    }
    return count <= Int64(few)
  }

  /// How far each shard of a tenant's tally of orders is.
  private func revisions(_ tenant: TenantID, majority: Bool) throws -> [Int: Int64] {
    var revisions: [Int: Int64] = [:]
    for tally in try tallies(prefix: TallyScope(tenant: tenant, kind: .orders).prefix, majority: majority) {
      revisions[tally.shard] = tally.revision
    }
    return revisions
  }

  /// Shard after shard, each along the index of the events. An order is given where it was written last: so it comes once,
  /// and a page of orders that were written again since has fewer of them; and so has one that gives a seller's or a kiosk's
  /// alone.
  private func tenantPage(
    _ query: ChangeQuery, _ after: ChangePlace, _ moved: [(key: Int, value: Int64)], sieved: Int
  ) throws -> ChangePage {
    var page = ChangePage(orders: [], next: after, hasMore: false)
    var looks = query.of == nil ? query.limit : sieved
    for (shard, revision) in moved {
      var isDone = false
      while !isDone {
        let room = min(looks, query.limit - page.orders.count)
        guard room > 0 else {
          page.hasMore = true
          return page
        }
        let mark = page.next.mark(shard)
        let found = try find(Self.writes(query.tenant, shard, mark, limit: room + 1), FoundWrite.read)
        let some = found.prefix(room)
        page.orders += try stillThere(some, of: query.of)
        looks -= some.count
        isDone = found.count <= room
        page.next.marks[shard] =
          isDone
          ? ChangePlace.Mark(revision: revision) : some.last.map { .init(revision: $0.place.revision, order: $0.order) }
      }
    }
    return page
  }

  /// The orders that were not written since, in the order of the writes; of one party, if it is named.
  private func stillThere(_ writes: ArraySlice<FoundWrite>, of party: OrdersOf?) throws -> [Order] {
    guard !writes.isEmpty else { return [] }
    let found = try find(
      Find(
        .orders, limit: writes.count, options: { $0.string("hint", "_id_" as StaticString) },
        filter: {
          $0.document("_id") { $0.identifiers("$in", writes.map(\.order)) }
          party?.write(to: &$0)
        })
    ) { (reader: inout BSONReader) throws(BSONError) in try FoundChange.read(&reader) }
    let orders = Dictionary(found.map { ($0.order.id, $0) }, uniquingKeysWith: { first, _ in first })
    return writes.compactMap { write in
      orders[write.order].flatMap { $0.place == write.place ? $0.order : nil }
    }
  }

  /// A shard's writes past a mark, read from the index alone.
  private static func writes(_ tenant: TenantID, _ shard: Int, _ mark: ChangePlace.Mark, limit: Int) -> Find {
    Find(
      .events, limit: limit,
      options: {
        $0.document("sort") {
          for field in ["changeShard", "changeRevision", "orderId"] as [StaticString] { $0.int32(field, 1) }
        }
        $0.document("projection") {
          $0.int32("_id", 0)
          for field in ["orderId", "changeShard", "changeRevision"] as [StaticString] { $0.int32(field, 1) }
        }
        $0.string("hint", Indexes.changed)
      },
      filter: {
        $0.tenant("tenantId", tenant)
        Self.write(shard, mark, orderField: "orderId", to: &$0)
      })
  }

  /// The orders are few: they are looked at once, for all shards.
  private func ownPage(
    _ query: ChangeQuery, _ own: OrdersOf, _ after: ChangePlace, _ moved: [(key: Int, value: Int64)]
  ) throws -> ChangePage {
    let found = try find(
      Self.orders(own, query) { writer in
        writer.documents("$or", moved) { Self.write($1.key, after.mark($1.key), orderField: "_id", to: &$0) }
      }, FoundChange.read)
    var page = ChangePage(orders: found.prefix(query.limit).map(\.order), next: after, hasMore: false)
    let last = found.count > query.limit ? found.prefix(query.limit).last : nil
    for (shard, revision) in moved where last.map({ shard <= $0.place.shard }) ?? true {
      page.next.marks[shard] = ChangePlace.Mark(revision: revision)
    }
    if let last { page.stop(at: last.order.id, last.place) }
    return page
  }

  private static func orders(
    _ own: OrdersOf, _ query: ChangeQuery, _ places: @escaping (inout BSONWriter) -> Void
  ) -> Find {
    Find(
      .orders, limit: query.limit + 1,
      options: {
        $0.document("sort") {
          for field in ["changeShard", "changeRevision", "_id"] as [StaticString] { $0.int32(field, 1) }
        }
        $0.string("hint", own.index)
      },
      filter: {
        $0.tenant("tenantId", query.tenant)
        own.write(to: &$0)
        places(&$0)
      })
  }

  /// What one shard has past a mark.
  private static func write(
    _ shard: Int, _ mark: ChangePlace.Mark, orderField: StaticString, to writer: inout BSONWriter
  ) {
    writer.int32("changeShard", Int32(truncatingIfNeeded: shard))
    guard let order = mark.order else {
      return writer.document("changeRevision") { $0.int64("$gt", mark.revision) }
    }
    writer.document("changeRevision") { $0.int64("$gte", mark.revision) }
    // A negation, which no plan turns into a second scan.
    writer.documents("$nor", CollectionOfOne(order)) { writer, order in
      writer.int64("changeRevision", mark.revision)
      writer.document(orderField) { $0.identifier("$lte", order) }
    }
  }
}

extension ChangePage {
  /// It ends at an order, and more was there.
  fileprivate mutating func stop(at order: OrderID, _ place: WrittenAt) {
    next.marks[place.shard] = ChangePlace.Mark(revision: place.revision, order: order)
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
