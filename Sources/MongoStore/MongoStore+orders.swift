public import HubContracts
public import Orders

extension MongoStore {
  /// The most ids that one read may name.
  static let idLimit = 500
  /// The most documents that one page may have.
  static let pageLimit = 1_000

  /// The order, if the tenant has it.
  public func order(_ id: OrderID, tenant: TenantID?) async throws(StoreError) -> Order? {
    try await read { worker in
      try worker.findOne(.orders, Order.read) {
        $0.identifier("_id", id)
        if let tenant { $0.tenant("tenantId", tenant) }
      }
    }
  }

  /// The id of a tenant's order of this number.
  public func orderID(number: Text, tenant: TenantID) async throws(StoreError) -> OrderID? {
    try await read { worker in
      try worker.find(.orderID(number, tenant), { row throws(BSONError) in try row.identifier("_id", Order.self) })
        .first
    }
  }

  /// The orders of these ids that exist; at most 500 ids.
  public func orders(_ ids: [OrderID]) async throws(StoreError) -> [Order] {
    guard ids.count <= Self.idLimit else { throw .broken("\(ids.count) ids at once; \(Self.idLimit) are allowed") }
    guard !ids.isEmpty else { return [] }
    return try await read { worker in
      try worker.find(
        Find(.orders, limit: ids.count) { $0.document("_id") { $0.identifiers("$in", ids) } }, Order.read)
    }
  }

  /// An order's deliveries, oldest first.
  public func deliveries(of order: OrderID, tenant: TenantID) async throws(StoreError) -> [Delivery] {
    try await read { worker in
      try worker.find(
        Find(.deliveries, limit: 0, options: Self.sort("_id", 1)) {
          $0.identifier("orderId", order)
          $0.tenant("tenantId", tenant)
        }, Delivery.read)
    }
  }

  /// An order's deliveries, oldest first, at most `limit`, after the delivery `after`.
  public func deliveries(
    of order: OrderID, tenant: TenantID, after: DeliveryID?, limit: Int
  ) async throws(StoreError) -> [Delivery] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.find(
        Find(.deliveries, limit: limit, options: Self.sort("_id", 1)) {
          $0.identifier("orderId", order)
          $0.tenant("tenantId", tenant)
          if let after { $0.document("_id") { $0.identifier("$gt", after) } }
        }, Delivery.read)
    }
  }

  /// One delivery.
  public func delivery(_ id: DeliveryID, tenant: TenantID) async throws(StoreError) -> Delivery? {
    try await read { worker in
      try worker.findOne(.deliveries, Delivery.read) {
        $0.identifier("_id", id)
        $0.tenant("tenantId", tenant)
      }
    }
  }

  /// An order's invoices, oldest first, at most `limit`, after the invoice `after`.
  public func invoices(
    of order: OrderID, tenant: TenantID, after: InvoiceID?, limit: Int
  ) async throws(StoreError) -> [Invoice] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.find(
        Find(.invoices, limit: limit, options: Self.sort("_id", 1)) {
          $0.identifier("orderId", order)
          $0.tenant("tenantId", tenant)
          if let after { $0.document("_id") { $0.identifier("$gt", after) } }
        }, Invoice.read)
    }
  }

  /// One invoice.
  public func invoice(_ id: InvoiceID, tenant: TenantID) async throws(StoreError) -> Invoice? {
    try await read { worker in
      try worker.findOne(.invoices, Invoice.read) {
        $0.identifier("_id", id)
        $0.tenant("tenantId", tenant)
      }
    }
  }

  /// A page's length, refused outside of 1…1,000.
  static func page(_ limit: Int) throws(StoreError) -> Int {
    guard (1...pageLimit).contains(limit) else { throw .broken("a page of \(limit); 1 to \(pageLimit) are allowed") }
    return limit
  }

  /// The `sort` of a read by one field.
  static func sort(_ field: StaticString, _ direction: Int32) -> (inout BSONWriter) -> Void {
    { $0.document("sort") { $0.int32(field, direction) } }
  }
}

extension Find {
  /// The id of a tenant's order of this number.
  static func orderID(_ number: Text, _ tenant: TenantID) -> Find {
    Find(
      .orders, limit: 1,
      options: {
        $0.document("projection") { $0.int32("_id", 1) }
        $0.string("hint", Indexes.orderNumber)
      },
      filter: {
        $0.tenant("tenantId", tenant)
        $0.string("orderNumber", number)
      })
  }
}
