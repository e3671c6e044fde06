public import HubContracts
public import Orders

extension MongoStore: AuditSource {
  /// The most orders of one page of the audit; their deliveries, invoices and events come with them.
  static let auditLimit = 200

  /// Orders by id with all that belongs to them. A page is not one snapshot: judge an order that looks wrong again.
  public func auditedOrders(
    after: OrderID?, tenant: TenantID?, limit: Int
  ) async throws(StoreError) -> [AuditedOrder] {
    guard (1...Self.auditLimit).contains(limit) else {
      throw .broken("a page of \(limit); 1 to \(Self.auditLimit) are allowed")
    }
    return try await read(with: .long) { worker in
      let orders = try worker.find(
        Find(
          .orders, limit: limit,
          options: {
            $0.document("sort") { $0.int32("_id", 1) }
            $0.document("hint") { $0.int32("_id", 1) }
          },
          filter: {
            if let after { $0.document("_id") { $0.identifier("$gt", after) } }
            if let tenant { $0.tenant("tenantId", tenant) }
          }), Order.read)
      return try worker.complete(orders)
    }
  }

  /// Every tenant that has orders or moved stock; one step of an index each.
  public func tenants() async throws(StoreError) -> [TenantID] {
    let found = try await read(with: .long) { worker in
      try worker.tenants(of: .orders, hint: Indexes.orderNumber)
        + worker.tenants(of: .ledger, hint: Indexes.ledgerProduct)
    }
    return Set(found.map { Text($0.text) }).sorted().compactMap { TenantID($0) }
  }

  /// The years in which a tenant has given numbers of a series.
  public func years(of series: NumberSeries, tenant: TenantID) async throws(StoreError) -> [Int] {
    try await read(with: .long) { worker in
      let keys = try worker.find(
        Find(.numbers, limit: 0, options: Self.sort("_id", 1)) {
          $0.document("_id") {
            $0.string("$gte", "\(series.rawValue):\(tenant.text):")
            $0.string("$lt", "\(series.rawValue):\(tenant.text);")
          }
        }, { row throws(BSONError) in try row.string("_id") as String })
      return keys.compactMap { key in key.split(separator: ":").last.flatMap { Int($0) } }.sorted()
    }
  }

  /// A tenant's numbers of a series in sorted pages.
  public func numbers(
    of series: NumberSeries, tenant: TenantID, prefix: String, after: String?, limit: Int
  ) async throws(StoreError) -> [String] {
    let limit = try Self.page(limit)
    return try await read(with: .long) { worker in
      try worker.find(
        Find(
          .invoices, limit: limit,
          options: {
            $0.document("sort") { $0.int32(series.field, 1) }
            $0.document("projection") {
              $0.int32("_id", 0)
              $0.int32(series.field, 1)
            }
            $0.string("hint", series.index)
          },
          filter: {
            $0.tenant("tenantId", tenant)
            $0.document(series.field) {
              $0.string("$gte", prefix)
              $0.string("$lt", prefix + "\u{10ffff}")
              if let after { $0.string("$gt", after) }
            }
          }), { row throws(BSONError) in try series.number(in: row) })
    }
  }

  /// The tallies in pages, whoever has them.
  public func allTallies(after: TallyShard?, limit: Int) async throws(StoreError) -> [TallyShard] {
    let limit = try Self.page(limit)
    return try await read(with: .long) { worker in
      try worker.find(
        Find(.tallies, limit: limit, options: Self.sort("_id", 1)) {
          if let after { $0.document("_id") { $0.string("$gt", after.key) } }
        }, TallyShard.read)
    }
  }
}

extension NumberSeries {
  /// Where a number of it stands in an invoice.
  fileprivate var field: StaticString {
    switch self {
    case .invoice: "number"
    case .credit: "creditNote.number"
    }
  }

  fileprivate var index: StaticString {
    switch self {
    case .invoice: Indexes.invoiceNumber
    case .credit: Indexes.creditNumber
    }
  }

  fileprivate func number(in invoice: BSONReader) throws(BSONError) -> String {
    var reader = invoice
    switch self {
    case .invoice: return try reader.string("number")
    case .credit:
      var note = try reader.document("creditNote")
      return try note.string("number")
    }
  }
}

extension MongoWorker {
  fileprivate func tenants(of collection: Collection, hint: StaticString) throws -> [TenantID] {
    try aggregate(
      collection, hint: hint,
      stages: {
        $0.stage("$sort") { $0.int32("tenantId", 1) }
        $0.stage("$group") { $0.string("_id", "$tenantId" as StaticString) }
      }, { row throws(BSONError) in try row.tenant("_id") })
  }

  fileprivate func complete(_ orders: [Order]) throws -> [AuditedOrder] {
    guard !orders.isEmpty else { return [] }
    let ids = orders.map(\.id)
    let ofThese: (inout BSONWriter) -> Void = { $0.document("orderId") { $0.identifiers("$in", ids) } }
    let deliveries = try find(Find(.deliveries, limit: 0, filter: ofThese), Delivery.read)
    let invoices = try find(Find(.invoices, limit: 0, filter: ofThese), Invoice.read)
    // By tenant too: so the index is theirs.
    let tenants = Set(orders.map(\.tenantID)).map { Text($0.text) }
    let parts = try find(
      Find(
        .parts, limit: 0, options: { $0.string("hint", Indexes.partNumber) },
        filter: {
          $0.document("tenantId") { $0.strings("$in", tenants) }
          ofThese(&$0)
        }), Part.read)
    let holdings = try holdingsByOrder(ids)
    let partsOf = Dictionary(grouping: parts, by: \.orderID)
    let deliveriesOf = Dictionary(grouping: deliveries, by: \.orderID)
    let invoicesOf = Dictionary(grouping: invoices, by: \.orderID)
    return try orders.map { order in
      AuditedOrder(
        order: order,
        deliveries: (deliveriesOf[order.id] ?? []).sorted { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) },
        invoices: (invoicesOf[order.id] ?? []).sorted { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) },
        parts: (partsOf[order.id] ?? []).sorted { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) },
        holdings: holdings[order.id] ?? StockHoldings(), events: try eventHeads(of: order.id))
    }
  }

  /// All events of an order that are there, past its version too; an audit wants to see what should not be.
  private func eventHeads(of order: OrderID) throws -> [RecordedEvent] {
    let found = try find(
      Find(
        .events, limit: 0, options: { $0.document("projection") { $0.int32("envelope", 0) } },
        filter: {
          $0.document("_id") {
            $0.string("$gte", "\(order):")
            $0.string("$lt", "\(order);")
          }
        }), RecordedEvent.readHead)
    return found.sorted { $0.seq < $1.seq }
  }
}
