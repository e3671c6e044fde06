public import HubContracts
public import Orders

extension MongoStore {
  /// The catalogue's products of these ids that exist; at most 500 ids.
  public func products(_ ids: [Text], tenant: TenantID) async throws(StoreError) -> [Product] {
    guard ids.count <= Self.idLimit else { throw .broken("\(ids.count) ids at once; \(Self.idLimit) are allowed") }
    guard !ids.isEmpty else { return [] }
    return try await read { worker in
      try worker.products(
        Find(.products, limit: ids.count) {
          $0.document("_id") { $0.strings("$in", ids.lazy.map { Product.key($0, tenant: tenant) }) }
        })
    }
  }

  /// The catalogue by product id, at most `limit`, after the product `after`.
  public func products(tenant: TenantID, after: Text?, limit: Int) async throws(StoreError) -> [Product] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.products(
        Find(.products, limit: limit, options: Self.sort("_id", 1)) {
          $0.document("_id") {
            $0.string("$gt", Product.key(after ?? "", tenant: tenant))
            $0.string("$lt", "\(tenant.text);")
          }
        })
    }
  }

  /// A product's ledger, newest first, at most `limit`, after the row `after`.
  public func ledger(
    product: Text, tenant: TenantID, after: LedgerRowID?, limit: Int
  ) async throws(StoreError) -> [LedgerRow] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.find(
        Find(.ledger, limit: limit, options: Self.sort("_id", -1)) {
          $0.tenant("tenantId", tenant)
          $0.string("productId", product)
          if let after { $0.document("_id") { $0.identifier("$lt", after) } }
        }, LedgerRow.read)
    }
  }
}
