import HubTestSupport
import HubContracts
import HubRuntime
import MongoStore
import Orders

/// A store that fails as a seed decides: before a call, or, where it writes, after it too, when its answer is lost.
struct FaultyStore: OrderStore {
  let store: MongoStore
  private let chance: Locked<SplitMix>
  private let percent: Locked<Int>
  /// What was noted as published, call by call.
  let marks = Locked<[[OutboxID]]>([])
  private let hook = Locked<(@Sendable (WriteSet) async throws(StoreError) -> CommitOutcome?)?>(nil)

  init(_ store: MongoStore, seed: UInt64) {
    self.store = store
    chance = Locked(SplitMix(state: seed))
    percent = Locked(0)
  }

  /// From now on so many of a hundred calls fail.
  func fail(percent: Int) { self.percent.with { $0 = percent } }

  /// From now on `hook` sees each commit first; what it gives is the outcome, and nothing is written.
  func commits(_ hook: @escaping @Sendable (WriteSet) async throws(StoreError) -> CommitOutcome?) {
    self.hook.with { $0 = hook }
  }

  private func fails() -> Bool {
    let percent = percent.with { $0 }
    return chance.with { Int.random(in: 0..<100, using: &$0) } < percent
  }

  private func risk() throws(StoreError) { if fails() { throw .unavailable("as the seed decides") } }

