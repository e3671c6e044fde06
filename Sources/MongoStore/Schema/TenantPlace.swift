import Orders

/// Where documents of a tenant stand in a collection: a condition, and the index that answers it. Orders are not among
/// them, nor what hangs on them without an index by tenant: their events and outbox entries.
struct TenantPlace: Sendable {
  /// The index that every collection has.
  static let identity: StaticString = "_id_"

  let collection: Collection
  var hint = identity
  /// Whether it goes after the orders: numbers given anew while old orders stand would be given twice.
  var outlivesOrders = false
  let filter: @Sendable (inout BSONWriter) -> Void

  /// All places of a tenant. A tenant's name has no colon and no line's end, so that no other's begins with it.
  static func all(of tenant: TenantID) -> [TenantPlace] {
    let name = tenant.text
    let byTenant: @Sendable (inout BSONWriter) -> Void = { $0.tenant("tenantId", tenant) }
    return [
      TenantPlace(collection: .sessions, hint: Indexes.sessionUser, filter: byTenant),
      TenantPlace(collection: .users, filter: range("\(name):", "\(name);")),
      TenantPlace(collection: .tenants) { $0.document("_id") { $0.strings("$in", CollectionOfOne(name)) } },
      TenantPlace(collection: .tenantChanges, filter: range("\(name):", "\(name);")),
      TenantPlace(collection: .workflows, outlivesOrders: true, filter: range("\(name):", "\(name);")),
      TenantPlace(collection: .jobs, hint: Indexes.jobState, filter: byTenant),
      TenantPlace(collection: .answers, filter: range("\(name)\n", "\(name)\u{b}")),
      TenantPlace(collection: .ledger, hint: Indexes.ledgerProduct, filter: byTenant),
      TenantPlace(collection: .products, filter: range("\(name):", "\(name);")),
      TenantPlace(collection: .invoices, hint: Indexes.invoiceNumber, filter: byTenant),
      TenantPlace(collection: .parts, hint: Indexes.partNumber, filter: byTenant),
      TenantPlace(collection: .deliveries, hint: Indexes.deliveryDay, filter: byTenant),
      TenantPlace(collection: .tallies, outlivesOrders: true, filter: range("orders:\(name):", "orders:\(name);")),
      // The day stands before the tenant: all tenants' days are looked at, a few documents each.
      TenantPlace(collection: .tallies, outlivesOrders: true) {
        range("deliveries:", "deliveries;")(&$0)
        $0.tenant("tenantId", tenant)
      },
      TenantPlace(collection: .numbers, outlivesOrders: true, filter: range("order:\(name):", "order:\(name);")),
      TenantPlace(collection: .numbers, outlivesOrders: true, filter: range("invoice:\(name):", "invoice:\(name);")),
      TenantPlace(collection: .numbers, outlivesOrders: true, filter: range("credit:\(name):", "credit:\(name);")),
    ]
  }

  private static func range(_ first: String, _ end: String) -> @Sendable (inout BSONWriter) -> Void {
    {
      $0.document("_id") {
        $0.string("$gte", first)
        $0.string("$lt", end)
      }
    }
  }
}

/// What is known of an order that is to be removed.
struct OrderHead: Sendable {
  let id: OrderID
  let number: String
  /// Its last event's number.
  let version: Int64

  /// The events of these orders, past their versions too.
  static func events(of orders: [OrderHead]) -> (inout BSONWriter) -> Void {
    {
      $0.documents("$or", orders) { writer, order in
        writer.document("_id") {
          $0.string("$gte", "\(order.id):")
          $0.string("$lt", "\(order.id);")
        }
      }
    }
  }

  /// The outbox entries of these orders.
  static func entries(of orders: [OrderHead]) -> (inout BSONWriter) -> Void {
    { $0.document("writes.orderId") { $0.identifiers("$in", orders.map(\.id)) } }
  }
}

extension MongoWorker {
  /// The tenant's next orders by number: a few, and only one if it has more events than a slice.
  func orderHeads(of tenant: TenantID, after: String?, slice: Int) throws -> [OrderHead] {
    let found = try find(
      Find(
        .orders, limit: min(slice, MongoStore.removalOrders),
        options: {
          $0.document("sort") { $0.int32("orderNumber", 1) }
          $0.document("projection") {
            $0.int32("orderNumber", 1)
            $0.int32("version", 1)
          }
          $0.string("hint", Indexes.orderNumber)
        },
        filter: {
          $0.tenant("tenantId", tenant)
          if let after { $0.document("orderNumber") { $0.string("$gt", after) } }
        })
    ) { row throws(BSONError) in
      OrderHead(
        id: try row.identifier("_id", Order.self), number: try row.string("orderNumber"),
        version: try row.integer("version"))
    }
    var events: Int64 = 0
    let fitting = found.prefix { order in
      events = events.addingReportingOverflow(order.version).partialValue
      return events <= Int64(slice)
    }
    return Array(fitting.isEmpty ? found.prefix(1) : fitting)
  }

  /// Removes orders and what hangs on them, the orders last; what was removed.
  func remove(_ orders: [OrderHead]) throws -> [(Collection, Int64)] {
    [
      (.outbox, try delete(.outbox, OrderHead.entries(of: orders))),
      (.events, try delete(.events, OrderHead.events(of: orders))),
      (.orders, try delete(.orders) { $0.document("_id") { $0.identifiers("$in", orders.map(\.id)) } }),
    ]
  }

  /// Removes the first documents of a place; how many.
  func remove(_ place: TenantPlace, limit: Int) throws -> Int64 {
    let next = Find(
      place.collection, limit: limit,
      options: {
        $0.document("projection") { $0.int32("_id", 1) }
        $0.string("hint", place.hint)
      }, filter: place.filter)
    switch place.collection {
    case .orders, .deliveries, .invoices, .ledger, .outbox, .jobs, .parts:
      // Whose identities they are matters to nobody here.
      let ids = try find(next) { row throws(BSONError) in try row.identifier("_id", Order.self) }
      return ids.isEmpty ? 0 : try delete(place.collection) { $0.document("_id") { $0.identifiers("$in", ids) } }
    case .products, .answers, .tallies, .numbers, .users, .sessions, .events, .migrations, .workflows, .tenants,
      .tenantChanges:
      let keys = try find(next) { row throws(BSONError) in try row.string("_id") as Text }
      return keys.isEmpty ? 0 : try delete(place.collection) { $0.document("_id") { $0.strings("$in", keys) } }
    }
  }

  /// Removes what fits; how many. Not as a retried write: a server takes none that may touch several documents.
  private func delete(_ collection: Collection, _ query: @escaping (inout BSONWriter) -> Void) throws -> Int64 {
    var reply = try run(.plain) {
      $0.string("delete", collection.rawValue)
      $0.documents("deletes", CollectionOfOne(query)) { writer, query in
        writer.document("q", query)
        writer.int32("limit", 0)
      }
      $0.int64("maxTimeMS", Int64(operationTimeoutMs))
      $0.document("writeConcern") { $0.string("w", "majority" as StaticString) }
    }
    try MongoFailure.check(&reply)
    return try reply.integer("n")
  }
}
