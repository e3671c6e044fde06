public import Orders

/// The system of record, as the rest of the hub sees it. Whatever matters is decided here. Whoever needs a part of it asks
/// for that part.
///
/// Every call is bounded in time and throws `StoreError.unavailable` when the store does not answer in it.
public protocol OrderStore: OrderRecords, FulfilmentRecords, CatalogueRecords, OutboxStore, NumberStore, TallyStore,
  AnswerStore, StockStore
{
  /// Writes all of it or nothing, w=majority and journaled, where every guard still holds.
  func commit(_ writes: WriteSet) async throws(StoreError) -> CommitOutcome

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
  /// The whole envelope as JSON: `{"id","seq","tenant","type","orderId","customer","seller","kiosk","at","data"}`; of
  /// `OrderParties` those names that there are.
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
