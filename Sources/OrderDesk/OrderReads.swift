public import HubContracts
import HubRuntime
import HubWire
public import Orders

/// What can be read of orders: from this process, else from Redis, else from the store, which then fills the two.
public final class OrderReads: Sendable {
  let store: any OrderStore
  private let cache: any HubCache
  private let clock: any HubClock
  private let book: TenantBook
  private let workflows: any WorkflowBook
  private let copies = SingleFlight<CopyKey, OrderCopy?>()
  private let counters = SingleFlight<TenantID, SharedBytes>()
  /// How many of an order's last events its document shows.
  public static let eventHeadsLimit = 50

  private struct CopyKey: Hashable {
    let view: OrderView
    let id: OrderID
  }

  /// Reads through `cache` to `store`, with one calendar and currency for all tenants.
  public convenience init(
    store: any OrderStore, cache: any HubCache, clock: any HubClock, calendar: BusinessCalendar, currency: Currency,
    workflows: any WorkflowBook
  ) {
    self.init(
      store: store, cache: cache, clock: clock, book: TenantBook(calendar: calendar, currency: currency),
      workflows: workflows)
  }

  /// Reads through `cache` to `store`. `workflows` say which states the counters name, `book` which day it is and which
  /// currency their single sum is in.
  public init(
    store: any OrderStore, cache: any HubCache, clock: any HubClock, book: TenantBook, workflows: any WorkflowBook
  ) {
    self.store = store
    self.cache = cache
    self.clock = clock
    self.book = book
    self.workflows = workflows
  }

  /// The response body of a view, or nil if there is no such order. Whose it is, the caller must check.
  public func copy(_ view: OrderView, of id: OrderID) async throws -> OrderCopy? {
    if let copy = cache.copyAtHand(view, of: id) { return copy }
    return try await copies.value(CopyKey(view: view, id: id)) { [self] in
      if let copy = try? await cache.copy(view, of: id) { return copy }
      return try await fill(view, of: id)
    }
  }

  /// How often an order is read again that a write overtook.
  private static let readsLimit = 3

  private func fill(_ view: OrderView, of id: OrderID) async throws -> OrderCopy? {
    var copy = try await read(view, of: id)
    for _ in 1..<Self.readsLimit {
      // Whoever joined this read may know of a write that came after it began.
      guard let read = copy, view == .document, let stands = try? await cache.copy(.progress, of: id),
        stands.version > read.version
      else { return copy }
      copy = try await self.read(view, of: id)
    }
    return copy
  }

  private func read(_ view: OrderView, of id: OrderID) async throws -> OrderCopy? {
    guard let order = try await store.order(id, tenant: nil) else { return nil }
    let state = order.state()
    switch view {
    case .remaining, .progress:
      try? await cache.fill(state)
      // Reading it back keeps it at hand; without Redis the answer is the store's.
      if let copy = try? await cache.copy(view, of: id), copy.version >= order.version { return copy }
      let body = view == .remaining ? state.remainingView : state.progressView
      return OrderCopy(owner: order.owner, version: order.version, body: SharedBytes(body))
    case .document:
      let copy = OrderCopy(
        owner: order.owner, version: order.version, body: SharedBytes(try await document(order)))
      // The document stands only beside the version that it shows.
      try? await cache.fill(state)
      try? await cache.fillDocument(copy, of: id)
      if let kept = try? await cache.copy(view, of: id), kept.version >= order.version { return kept }
      return copy
    }
  }

  /// `{"order","events"}`: the events' heads; their data is at `…/events`.
  private func document(_ order: Order) async throws -> [UInt8] {
    let heads = try await store.eventHeads(of: order.id, upTo: order.version, limit: Self.eventHeadsLimit)
    var json = JSONWriter(capacity: 1_024 + heads.count * 128)
    json.beginObject()
    json.name("order")
    order.write(to: &json)
    json.name("events")
    json.beginArray()
    for head in heads where head.isSound {
      json.beginObject()
      json.member("id", "\(head.orderID):\(head.seq)")
      json.member("seq", head.seq)
      json.member("type", head.type.rawValue)
      json.member("at", head.at)
      json.member("by", head.by.text)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  /// The answer of `GET /api/orders/stats` of a tenant.
  public func statistics(of tenant: TenantID) async throws -> SharedBytes {
    let terms = try await book.terms(of: tenant)
    let day = terms.calendar.day(clock.now())
    if let copy = cache.countersAtHand(tenant: tenant), copy.day == day { return copy.body }
    return try await counters.value(tenant) { [self] in
      if let copy = try? await cache.counters(tenant: tenant, day: day) { return copy.body }
      let (ordersJSON, deliveriesJSON) = try await fillStatistics(of: tenant, day: day, in: terms)
      if let copy = try? await cache.counters(tenant: tenant, day: day) { return copy.body }
      return SharedBytes(statisticsBody(ordersJSON, deliveriesJSON))
    }
  }

  /// Sums a tenant's statistics anew and puts them into Redis: after its currency was changed, those that stand there are
  /// still in the one before. What this leaves, as where Redis is away, the worker's check of the counters puts right.
  public func renewStatistics(of tenant: TenantID, in terms: TenantTerms) async {
    _ = try? await fillStatistics(of: tenant, day: terms.calendar.day(clock.now()), in: terms)
  }

  private func fillStatistics(
    of tenant: TenantID, day: String, in terms: TenantTerms
  ) async throws -> (orders: [UInt8], deliveries: [UInt8]) {
    let orders = TallyScope(tenant: tenant, kind: .orders)
    let deliveries = TallyScope(tenant: tenant, kind: .deliveries(day: day))
    let orderShards = try await store.tallies(orders)
    let deliveryShards = try await store.tallies(deliveries)
    let ordersJSON = TallySum(orderShards).ordersJSON(workflows.workflows(of: tenant))
    let deliveriesJSON = TallySum(deliveryShards).deliveriesJSON(own: terms.currency, untold: terms.untoldCurrency)
    try? await cache.fill(orders, shards: orderShards, rendered: ordersJSON)
    try? await cache.fill(deliveries, shards: deliveryShards, rendered: deliveriesJSON)
    return (ordersJSON, deliveriesJSON)
  }

  private func statisticsBody(_ orders: [UInt8], _ deliveries: [UInt8]) -> [UInt8] {
    var json = JSONWriter(capacity: 64 + orders.count + deliveries.count)
    json.beginObject()
    json.member("counters", raw: orders)
    json.member("today", raw: deliveries)
    json.member("asOf", clock.now())
    json.endObject()
    return json.bytes
  }

  /// How many orders a query means that asks for no more than states and payment: exact, and without a count.
  public func count(_ query: OrderQuery) async throws -> Int64 {
    TallySum(try await store.tallies(TallyScope(tenant: query.tenant, kind: .orders))).orders(query)
  }
}
