public import Orders

/// What the hub keeps in Redis: cached state, counters, locks, limits and the event bus. All of it may be lost; nothing
/// here decides anything that matters.
///
/// Every call is bounded in time (`REDIS_TIMEOUT_MS`) and throws `CacheUnavailable` at once while Redis is known away.
public protocol HubCache: Sendable {
  /// Whether Redis answers now.
  var isUp: Bool { get }

  // MARK: Reading an order's state

  /// The whole response body that is at hand in this process, or nil. Neither waits nor fails.
  func copyAtHand(_ view: OrderView, of id: OrderID) -> OrderCopy?
  /// The whole response body from Redis, kept at hand until Redis says that it changed; nil on a miss.
  func copy(_ view: OrderView, of id: OrderID) async throws(CacheUnavailable) -> OrderCopy?
  /// Puts an order's state, as read from the store, where Redis has none or an older one.
  func fill(_ state: OrderState) async throws(CacheUnavailable)
  /// Puts an order's document, as read from the store, where Redis knows of no newer version.
  func fillDocument(_ copy: OrderCopy, of id: OrderID) async throws(CacheUnavailable)

  // MARK: After a write

  /// For each write, in order: where Redis has the version before it, replaces the state, drops the document, appends
  /// the events to the tenant's stream and publishes them. Doing it twice changes nothing.
  func publish(_ writes: [Publication]) async throws(CacheUnavailable) -> [PublicationOutcome]
  /// Drops the copies at hand of orders whose publication failed, and keeps them from being read from Redis until a
  /// publication of that version or a later one succeeds.
  func distrust(_ orders: [OrderID])

  // MARK: Counters

  /// Replaces shards by newer revisions, and drops what was summed from the old ones.
  func publish(_ tallies: [TallyShard]) async throws(CacheUnavailable)
  /// Puts all shards of a tally, as read from the store, and `rendered`, their sum as JSON, unless a newer shard stands
  /// there.
  func fill(_ scope: TallyScope, shards: [TallyShard], rendered: [UInt8]) async throws(CacheUnavailable)
  /// The sums of a tenant's orders and of a day's deliveries as they were filled; nil on a miss of either.
  func counters(tenant: TenantID, day: String) async throws(CacheUnavailable) -> CounterCopy?
  /// The same if it is at hand in this process.
  func countersAtHand(tenant: TenantID) -> CounterCopy?
  /// Puts the sums over all tenants: `dashboard:counters` and `deliveries:today:{day}`.
  func putTotals(orders: [UInt8], day: String, deliveries: [UInt8]) async throws(CacheUnavailable)

  // MARK: Locks, limits, keys

  /// Takes `lock:order:{id}` of each order, `token` inside, 30 s long; gives those taken.
  func lock(_ orders: [OrderID], token: String) async throws(CacheUnavailable) -> [OrderID]
  /// Lets go of the locks that still hold `token`.
  func unlock(_ orders: [OrderID], token: String) async throws(CacheUnavailable)
  /// Takes `cost` from a limit of `perMinute` with a burst of as much: nil if granted, else milliseconds to wait.
  func take(_ cost: Int, from limit: String, perMinute: Int) async throws(CacheUnavailable) -> Int?
  /// Marks an idempotency key as being worked on for at most 5 s; false if it is already.
  func begin(_ key: AnswerKey, token: String) async throws(CacheUnavailable) -> Bool
  /// Takes the mark away again if `token` holds it.
  func end(_ key: AnswerKey, token: String) async throws(CacheUnavailable)
}

/// Redis does not answer, or not in time. The text is for the log.
public struct CacheUnavailable: Error, Sendable, Equatable {
  /// Why, for the log.
  public var reason: String
  /// Names the reason.
  public init(_ reason: String) { self.reason = reason }
}

/// What can be read of an order without asking the store.
public enum OrderView: UInt8, Sendable, CaseIterable {
  /// `{"order","events"}`
  case document
  /// `{"orderId","version","remaining"}`
  case remaining
  /// `{"orderId","progress","status","version"}`
  case progress
}

/// Who may see an order.
public struct OrderOwner: Sendable, Hashable {
  /// The tenant.
  public var tenant: TenantID
  /// Whom of it the order concerns.
  public var parties: OrderParties
  /// The customer's user name, if it has one.
  public var customerID: Text? { parties.customer }
  /// Names an owner.
  public init(tenant: TenantID, parties: OrderParties) {
    self.tenant = tenant
    self.parties = parties
  }
  /// That of an order without a seller, and that no kiosk placed.
  public init(tenant: TenantID, customerID: Text?) {
    self.init(tenant: tenant, parties: OrderParties(customer: customerID))
  }
}

