import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import RedisHub
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

@Suite struct WorkerTests {
  @Test func countersThatDriftedInRedisAreRepairedAndCounted() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      let metrics = Metrics()
      let check = CounterCheck(
        store: site.store, cache: office.cache, clock: SystemClock(), calendar: Office.calendar,
        currency: Office.currency, workflows: Workflows.builtIn, log: quiet, metrics: metrics)
      for _ in 0..<3 { _ = try await office.placed([("A", 1)], as: ada) }
      let right = try JSONParser.parse(try await office.reads.statistics(of: site.tenant).bytes)
      try await check.round()
      try await check.round()
      #expect(metrics.render().contains("orderhub_counter_drift_total 0"))
      #expect(try site.text("dashboard:counters") == site.text("dashboard:counters:\(site.tenant)"))

      let key = "dashboard:counters:\(site.tenant)"
      let wrong = try #require(try site.text(key)).replacing("\"totalOrders\":3", with: "\"totalOrders\":99")
      _ = try site.ask("SET", key, wrong, "EX", "300")
      #expect(try site.text(key)?.contains("99") == true)
      try await check.round()
      try await check.round()
      #expect(try site.text(key)?.contains("\"totalOrders\":3,") == true)
      #expect(metrics.render().contains("orderhub_counter_drift_total 1"))
      try await eventually("the counters are right") {
        let shown = try JSONParser.parse(try await office.reads.statistics(of: site.tenant).bytes)
        return shown["counters"] == right["counters"] && shown["today"] == right["today"]
      }
    }
  }

  @Test func anAuditOfWhatTheDeskWroteFindsNothing() async throws {
    try await withSite { site in
      let ada = try site.actor()
      _ = try await journey(site, ada)
      let report = try await Audit(source: site.store).run(repair: false) { _ in }
      #expect(report.findings == [])
      #expect(report.orders == 2)
      #expect(report.products == 1)
      #expect(report.tenants == 1)
    }
  }

  @Test func anAuditFindsDamageAndRepairsCountersAndStockOnly() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let order = try await journey(site, ada)
      let invoice = try #require(
        try await site.store.invoices(of: order.id, tenant: site.tenant, after: nil, limit: 100).first)
      let tally = try #require(
        try await site.store.tallies(TallyScope(tenant: site.tenant, kind: .orders)).first { !$0.counts.isEmpty })
      let damages: [(area: String, says: String, Kept, key: String, path: StaticString, Int64)] = [
        ("order", "delivered is", .orders, "\(order.id)", "items.0.delivered", 7_000_000),
        ("order", "paid is", .orders, "\(order.id)", "paid", .max),
        ("order", "events are not", .orders, "\(order.id)", "version", order.version + 1),
        ("order", "invoiced is", .orders, "\(order.id)", "items.0.invoiced", 1),
        ("order", "invoices", .orders, "\(order.id)", "invoices.issued", 5),
        ("stock", "onHand is", .products, "\(site.tenant):A", "onHand", 1),
        ("counters", "a recount gives", .tallies, "orders:\(site.tenant):\(tally.shard)", "counts.open|unpaid", 77),
      ]
      for (area, says, collection, key, path, value) in damages {
        let before = try await snapshot(site, order)
        try await site.damage(collection, key, set: path, to: value)
        let report = try await Audit(source: site.store).run(repair: true) { _ in }
        #expect(report.findings.contains { $0.area == area && $0.detail.contains(says) }, "\(path): \(report.findings)")
        let mended = ["counters", "stock"]
        #expect(report.findings.allSatisfy { $0.isRepaired == mended.contains($0.area) })
        let again = try await Audit(source: site.store).run(repair: false) { _ in }
        if mended.contains(area) {
          #expect(again.findings == [])
        } else {
          #expect(again.findings == report.findings, "nothing else is ever changed")
          try await heal(site, before, collection)
          #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [], "\(path)")
        }
      }
      try await site.remove(.events, "\(order.id):2")
      try await site.remove(.invoices, "\(invoice.id)")
      let report = try await Audit(source: site.store).run(repair: false) { _ in }
      #expect(report.findings.contains { $0.detail.contains("events are not 1…") })
      #expect(report.findings.contains { $0.area == "invoice-numbers" })
    }
  }

  /// An order of the catalogue with a delivery, its invoice and a payment, and another one that is cancelled.
  private func journey(_ site: Site, _ ada: Actor) async throws -> Order {
    let office = try await site.office()
    try await office.stock("A", 10, as: ada)
    let id = try await office.placed([("A", 5)], as: ada)
    for _ in 0..<2 { #expect(await office.deliver(2, from: id, as: ada, status: .delivered).status == 201) }
    for delivery in try await site.deliveries(id) { #expect(await office.invoice(delivery, as: ada).status == 201) }
    let invoice = try #require(try await site.store.invoices(of: id, tenant: site.tenant, after: nil, limit: 100).first)
    #expect(await office.pay(invoice, invoice.due, as: ada).status == 201)
    let other = try await office.placed([("A", 1)], as: ada)
    #expect(await office.cancel(other, as: ada).status == 200)
    return try await site.order(id)
  }

  private func snapshot(_ site: Site, _ order: Order) async throws -> (order: Order, product: Product) {
    let products = try await site.store.products(["A"], tenant: site.tenant)
    return (try await site.order(order.id), try #require(products.first))
  }

  /// Puts a document back as it was, past every guard.
  private func heal(_ site: Site, _ before: (order: Order, product: Product), _ collection: Kept) async throws {
    let order = before.order
    switch collection {
    case .orders:
      try await site.damage(.orders, "\(order.id)", set: "version", to: order.version, mayStand: true)
      try await site.damage(
        .orders, "\(order.id)", set: "items.0.delivered", to: order.items[0].delivered.millionths, mayStand: true)
      try await site.damage(
        .orders, "\(order.id)", set: "items.0.invoiced", to: order.items[0].invoiced.millionths, mayStand: true)
      try await site.damage(.orders, "\(order.id)", set: "paid", to: order.paid.units, mayStand: true)
      try await site.damage(
        .orders, "\(order.id)", set: "invoices.issued", to: Int64(order.invoices.issued), mayStand: true)
    case .products:
      try await site.damage(
        .products, "\(site.tenant):A", set: "onHand", to: before.product.onHand.millionths, mayStand: true)
    default: Issue.record("\(collection) is not damaged here")
    }
  }
}
