public import HubContracts
public import Orders

extension MongoStore: MoneyBeforeSource {
  /// The states in which an invoice may be paid, of the workflow that there was before.
  private static let begun = PlainStates.payable.map { Standing(.plain, $0).word }

  /// Some of a tenant's orders whose dues are to be rounded.
  public func ordersToRound(tenant: TenantID, limit: Int) async throws(StoreError) -> [OrderID] {
    let limit = try Self.page(limit)
    return try await read(with: .long) { worker in
      try worker.find(
        Find(
          .orders, limit: limit,
          options: {
            $0.document("projection") { $0.int32("_id", 1) }
            $0.string("hint", Indexes.state)
          },
          filter: {
            $0.tenant("tenantId", tenant)
            $0.document("status") { $0.strings("$in", Self.begun) }
            $0.document("decimals") { $0.bool("$exists", false) }
            $0.document("rounding") { $0.bool("$exists", false) }
            // What is divided into 10⁻⁸ is as it was.
            $0.document("currency") { $0.strings("$in", Currency.withMinorUnit) }
            $0.document("invoices.issued") { $0.int64("$gt", 0) }
          }), { row throws(BSONError) in try row.identifier("_id", Order.self) })
    }
  }

  /// Some tallies that tell no currency.
  public func talliesWithoutCurrency(limit: Int) async throws(StoreError) -> [TallyScope] {
    let limit = try Self.page(limit)
    let places: [(StaticString, StaticString)] = [
      ("counts.value", Indexes.worthBefore), ("counts.valueFraction", Indexes.fractionBefore),
    ]
    let shards = try await read(with: .long) { worker in
      try places.flatMap { field, index in
        try worker.find(
          Find(
            .tallies, limit: limit, options: { $0.string("hint", index) },
            filter: { $0.document(field) { $0.bool("$exists", true) } }), TallyShard.read)
      }
    }
    return Array(Set(shards.map(\.scope)))
  }

  /// How many deliveries are given their currency at once.
  private static let namedAtOnce = 500

  /// Has the deliveries that a tally counts name their order's currency.
  public func nameCurrency(ofDeliveriesIn scope: TallyScope) async throws(StoreError) -> Int {
    guard case .deliveries(let day) = scope.kind else { return 0 }
    var named = 0
    while true {
      let orders = try await ordersOfUnnamed(scope.tenant, day)
      guard !orders.isEmpty else { return named }
      // Orders are never removed one by one; one that is missing leaves its deliveries as they are.
      let found = try await self.orders(orders)
      guard !found.isEmpty else { return named }
      for (currency, orders) in Dictionary(grouping: found, by: \.currency) {
        named += try await write(with: .long) { worker in
          try worker.name(currency, inDeliveriesOf: orders.map(\.id), scope.tenant, day)
        }
      }
    }
  }

  private func ordersOfUnnamed(_ tenant: TenantID, _ day: String) async throws(StoreError) -> [OrderID] {
    let ids = try await read(with: .long) { worker in
      try worker.find(
        Find(
          .deliveries, limit: Self.namedAtOnce,
          options: {
            $0.document("projection") { $0.int32("orderId", 1) }
            $0.string("hint", Indexes.deliveryDay)
          },
          filter: {
            $0.tenant("tenantId", tenant)
            $0.string("day", day)
            $0.document("currency") { $0.bool("$exists", false) }
          }), { row throws(BSONError) in try row.identifier("orderId", Order.self) })
    }
    return Array(Set(ids))
  }
}

extension MongoWorker {
  /// How many were named. Not as a retried write: a server takes none that may touch several documents.
  fileprivate func name(
    _ currency: Currency, inDeliveriesOf orders: [OrderID], _ tenant: TenantID, _ day: String
  ) throws -> Int {
    var reply = try run(.plain) {
      $0.string("update", Collection.deliveries.rawValue)
      $0.documents("updates", CollectionOfOne(orders)) { writer, orders in
        writer.document("q") {
          $0.document("orderId") { $0.identifiers("$in", orders) }
          $0.tenant("tenantId", tenant)
          $0.string("day", day)
          $0.document("currency") { $0.bool("$exists", false) }
        }
        writer.document("u") { $0.document("$set") { $0.string("currency", currency.code) } }
        writer.bool("multi", true)
      }
      $0.document("writeConcern") { $0.string("w", "majority" as StaticString) }
    }
    return try reply.int("nModified")
  }
}