/// A response body about an order, ready to send.
public struct OrderCopy: Sendable {
  /// Who may see it.
  public var owner: OrderOwner
  /// The order's version that it shows.
  public var version: Int64
  /// The whole body.
  public var body: SharedBytes
  /// Describes a copy.
  public init(owner: OrderOwner, version: Int64, body: SharedBytes) {
    self.owner = owner
    self.version = version
    self.body = body
  }
}

/// Response-ready sums.
public struct CounterCopy: Sendable {
  /// The day that `today` is about, `yyyy-mm-dd`.
  public var day: String
  /// JSON: `{"totalOrders":…}`.
  public var counters: SharedBytes
  /// JSON: `{"count":…,"totalValue":…,"pending":…,"delivered":…,"totals":[…]}`.
  public var today: SharedBytes
  /// The whole answer of `GET /api/orders/stats`: `{"counters","today","asOf"}`.
  public var body: SharedBytes
  /// Describes sums.
  public init(day: String, counters: SharedBytes, today: SharedBytes, body: SharedBytes) {
    self.day = day
    self.counters = counters
    self.today = today
    self.body = body
  }
}

/// An order's state as it stands in Redis.
public struct OrderState: Sendable, Equatable {
  /// Which order.
  public var id: OrderID
  /// Who may see it.
  public var owner: OrderOwner
  /// Its version.
  public var version: Int64
  /// `order:{id}:status`
  public var status: String
  /// `order:{id}:progress`, 0…100
  public var progress: Int
  /// `order:{id}:remaining`: `{"productId":{"total","delivered","remaining"}}`
  public var remaining: [UInt8]
  /// `order:{id}:item:{itemId}:remaining`, as a decimal; the items that changed, or all.
  public var itemsRemaining: [ItemRemaining]
  /// Describes a state.
  public init(
    id: OrderID, owner: OrderOwner, version: Int64, status: String, progress: Int, remaining: [UInt8],
    itemsRemaining: [ItemRemaining]
  ) {
    self.id = id
    self.owner = owner
    self.version = version
    self.status = status
    self.progress = progress
    self.remaining = remaining
    self.itemsRemaining = itemsRemaining
  }
}

/// What remains of one item, as a decimal.
public struct ItemRemaining: Sendable, Equatable {
  /// The item.
  public var itemID: ItemID
  /// A decimal number without a trailing zero: `15`, `0.35`.
  public var text: String
  /// Names what remains.
  public init(itemID: ItemID, text: String) {
    self.itemID = itemID
    self.text = text
  }
}

/// A write's effect outside the store.
public struct Publication: Sendable, Equatable {
  /// The state after the write; its version is the last event's seq.
  public var state: OrderState
  /// The write's events, in order; `state.version` is the last one's seq.
  public var events: [RecordedEvent]
  /// Publish even though Redis does not know the version before: the caller has made sure that nothing earlier waits.
  public var afterCatchUp: Bool
  /// Describes a write.
  public init(state: OrderState, events: [RecordedEvent], afterCatchUp: Bool = false) {
    self.state = state
    self.events = events
    self.afterCatchUp = afterCatchUp
  }
}

/// What became of a publication.
public enum PublicationOutcome: Sendable, Equatable {
  /// It is out.
  case published
  /// It was out already.
  case already
  /// Redis is at this version, and events between it and the write are missing: publish those first.
  case behind(version: Int64)
  /// Redis knows no version of the order, and the write is not its first: see whether something earlier waits.
  case unknown
}

/// The event bus as a fan-out process reads it.
public protocol EventBus: Sendable {
  /// Sends `listener` what comes for the tenants subscribed to, from now until `stop`. Called once.
  func start(_ listener: any BusListener)
  /// Begins to listen for a tenant; nothing if it does already.
  func subscribe(_ tenant: TenantID)
  /// Ends listening for a tenant.
  func unsubscribe(_ tenant: TenantID)
  /// Ends it.
  func stop() async
}

/// Whoever reads the bus. Called on the bus's own thread: it must not wait.
public protocol BusListener: Sendable {
  /// A message: the envelope as JSON, with `offset`, the entry's id in the tenant's stream, as its first member if it has
  /// one. The buffer lives only during the call. Messages read at once come before one `flush`.
  func received(_ message: UnsafeRawBufferPointer, tenant: TenantID)
  /// A tenant's subscription stands: what is published from now on will be received. Told again after each loss.
  func subscribed(_ tenant: TenantID)
  /// No more messages are at hand for now: what was received may go out.
  func flush()
  /// The connection was lost, so messages may be missing; it is being made again.
  func lost()
  /// The connection is back and every subscription stands again.
  func restored()
  /// A program outside the hub sent something with Socket.IO's Redis emitter; only if the bus was made to listen for that.
  func emitted(_ event: EmittedEvent)
}

extension BusListener {
  /// Nobody wants it.
  public func emitted(_ event: EmittedEvent) {}
}
