public import Orders

/// How much one call to the store takes or gives.
public enum StoreCall {
  /// At most so many identities, or rows of a read that needs all of them.
  public static let limit = 500
}

/// The orders.
public protocol OrderRecords: Sendable {
  /// The order, if the tenant has it; nil tenant: whoever has it (the relay, the audit).
  func order(_ id: OrderID, tenant: TenantID?) async throws(StoreError) -> Order?
  /// The id of a tenant's order of this number.
  func orderID(number: Text, tenant: TenantID) async throws(StoreError) -> OrderID?
  /// The orders of these ids that exist, in any order, whoever has them; at most `StoreCall.limit` ids.
  func orders(_ ids: [OrderID]) async throws(StoreError) -> [Order]
  /// One page; see `OrderQuery`.
  func list(_ query: OrderQuery) async throws(StoreError) -> OrderPage
  /// The orders written after a place, by a majority and for good; nil if the place is not one of what is stored now, as
  /// after a backup was restored.
  func changes(_ query: ChangeQuery) async throws(StoreError) -> ChangePage?
}

/// What was made of orders: deliveries, invoices and the parts of other workflows.
public protocol FulfilmentRecords: Sendable {
  /// An order's deliveries, oldest first: all of them, for a rule that must see all.
  func deliveries(of order: OrderID, tenant: TenantID) async throws(StoreError) -> [Delivery]
  /// An order's deliveries, oldest first, at most `limit`, after the delivery `after`.
  func deliveries(of order: OrderID, tenant: TenantID, after: DeliveryID?, limit: Int) async throws(StoreError)
    -> [Delivery]
  /// One delivery.
  func delivery(_ id: DeliveryID, tenant: TenantID) async throws(StoreError) -> Delivery?
  /// A tenant's deliveries; see `DeliveryQuery`.
  func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> [Delivery]
  /// An order's invoices, oldest first, at most `limit`, after the invoice `after`.
  func invoices(of order: OrderID, tenant: TenantID, after: InvoiceID?, limit: Int) async throws(StoreError)
    -> [Invoice]
  /// A tenant's invoices; see `InvoiceQuery`.
  func invoices(_ query: InvoiceQuery) async throws(StoreError) -> [Invoice]
  /// One invoice.
  func invoice(_ id: InvoiceID, tenant: TenantID) async throws(StoreError) -> Invoice?

  /// An order's parts, oldest first, at most `limit`, after the part `after`; nil kind: of all kinds.
  func parts(of order: OrderID, tenant: TenantID, kind: PartKind?, after: PartID?, limit: Int) async throws(StoreError)
    -> [Part]
}

/// The catalogue, and what moved its stock.
public protocol CatalogueRecords: Sendable {
  /// The catalogue's products of these ids that exist.
  func products(_ ids: [Text], tenant: TenantID) async throws(StoreError) -> [Product]
  /// The catalogue by product id, at most `limit`, after the product `after`.
  func products(tenant: TenantID, after: Text?, limit: Int) async throws(StoreError) -> [Product]
  /// A product's ledger, newest first, at most `limit`, after the row `after`.
  func ledger(product: Text, tenant: TenantID, after: LedgerRowID?, limit: Int) async throws(StoreError)
    -> [LedgerRow]
}

/// What happened to orders.
public protocol EventRecords: Sendable {
  /// An order's events with `after < seq <= upTo`, in order, at most `limit`; fewer once they come to about 1 MiB, and at
  /// least one if there is one.
  func events(of order: OrderID, after: Int64, upTo: Int64, limit: Int) async throws(StoreError) -> [RecordedEvent]
  /// An order's newest events up to `upTo`, oldest first, without envelopes (`envelope` is empty).
  func eventHeads(of order: OrderID, upTo: Int64, limit: Int) async throws(StoreError) -> [RecordedEvent]
}

/// What happened and may not be told yet.
public protocol OutboxStore: EventRecords, OrderRecords {
  /// The transactions whose events are not known to be published, oldest first, at most `limit`.
  func unpublished(limit: Int) async throws(StoreError) -> [OutboxEntry]
  /// Those of them in which a tenant has a part.
  func unpublished(of tenant: TenantID, limit: Int) async throws(StoreError) -> [OutboxEntry]
  /// The tenants that have a part in any of them, by name, at most `limit`, after the tenant `after`.
  func unpublishedTenants(after: TenantID?, limit: Int) async throws(StoreError) -> [TenantID]
  /// An order as it stands for good, whoever becomes primary: what may be told of it. What waits may be ahead of it, where
  /// a primary that is cut off has what it will take back.
  func lastingOrder(_ id: OrderID) async throws(StoreError) -> Order?
  /// One order's writes whose events are not known to be published, oldest first.
  func unpublished(of order: OrderID) async throws(StoreError) -> [UnpublishedWrite]
  /// Notes that all events of these transactions are out.
  func markPublished(_ entries: [OutboxID]) async throws(StoreError)
}

/// The numbers by which people name orders, invoices and credit notes.
public protocol NumberStore: Sendable {
  /// Takes `count` numbers that nobody else gets; gives the first. Gaps may be left by writes that fail.
  func takeOrderNumbers(tenant: TenantID, year: Int, count: Int) async throws(StoreError) -> Int64
  /// The last number given of a series in a tenant and year, 0 if none: the guard of the next.
  func lastNumber(_ series: NumberSeries, tenant: TenantID, year: Int) async throws(StoreError) -> Int64
}

/// The sums that are kept of orders and deliveries.
public protocol TallyStore: Sendable {
  /// One shard of a tally; a fresh one if it does not exist.
  func tally(_ scope: TallyScope, shard: Int) async throws(StoreError) -> TallyShard
  /// All shards of a tally.
  func tallies(_ scope: TallyScope) async throws(StoreError) -> [TallyShard]
  /// All shards of one kind of tally, whoever has them: `orders`, or the deliveries of a day.
  func tallies(everyTenant kind: TallyScope.Kind) async throws(StoreError) -> [TallyShard]
}

/// The first answers to keyed requests.
public protocol AnswerStore: Sendable {
  /// The first answer to a key, if it was kept. One that was kept when keys were a whole tenant's is given too, if it has
  /// this fingerprint, for then it is this user's; any other such is as if it were not there.
  func keptAnswer(_ key: AnswerKey, for fingerprint: String) async throws(StoreError) -> KeptAnswer?
  /// Keeps an answer that changed nothing (a refusal). False if the key has one already.
  func keep(_ answer: KeptAnswer) async throws(StoreError) -> Bool
}
