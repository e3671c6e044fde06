import HubContracts
import HubRuntime
import MongoStore
import Orders

/// A store of two tenants, of which one cannot be looked at.
struct HalfSource: MoneyBeforeSource {
  let store: MongoStore
  let failing: TenantID
  let tenant: TenantID
  /// Whose orders were looked for, and whose invoices.
  let looked = Locked<[TenantID]>([])
  let named = Locked<[TenantID]>([])

  func tenants() async throws(StoreError) -> [TenantID] { [failing, tenant] }
  func ordersToRound(tenant: TenantID, limit: Int) async throws(StoreError) -> [OrderID] {
    looked.with { $0.append(tenant) }
    if tenant == failing { throw .unavailable("its orders take too long") }
    return try await store.ordersToRound(tenant: tenant, limit: limit)
  }
  func nameStatus(ofInvoicesOf tenant: TenantID, limit: Int) async throws(StoreError) -> Int {
    named.with { $0.append(tenant) }
    return try await store.nameStatus(ofInvoicesOf: tenant, limit: limit)
  }

  // MARK: What nobody looks at

  func talliesWithoutCurrency(limit: Int) async throws(StoreError) -> [TallyScope] {
    try await store.talliesWithoutCurrency(limit: limit)
  }
  func nameCurrency(ofDeliveriesIn scope: TallyScope) async throws(StoreError) -> Int {
    try await store.nameCurrency(ofDeliveriesIn: scope)
  }
  func auditedOrders(after: OrderID?, tenant: TenantID?, limit: Int) async throws(StoreError) -> [AuditedOrder] {
    try await store.auditedOrders(after: after, tenant: tenant, limit: limit)
  }
  func auditedProducts(tenant: TenantID, after: Text?, limit: Int) async throws(StoreError) -> [AuditedProduct] {
    try await store.auditedProducts(tenant: tenant, after: after, limit: limit)
  }
  func years(of series: NumberSeries, tenant: TenantID) async throws(StoreError) -> [Int] {
    try await store.years(of: series, tenant: tenant)
  }
  func numbers(
    of series: NumberSeries, tenant: TenantID, prefix: String, after: String?, limit: Int
  ) async throws(StoreError) -> [String] {
    try await store.numbers(of: series, tenant: tenant, prefix: prefix, after: after, limit: limit)
  }
  func allTallies(after: TallyShard?, limit: Int) async throws(StoreError) -> [TallyShard] {
    try await store.allTallies(after: after, limit: limit)
  }
  func recount(_ scope: TallyScope) async throws(StoreError) -> [RecountRow] { try await store.recount(scope) }
  func repair(
    _ scope: TallyScope, counts: @escaping @Sendable ([RecountRow]) -> [Text: Int64]
  ) async throws(StoreError) -> TallyRepair { try await store.repair(scope, counts: counts) }
}
