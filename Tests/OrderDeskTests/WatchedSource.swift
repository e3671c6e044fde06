import HubContracts
import HubRuntime
import MongoStore
import Orders

/// A store that notes which pages of the walks it is asked for.
struct WatchedSource: MoneyBeforeSource {
  let store: MongoStore
  /// Each page's place, walk by walk.
  let pages = Locked<[MoneyWalk: [Text?]]>([:])
  /// What is done at each page, before it is read.
  var atPage: @Sendable (MoneyWalk) -> Void = { _ in }
  /// What others do right after a place was read.
  var afterPlace: @Sendable (MoneyWalk, WalkPlace) async throws(StoreError) -> Void = { _, _ in }

  private func note(_ walk: MoneyWalk, _ after: Text?) {
    pages.with { $0[walk, default: []].append(after) }
    atPage(walk)
  }

  func ordersToRound(after: Text?, limit: Int) async throws(StoreError) -> WalkPage<OrderToRound> {
    note(.orders, after)
    return try await store.ordersToRound(after: after, limit: limit)
  }
  func nameStatus(ofInvoicesAfter after: Text?, limit: Int) async throws(StoreError) -> WalkStep {
    note(.invoices, after)
    return try await store.nameStatus(ofInvoicesAfter: after, limit: limit)
  }
  func talliesWithoutCurrency(after: Text?, limit: Int) async throws(StoreError) -> WalkPage<TallyScope> {
    note(.tallies, after)
    return try await store.talliesWithoutCurrency(after: after, limit: limit)
  }

  // MARK: What is passed on

  func place(of walk: MoneyWalk) async throws(StoreError) -> WalkPlace {
    let place = try await store.place(of: walk)
    try await afterPlace(walk, place)
    return place
  }
  func move(_ walk: MoneyWalk, from place: WalkPlace, to next: WalkPlace) async throws(StoreError) -> Bool {
    try await store.move(walk, from: place, to: next)
  }
  func nameCurrency(ofDeliveriesIn scope: TallyScope) async throws(StoreError) -> Int {
    try await store.nameCurrency(ofDeliveriesIn: scope)
  }
  func tenants() async throws(StoreError) -> [TenantID] { try await store.tenants() }
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
