public import HubContracts
public import Orders

extension MongoStore {
  /// An order's parts, oldest first, at most `limit`, after the part `after`; nil kind: of all kinds.
  public func parts(
    of order: OrderID, tenant: TenantID, kind: PartKind?, after: PartID?, limit: Int
  ) async throws(StoreError) -> [Part] {
    let limit = try Self.page(limit)
    return try await read { worker in
      try worker.find(
        Find(
          .parts, limit: limit,
          options: {
            $0.document("sort") { $0.int32("_id", 1) }
            $0.string("hint", Indexes.partNumber)
          },
          filter: {
            $0.tenant("tenantId", tenant)
            $0.identifier("orderId", order)
            if let kind { $0.string("kind", kind.text) }
            if let after { $0.document("_id") { $0.identifier("$gt", after) } }
          }), Part.read)
    }
  }
}
