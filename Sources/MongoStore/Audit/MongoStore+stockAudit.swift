public import HubContracts
public import Orders

extension MongoStore {
  /// A tenant's products with the sums of their ledgers. A page is not one snapshot: look at one that looks wrong again,
  /// with `auditedProduct`.
  public func auditedProducts(
    tenant: TenantID, after: Text?, limit: Int
  ) async throws(StoreError) -> [AuditedProduct] {
    let products = try await products(tenant: tenant, after: after, limit: limit)
    guard !products.isEmpty else { return [] }
    return try await read(with: .long) { worker in
      let sums = try worker.ledgerSums(of: products.map(\.productID), tenant: tenant, inTransaction: false)
      return products.map { AuditedProduct($0, sums: sums[$0.productID] ?? [:]) }
    }
  }

  /// A product with the sums of its ledger, both of one moment; nil if the tenant has none of this name.
  public func auditedProduct(_ productID: Text, tenant: TenantID) async throws(StoreError) -> AuditedProduct? {
    try await read(with: .long) { worker in
      try worker.transaction(deadlineMs: Self.recountLimitMs, snapshot: true) { worker in
        try worker.audited(productID, tenant)
      }
    }
  }

  /// Puts the sums of a product's ledger in the place of what it says. Both are of one snapshot, and the server takes no
  /// write of a product that another has written since, so nothing that moves meanwhile is lost: every row of the ledger
  /// that moves a sum is written together with its product.
  public func repairStock(of productID: Text, tenant: TenantID) async throws(StoreError) -> AuditedProduct? {
    try await write(with: .long) { worker in
      try worker.transaction(deadlineMs: Self.recountLimitMs, snapshot: true) { worker in
        let found = try worker.audited(productID, tenant)
        if let found, !found.wrong.isEmpty { try worker.putSums(of: found) }
        return found
      }
    }
  }
}

extension MongoWorker {
  fileprivate func audited(_ productID: Text, _ tenant: TenantID) throws -> AuditedProduct? {
    let found = try products(
      Find(.products, limit: 1) { $0.string("_id", Product.key(productID, tenant: tenant)) }, inTransaction: true)
    guard let product = found.first else { return nil }
    let sums = try ledgerSums(of: [productID], tenant: tenant, inTransaction: true)
    return AuditedProduct(product, sums: sums[productID] ?? [:])
  }

  /// As any other change of the product it makes its version grow, so that nobody writes what was read before it.
  fileprivate func putSums(of found: AuditedProduct) throws {
    let product = found.product
    var reply = try run(.write) {
      $0.string("update", Collection.products.rawValue)
      $0.documents("updates", CollectionOfOne(found)) { writer, found in
        writer.document("q") {
          $0.string("_id", Product.key(product.productID, tenant: product.tenantID))
          $0.int64("version", product.version)
        }
        writer.document("u") {
          $0.document("$set") {
            for place in StockPlace.allCases { $0.quantity(place.field, found[place]) }
            $0.int64("version", product.version &+ 1)
          }
          $0.document("$currentDate") { $0.bool("updatedAt", true) }
        }
      }
    }
    guard try reply.integer("n") == 1, try reply.optionalDocument("writeErrors") == nil else {
      throw MongoFailure(kind: .server(ServerCode.writeConflict), message: "a product moved", isTransient: true)
    }
  }

  fileprivate func ledgerSums(
    of products: [Text], tenant: TenantID, inTransaction: Bool
  ) throws -> [Text: [StockPlace: Quantity]] {
    let rows = try aggregate(
      .ledger, hint: Indexes.ledgerProduct, inTransaction: inTransaction,
      stages: {
        $0.stage("$match") {
          $0.tenant("tenantId", tenant)
          $0.document("productId") { $0.strings("$in", products) }
        }
        $0.stage("$group") {
          $0.string("_id", "$productId" as StaticString)
          for place in StockPlace.allCases { $0.sum(place.field) }
        }
      },
      { row throws(BSONError) in
        var sums: [StockPlace: Quantity] = [:]
        for place in StockPlace.allCases { sums[place] = Quantity(millionths: try row.sum(place.field)) }
        return (try row.string("_id") as Text, sums)
      })
    return Dictionary(rows) { first, _ in first }
  }
}

extension StockPlace {
  /// The field of its sum, in a product and in the rows of its ledger.
  fileprivate var field: StaticString {
    switch self {
    case .available: "onHand"
    case .reserved: "reserved"
    case .onHold: "onHold"
    case .damaged: "damaged"
    }
  }
}

extension AuditedProduct {
  fileprivate init(_ product: Product, sums: [StockPlace: Quantity]) {
    self.init(
      product: product, onHand: sums[.available] ?? .zero, damaged: sums[.damaged] ?? .zero,
      onHold: sums[.onHold] ?? .zero, reserved: sums[.reserved] ?? .zero)
  }
}
