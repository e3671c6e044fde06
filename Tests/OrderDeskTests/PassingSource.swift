import HubContracts
import Orders

/// A source of an audit that stands before another, and passes on what it does not answer itself.
protocol PassingSource: AuditSource {
  var source: any AuditSource { get }
}

extension PassingSource {
  func auditedOrders(after: OrderID?, tenant: TenantID?, limit: Int) async throws(StoreError) -> [AuditedOrder] {
    try await source.auditedOrders(after: after, tenant: tenant, limit: limit)
  }
  func auditedProducts(tenant: TenantID, after: Text?, limit: Int) async throws(StoreError) -> [AuditedProduct] {
    try await source.auditedProducts(tenant: tenant, after: after, limit: limit)
  }
  func auditedProduct(_ productID: Text, tenant: TenantID) async throws(StoreError) -> AuditedProduct? {
    try await source.auditedProduct(productID, tenant: tenant)
  }
  func repairStock(of productID: Text, tenant: TenantID) async throws(StoreError) -> AuditedProduct? {
    try await source.repairStock(of: productID, tenant: tenant)
  }
  func tenants() async throws(StoreError) -> [TenantID] { try await source.tenants() }
  func years(of series: NumberSeries, tenant: TenantID) async throws(StoreError) -> [Int] {
    try await source.years(of: series, tenant: tenant)
  }
  func numbers(
    of series: NumberSeries, tenant: TenantID, prefix: String, after: String?, limit: Int
  ) async throws(StoreError) -> [String] {
    try await source.numbers(of: series, tenant: tenant, prefix: prefix, after: after, limit: limit)
  }
  func allTallies(after: TallyShard?, limit: Int) async throws(StoreError) -> [TallyShard] {
    try await source.allTallies(after: after, limit: limit)
  }
  func recount(_ scope: TallyScope) async throws(StoreError) -> [RecountRow] { try await source.recount(scope) }
  func repair(
    _ scope: TallyScope, counts: @escaping @Sendable ([RecountRow]) -> [Text: Int64]
  ) async throws(StoreError) -> TallyRepair { try await source.repair(scope, counts: counts) }
}
