public import Orders

/// The system of record, as the rest of the hub sees it. Whatever matters is decided here.
///
/// Every call is bounded in time and throws `StoreError.unavailable` when the store does not answer in it.
public protocol OrderStore: StockStore {
  /// Writes all of it or nothing, w=majority and journaled, where every guard still holds.
  func commit(_ writes: WriteSet) async throws(StoreError) -> CommitOutcome

  /// The order, if the tenant has it; nil tenant: whoever has it (the relay, the audit).
  func order(_ id: OrderID, tenant: TenantID?) async throws(StoreError) -> Order?
  /// The id of a tenant's order of this number.
  func orderID(number: Text, tenant: TenantID) async throws(StoreError) -> OrderID?
  /// The orders of these ids that exist, in any order, whoever has them; at most 500 ids.
  func orders(_ ids: [OrderID]) async throws(StoreError) -> [Order]
  /// One page; see `OrderQuery`.
  func list(_ query: OrderQuery) async throws(StoreError) -> OrderPage
  /// The orders written after a place, by a majority and for good; nil if the place is not one of what is stored now, as
  /// after a backup was restored.
  func changes(_ query: ChangeQuery) async throws(StoreError) -> ChangePage?

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

  /// The catalogue's products of these ids that exist.
  func products(_ ids: [Text], tenant: TenantID) async throws(StoreError) -> [Product]
  /// The catalogue by product id, at most `limit`, after the product `after`.
  func products(tenant: TenantID, after: Text?, limit: Int) async throws(StoreError) -> [Product]
  /// A product's ledger, newest first, at most `limit`, after the row `after`.
  func ledger(product: Text, tenant: TenantID, after: LedgerRowID?, limit: Int) async throws(StoreError)
    -> [LedgerRow]

  /// An order's events with `after < seq <= upTo`, in order, at most `limit`; fewer once they come to about 1 MiB, and at
  /// least one if there is one.
  func events(of order: OrderID, after: Int64, upTo: Int64, limit: Int) async throws(StoreError) -> [RecordedEvent]
  /// An order's newest events up to `upTo`, oldest first, without envelopes (`envelope` is empty).
  func eventHeads(of order: OrderID, upTo: Int64, limit: Int) async throws(StoreError) -> [RecordedEvent]
  /// The transactions whose events are not known to be published, oldest first, at most `limit`.
  func unpublished(limit: Int) async throws(StoreError) -> [OutboxEntry]
  /// Those of them in which a tenant has a part.
  func unpublished(of tenant: TenantID, limit: Int) async throws(StoreError) -> [OutboxEntry]
  /// The tenants that have a part in any of them, by name, at most `limit`, after the tenant `after`.
  func unpublishedTenants(after: TenantID?, limit: Int) async throws(StoreError) -> [TenantID]
  /// One order's writes whose events are not known to be published, oldest first.
  func unpublished(of order: OrderID) async throws(StoreError) -> [UnpublishedWrite]
  /// Notes that all events of these transactions are out.
  func markPublished(_ entries: [OutboxID]) async throws(StoreError)

  /// Takes `count` numbers that nobody else gets; gives the first. Gaps may be left by writes that fail.
  func takeOrderNumbers(tenant: TenantID, year: Int, count: Int) async throws(StoreError) -> Int64
  /// The last number given of a series in a tenant and year, 0 if none: the guard of the next.
  func lastNumber(_ series: NumberSeries, tenant: TenantID, year: Int) async throws(StoreError) -> Int64

  /// One shard of a tally; a fresh one if it does not exist.
  func tally(_ scope: TallyScope, shard: Int) async throws(StoreError) -> TallyShard
  /// All shards of a tally.
  func tallies(_ scope: TallyScope) async throws(StoreError) -> [TallyShard]
  /// All shards of one kind of tally, whoever has them: `orders`, or the deliveries of a day.
  func tallies(everyTenant kind: TallyScope.Kind) async throws(StoreError) -> [TallyShard]

  /// The first answer to a key, if it was kept. One that was kept when keys were a whole tenant's is given too, if it has
  /// this fingerprint, for then it is this user's; any other such is as if it were not there.
  func keptAnswer(_ key: AnswerKey, for fingerprint: String) async throws(StoreError) -> KeptAnswer?
  /// Keeps an answer that changed nothing (a refusal). False if the key has one already.
  func keep(_ answer: KeptAnswer) async throws(StoreError) -> Bool

  /// Makes indexes and validators; does nothing where they stand. Gives a line for each thing made.
  func migrate() async throws(StoreError) -> [String]
  /// Answers when the primary does.
  func ping() async throws(StoreError)
}

/// A store that does not do what was asked.
public enum StoreError: Error, Sendable, Equatable {
  /// No primary, or no answer in time: nothing was written. The text is for the log.
  case unavailable(String)
  /// The store answers, and too much waits for it already, of all or of who asked: nothing was written.
  case overloaded(Lack)
  /// The commit's outcome is not known: it may or may not have happened.
  case outcomeUnknown(String)
  /// A document or command is wrong: a bug. The text is for the log.
  case broken(String)
}

/// What a commit came to.
public enum CommitOutcome: Sendable, Equatable {
  /// All of it is written.
  case committed
  /// Nothing is written: something changed since it was read. Read again and decide again.
  case stale
  /// Nothing is written: these keys have an answer already, or one is being made.
  case answered([AnswerKey])
}

