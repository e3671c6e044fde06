public import HubContracts
public import HubRuntime
import HubWire
public import OrderDesk
public import Orders

/// Holds the counters in Redis against the tallies in the store, repairs what has drifted, and keeps the sums over all
/// tenants.
public actor CounterCheck {
  private let store: any OrderStore
  private let cache: any HubCache
  private let clock: any HubClock
  private let calendar: BusinessCalendar
  private let currency: Currency
  private let workflows: any WorkflowBook
  private let log: Log
  private let drifted: Counter
  /// What differed in the last round: only what still differs in this one has drifted.
  private var suspects: Set<TenantID> = []

  /// A check of every tenant's counters.
  public init(
    store: any OrderStore, cache: any HubCache, clock: any HubClock, calendar: BusinessCalendar, currency: Currency,
    workflows: any WorkflowBook, log: Log, metrics: Metrics
  ) {
    self.store = store
    self.cache = cache
    self.clock = clock
    self.calendar = calendar
    self.currency = currency
    self.workflows = workflows
    self.log = log
    drifted = metrics.counter(
      "orderhub_counter_drift_total", "Tenants whose counters in Redis were wrong, and were repaired.")
  }

  /// One round over all tenants.
  public func round() async throws {
    guard cache.isUp else { return }
    let day = calendar.day(clock.now())
    let orders = try await store.tallies(everyTenant: .orders)
    let deliveries = try await store.tallies(everyTenant: .deliveries(day: day))
    try await cache.putTotals(
      orders: TallySum(orders).ordersJSON(workflows.common), day: day,
      deliveries: TallySum(deliveries).deliveriesJSON(own: currency))
    let deliveriesByTenant = Dictionary(grouping: deliveries, by: \.scope.tenant)
    var wrong: Set<TenantID> = []
    for (tenant, shards) in Dictionary(grouping: orders, by: \.scope.tenant) {
      if try await !isRight(tenant, day, shards, deliveriesByTenant[tenant] ?? []) { wrong.insert(tenant) }
    }
    for tenant in wrong.intersection(suspects) {
      drifted.add()
      log.warning("a tenant's counters had drifted and were repaired", [("tenant", tenant.text)])
      try await repair(tenant, day)
    }
    suspects = wrong.subtracting(suspects)
  }

  /// Whether Redis shows what the tallies say, or nothing.
  private func isRight(
    _ tenant: TenantID, _ day: String, _ orders: [TallyShard], _ deliveries: [TallyShard]
  ) async throws -> Bool {
    guard let shown = try await cache.counters(tenant: tenant, day: day) else { return true }
    return shown.counters.bytes == TallySum(orders).ordersJSON(workflows.workflows(of: tenant))
      && shown.today.bytes == TallySum(deliveries).deliveriesJSON(own: currency)
  }

  private func repair(_ tenant: TenantID, _ day: String) async throws {
    for kind in [TallyScope.Kind.orders, .deliveries(day: day)] {
      let scope = TallyScope(tenant: tenant, kind: kind)
      let shards = try await store.tallies(scope)
      let sum = TallySum(shards)
      let rendered =
        kind == .orders ? sum.ordersJSON(workflows.workflows(of: tenant)) : sum.deliveriesJSON(own: currency)
      try await cache.fill(scope, shards: shards, rendered: rendered)
    }
  }
}