  func commit(_ writes: WriteSet) async throws(StoreError) -> CommitOutcome {
    try risk()
    if let hook = hook.with({ $0 }), let outcome = try await hook(writes) { return outcome }
    let outcome = try await store.commit(writes)
    if fails() { throw .outcomeUnknown("as the seed decides") }
    return outcome
  }
  func order(_ id: OrderID, tenant: TenantID?) async throws(StoreError) -> Order? {
    try risk()
    return try await store.order(id, tenant: tenant)
  }
  func orderID(number: Text, tenant: TenantID) async throws(StoreError) -> OrderID? {
    try risk()
    return try await store.orderID(number: number, tenant: tenant)
  }
  func orders(_ ids: [OrderID]) async throws(StoreError) -> [Order] {
    try risk()
    return try await store.orders(ids)
  }
  func holdings(of orders: [OrderID]) async throws(StoreError) -> [OrderID: StockHoldings] {
    try risk()
    return try await store.holdings(of: orders)
  }
  func reservations(_ query: ReservationQuery) async throws(StoreError) -> ReservationPage {
    try risk()
    return try await store.reservations(query)
  }
  func list(_ query: OrderQuery) async throws(StoreError) -> OrderPage {
    try risk()
    return try await store.list(query)
  }
  func changes(_ query: ChangeQuery) async throws(StoreError) -> ChangePage? {
    try risk()
    return try await store.changes(query)
  }
  func deliveries(of order: OrderID, tenant: TenantID) async throws(StoreError) -> [Delivery] {
    try risk()
    return try await store.deliveries(of: order, tenant: tenant)
  }
  func delivery(_ id: DeliveryID, tenant: TenantID) async throws(StoreError) -> Delivery? {
    try risk()
    return try await store.delivery(id, tenant: tenant)
  }
  func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> [Delivery] {
    try risk()
    return try await store.deliveries(query)
  }
  func invoices(_ query: InvoiceQuery) async throws(StoreError) -> [Invoice] {
    try risk()
    return try await store.invoices(query)
  }
  func deliveries(
    of order: OrderID, tenant: TenantID, after: DeliveryID?, limit: Int
  ) async throws(StoreError) -> [Delivery] {
    try risk()
    return try await store.deliveries(of: order, tenant: tenant, after: after, limit: limit)
  }
  func invoices(
    of order: OrderID, tenant: TenantID, after: InvoiceID?, limit: Int
  ) async throws(StoreError) -> [Invoice] {
    try risk()
    return try await store.invoices(of: order, tenant: tenant, after: after, limit: limit)
  }
  func invoice(_ id: InvoiceID, tenant: TenantID) async throws(StoreError) -> Invoice? {
    try risk()
    return try await store.invoice(id, tenant: tenant)
  }
  func parts(
    of order: OrderID, tenant: TenantID, kind: PartKind?, after: PartID?, limit: Int
  ) async throws(StoreError) -> [Part] {
    try risk()
    return try await store.parts(of: order, tenant: tenant, kind: kind, after: after, limit: limit)
  }
  func products(_ ids: [Text], tenant: TenantID) async throws(StoreError) -> [Product] {
    try risk()
    return try await store.products(ids, tenant: tenant)
  }
  func products(tenant: TenantID, after: Text?, limit: Int) async throws(StoreError) -> [Product] {
    try risk()
    return try await store.products(tenant: tenant, after: after, limit: limit)
  }
  func ledger(
    product: Text, tenant: TenantID, after: LedgerRowID?, limit: Int
  ) async throws(StoreError) -> [LedgerRow] {
    try risk()
    return try await store.ledger(product: product, tenant: tenant, after: after, limit: limit)
  }
  func events(of order: OrderID, after: Int64, upTo: Int64, limit: Int) async throws(StoreError) -> [RecordedEvent] {
    try risk()
    return try await store.events(of: order, after: after, upTo: upTo, limit: limit)
  }
  func eventHeads(of order: OrderID, upTo: Int64, limit: Int) async throws(StoreError) -> [RecordedEvent] {
    try risk()
    return try await store.eventHeads(of: order, upTo: upTo, limit: limit)
  }
  func unpublished(limit: Int) async throws(StoreError) -> [OutboxEntry] {
    try risk()
    return try await store.unpublished(limit: limit)
  }
  func unpublished(of tenant: TenantID, limit: Int) async throws(StoreError) -> [OutboxEntry] {
    try risk()
    return try await store.unpublished(of: tenant, limit: limit)
  }
  func unpublishedTenants(after: TenantID?, limit: Int) async throws(StoreError) -> [TenantID] {
    try risk()
    return try await store.unpublishedTenants(after: after, limit: limit)
  }
  func unpublished(of order: OrderID) async throws(StoreError) -> [UnpublishedWrite] {
    try risk()
    return try await store.unpublished(of: order)
  }
  func lastingOrder(_ id: OrderID) async throws(StoreError) -> Order? {
    try risk()
    return try await store.lastingOrder(id)
  }
  func markPublished(_ entries: [OutboxID]) async throws(StoreError) {
    try risk()
    marks.with { $0.append(entries) }
    try await store.markPublished(entries)
  }
  func takeOrderNumbers(tenant: TenantID, year: Int, count: Int) async throws(StoreError) -> Int64 {
    try risk()
    return try await store.takeOrderNumbers(tenant: tenant, year: year, count: count)
  }
  func lastNumber(_ series: NumberSeries, tenant: TenantID, year: Int) async throws(StoreError) -> Int64 {
    try risk()
    return try await store.lastNumber(series, tenant: tenant, year: year)
  }
  func tally(_ scope: TallyScope, shard: Int) async throws(StoreError) -> TallyShard {
    try risk()
    return try await store.tally(scope, shard: shard)
  }
  func tallies(_ scope: TallyScope) async throws(StoreError) -> [TallyShard] {
    try risk()
    return try await store.tallies(scope)
  }
  func tallies(everyTenant kind: TallyScope.Kind) async throws(StoreError) -> [TallyShard] {
    try risk()
    return try await store.tallies(everyTenant: kind)
  }
  func keptAnswer(_ key: AnswerKey, for fingerprint: String) async throws(StoreError) -> KeptAnswer? {
    try risk()
    return try await store.keptAnswer(key, for: fingerprint)
  }
  func keep(_ answer: KeptAnswer) async throws(StoreError) -> Bool {
    try risk()
    return try await store.keep(answer)
  }
  func migrate() async throws(StoreError) -> [String] { try await store.migrate() }
  func ping() async throws(StoreError) { try await store.ping() }
}