/// A value to be written only where the stored one still has this version.
public struct Guarded<Value: Sendable & Equatable>: Sendable, Equatable {
  /// The new value.
  public var value: Value
  /// The version it was decided upon.
  public var expectedVersion: Int64
  /// Guards a value.
  public init(_ value: Value, expectedVersion: Int64) {
    self.value = value
    self.expectedVersion = expectedVersion
  }
}

/// All that one transaction writes.
///
/// Changed deliveries, invoices and parts need no guard of their own: whoever changes one changes its order in the same
/// transaction, and the order's version guards them all.
public struct WriteSet: Sendable, Equatable {
  /// Orders that must not exist yet.
  public var insertedOrders: [Order] = []
  /// Orders that must have the version named. Their state is written; what an order was placed with (its number,
  /// customer, notes…) stays as it was inserted, unless it was edited.
  public var changedOrders: [Guarded<Order>] = []
  /// Those of them of which an edit has changed what they were placed with.
  public var editedOrders: Set<OrderID> = []
  /// New deliveries.
  public var insertedDeliveries: [Delivery] = []
  /// Deliveries of orders in `changedOrders`.
  public var changedDeliveries: [Delivery] = []
  /// New invoices.
  public var insertedInvoices: [Invoice] = []
  /// Invoices of orders in `changedOrders`.
  public var changedInvoices: [Invoice] = []
  /// New parts.
  public var insertedParts: [Part] = []
  /// Parts of orders in `changedOrders`.
  public var changedParts: [Part] = []
  /// Products that must not exist yet.
  public var insertedProducts: [Product] = []
  /// Products that must have the version named.
  public var changedProducts: [Guarded<Product>] = []
  /// New rows of the stock ledger.
  public var ledger: [LedgerRow] = []
  /// New events.
  public var events: [RecordedEvent] = []
  /// What is to be published of it; it stands in the outbox until it is.
  public var outbox: OutboxEntry?
  /// Numberings of invoices and credit notes that move on.
  public var invoiceNumbers: [InvoiceNumbering] = []
  /// Tallies that move on.
  public var tallies: [Guarded<TallyShard>] = []
  /// Answers to keep for 24 hours.
  public var answers: [KeptAnswer] = []
  /// Timers that stop; see `end`.
  public var endedJobs: [JobKey] = []
  /// What is to be done later or elsewhere; see `start`.
  public var insertedJobs: [Job] = []
  /// Nothing.
  public init() {}
}

/// An event as it is stored and sent.
public struct RecordedEvent: Sendable, Equatable {
  /// The order it happened to.
  public var orderID: OrderID
  /// 1, 2, 3… without a gap in its order.
  public var seq: Int64
  /// Whose order.
  public var tenant: TenantID
  /// What happened.
  public var type: EventType
  /// When.
  public var at: Timestamp
  /// Who did it.
  public var by: UserID
  /// The whole envelope as JSON: `{"id","seq","tenant","type","orderId","customer","at","data"}`; `customer`, its user name,
  /// only if the order's customer has one.
  public var envelope: [UInt8]
  /// Why what is stored of it cannot be passed on; nil for all that a hub of any version writes. It keeps its number, so
  /// that those after it go out; whoever lists or publishes events leaves it out.
  public var fault: EventFault?
  /// Describes an event.
  public init(
    orderID: OrderID, seq: Int64, tenant: TenantID, type: EventType, at: Timestamp, by: UserID, envelope: [UInt8],
    fault: EventFault? = nil
  ) {
    self.fault = fault
    self.orderID = orderID
    self.seq = seq
    self.tenant = tenant
    self.type = type
    self.at = at
    self.by = by
    self.envelope = envelope
  }
}

/// What a tally counts.
public struct TallyScope: Sendable, Hashable {
  /// Orders by status and payment, or the deliveries of a day by status, with their value.
  public enum Kind: Sendable, Hashable {
    /// Orders, keyed `status|paymentStatus`.
    case orders
    /// A day's deliveries, keyed by status; `value:USD` and `fraction:USD` hold their worth, a currency each.
    case deliveries(day: String)
  }
  /// Whose.
  public var tenant: TenantID
  /// Of what.
  public var kind: Kind
  /// Names a tally.
  public init(tenant: TenantID, kind: Kind) {
    self.tenant = tenant
    self.kind = kind
  }
}

/// One part of a tally. Each writer counts in a shard of its own, in the transaction of the write it counts, so the sum
/// over the shards is exact and writers do not meet.
public struct TallyShard: Sendable, Equatable {
  /// Which tally.
  public var scope: TallyScope
  /// 0…63.
  public var shard: Int
  /// How many transactions wrote it; 0 if it does not exist yet. It is its version.
  public var revision: Int64
  /// The counts; one that is absent is 0. A single shard's counts may be negative, their sum never is.
  public var counts: [Text: Int64]
  /// Describes a shard.
  public init(scope: TallyScope, shard: Int, revision: Int64, counts: [Text: Int64]) {
    self.scope = scope
    self.shard = shard
    self.revision = revision
    self.counts = counts
  }
  /// How many shards a tally may have.
  public static let limit = 64
}
