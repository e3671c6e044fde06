public import HubContracts
public import HubRuntime
import HubWire
public import OrderDesk
public import Orders

/// Holds the counters in Redis against the tallies in the store, repairs what has drifted, and keeps the sums over all
/// tenants.
public actor CounterCheck {
  private let store: any TallyStore
  private let cache: any HubCache
  private let clock: any HubClock
  private let book: TenantBook
  /// What the sums over all tenants go by.
  private let standard: (calendar: BusinessCalendar, currency: Currency)
  private let workflows: any WorkflowBook
  private let log: Log
  private let drifted: Counter
  /// What differed in the last round: only what still differs in this one has drifted.
  private var suspects: Set<TenantID> = []

  /// A check of every tenant's counters. The sums over all tenants are of the day of `calendar`, and their single one in
  /// `currency`; those of a tenant go by `book`, or by the same without one.
  public init(
    store: any TallyStore, cache: any HubCache, clock: any HubClock, calendar: BusinessCalendar, currency: Currency,
    book: TenantBook? = nil, workflows: any WorkflowBook, log: Log, metrics: Metrics
  ) {
    self.store = store
    self.cache = cache
    self.clock = clock
    self.book = book ?? TenantBook(calendar: calendar, currency: currency)
    standard = (calendar, currency)
    self.workflows = workflows
    self.log = log
    drifted = metrics.counter(.counterDrift)
  }

  /// One round over all tenants.
  public func round() async throws {
    guard cache.isUp else { return }
    let now = clock.now()
    let orders = try await store.tallies(everyTenant: .orders)
    let ordersByTenant = Dictionary(grouping: orders, by: \.scope.tenant)
    let today = standard.calendar.day(now)
    var deliveries = [Text(today): try await self.deliveries(of: today)]
    try await cache.putTotals(
      orders: TallySum(orders).ordersJSON(workflows.common), day: today,
      deliveries: TallySum((deliveries[Text(today)] ?? [:]).flatMap(\.value)).deliveriesJSON(own: standard.currency))
    var wrong: [TenantID: (day: String, currency: Currency)] = [:]
    let terms = try await book.terms(of: Array(ordersByTenant.keys))
    for (tenant, shards) in ordersByTenant {
      guard let terms = terms[tenant] else { continue }
      let day = terms.calendar.day(now)
      // Around the world it is one of three days.
      if deliveries[Text(day)] == nil { deliveries[Text(day)] = try await self.deliveries(of: day) }
      let own = deliveries[Text(day)]?[tenant] ?? []
      if try await !isRight(tenant, day, shards, own, terms.currency) { wrong[tenant] = (day, terms.currency) }
    }
    for (tenant, place) in wrong where suspects.contains(tenant) {
      drifted.add()
      log.warning("a tenant's counters had drifted and were repaired", [("tenant", tenant.text)])
      try await repair(tenant, place.day, place.currency)
    }
    suspects = Set(wrong.keys).subtracting(suspects)
  }

  private func deliveries(of day: String) async throws -> [TenantID: [TallyShard]] {
    Dictionary(grouping: try await store.tallies(everyTenant: .deliveries(day: day)), by: \.scope.tenant)
  }

  /// Whether Redis shows what the tallies say, or nothing.
  private func isRight(
    _ tenant: TenantID, _ day: String, _ orders: [TallyShard], _ deliveries: [TallyShard], _ currency: Currency
  ) async throws -> Bool {
    guard let shown = try await cache.counters(tenant: tenant, day: day) else { return true }
    return shown.counters.bytes == TallySum(orders).ordersJSON(workflows.workflows(of: tenant))
      && shown.today.bytes == TallySum(deliveries).deliveriesJSON(own: currency, untold: standard.currency)
  }

  private func repair(_ tenant: TenantID, _ day: String, _ currency: Currency) async throws {
    for kind in [TallyScope.Kind.orders, .deliveries(day: day)] {
      let scope = TallyScope(tenant: tenant, kind: kind)
      let shards = try await store.tallies(scope)
      let sum = TallySum(shards)
      let rendered =
        kind == .orders
        ? sum.ordersJSON(workflows.workflows(of: tenant)) : sum.deliveriesJSON(own: currency, untold: standard.currency)
      try await cache.fill(scope, shards: shards, rendered: rendered)
    }
  }
}
