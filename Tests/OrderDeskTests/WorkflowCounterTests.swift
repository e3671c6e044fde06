import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

/// Counters of a tenant whose orders are of two workflows that share words.
@Suite struct WorkflowCounterTests {
  private let scope: TallyScope

  init() throws { scope = TallyScope(tenant: try #require(TenantID("shop-1")), kind: .orders) }

  private func place(_ office: Office, _ workflow: WorkflowName, as actor: Actor) async throws -> OrderID {
    let draft = OrderDraft(
      customer: Customer(name: "Grace Hopper"),
      items: [
        ItemDraft(productID: "A", quantity: Quantity(millionths: Quantity.scale), unitPrice: Money(units: Money.scale))
      ], currency: Office.currency, workflow: workflow)
    return try await office.desk.submit(
      .place(draft, actor: actor, answer: nil, requestID: "test")
    ).orderID()
  }

  /// Three of delivery, one of which is cancelled; five of the counter, two of which are cancelled.
  private func trade(_ office: Office, as ada: Actor) async throws {
    for index in 0..<3 {
      let id = try await place(office, .delivery, as: ada)
      if index == 0 { #expect(await office.cancel(id, as: ada).status == 200) }
    }
    for index in 0..<5 {
      let id = try await place(office, CounterWorkflow.name, as: ada)
      if index < 2 { #expect(await office.cancel(id, as: ada).status == 200) }
    }
  }

  @Test(arguments: [true, false]) func everyWriteCountsInItsWorkflow(hasRedis: Bool) async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office(hasRedis: hasRedis, workflows: CounterWorkflow.withDelivery())
      try await trade(office, as: ada)
      let tallies = TallySum(try await site.store.tallies(scope)).counts.filter { $0.value != 0 }
      #expect(
        tallies == [
          "open|unpaid": 2, "cancelled|unpaid": 1, "counter:active:waiting|unpaid": 3,
          "counter:cancelled:cancelled|unpaid": 2,
        ])
      let shown = try JSONParser.parse(try await office.reads.statistics(of: site.tenant).bytes)["counters"]
      #expect(shown?["totalOrders"] == .number("8") && shown?["unpaidOrders"] == .number("5"))
      #expect(shown?["cancelledOrders"] == .number("1") && shown?["byStatus"]?["cancelled"] == .number("1"))
      #expect(shown?["byPhase"]?["cancelled"] == .number("3") && shown?["byPhase"]?["active"] == .number("3"))
      #expect(shown?["byWorkflow"]?["counter"]?["byStatus"]?["waiting"] == .number("3"))
    }
  }

  @Test func anAuditCountsBothAndRepairsWhatDrifted() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office(workflows: CounterWorkflow.withDelivery())
      try await trade(office, as: ada)
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
      let told = TallySum(try await site.store.tallies(scope)).counts.filter { $0.value != 0 }
      let shard = try #require(try await site.store.tallies(scope).first { !$0.counts.isEmpty })
      try await site.damage(
        .tallies, "orders:\(site.tenant):\(shard.shard)", set: "counts.counter:active:waiting|unpaid", to: 70)
      let found = try await Audit(source: site.store).run(repair: true) { _ in }.findings
      #expect(found.count == 1 && found.first?.isRepaired == true)
      #expect(found.first?.detail.contains("counter:active:waiting|unpaid is") == true, "\(found)")
      #expect(TallySum(try await site.store.tallies(scope)).counts.filter { $0.value != 0 } == told)
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
    }
  }

  @Test func theWorkerKeepsThemInRedis() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let both = try CounterWorkflow.withDelivery()
      let office = try await site.office(workflows: both)
      try await trade(office, as: ada)
      let metrics = Metrics()
      let check = CounterCheck(
        store: site.store, cache: office.cache, clock: SystemClock(), calendar: Office.calendar,
        currency: Office.currency, workflows: both, log: quiet, metrics: metrics)
      let key = "dashboard:counters:\(site.tenant)"
      _ = try await office.reads.statistics(of: site.tenant)
      let right = try #require(try site.text(key))
      #expect(right.contains("\"byWorkflow\":{\"counter\":"))
      try await check.round()
      // One tenant's are everybody's here.
      #expect(try site.text("dashboard:counters") == right)
      _ = try site.ask("SET", key, right.replacing("\"waiting\":3", with: "\"waiting\":4"), "EX", "300")
      for _ in 0..<2 { try await check.round() }
      #expect(try site.text(key) == right)
      #expect(metrics.render().contains("orderhub_counter_drift_total 1"))
    }
  }

  /// What an order amounts to is told as it was when it came into its state.
  @Test func aListsTotalIsThatOfItsFilters() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office(workflows: CounterWorkflow.withDelivery())
      try await trade(office, as: ada)
      func total(_ change: (inout OrderQuery) -> Void) async throws -> Int64 {
        var query = OrderQuery(tenant: site.tenant, limit: 100)
        change(&query)
        let page = try await site.store.list(query)
        #expect(page.total == nil)
        let total = try await office.reads.count(query)
        #expect(total == Int64(page.orders.count), "\(query)")
        return total
      }
      #expect(try await total { _ in } == 8)
      #expect(try await total { $0.paymentStatus = .unpaid } == 8)
      #expect(try await total { $0.statuses = [CounterWorkflow.cancelled] } == 3)
      #expect(try await total { $0.workflow = CounterWorkflow.name } == 5)
      #expect(try await total { ($0.workflow, $0.phases) = (CounterWorkflow.name, [.cancelled]) } == 2)
      #expect(try await total { $0.phases = [.open, .active] } == 5)
      #expect(try await total { ($0.workflow, $0.statuses) = (.delivery, [CounterWorkflow.waiting]) } == 0)
      #expect(try await total { $0.paymentStatus = .paid } == 0)
    }
  }
}
