import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders

@testable import MongoStore

/// Looks at a quiet hub: at what is stored, at what each process answers, and at what Redis holds.
final class Inspection {
  private let cluster: Cluster
  private let tenant: TenantID
  private let token: String
  private let store: MongoStore

  init(cluster: Cluster, tenant: TenantID, token: String) throws {
    self.cluster = cluster
    self.tenant = tenant
    self.token = token
    store = MongoStore(
      try MongoOptions(uri: cluster.settings["MONGODB_URI"] ?? "", database: "faults", threads: 2),
      log: Log(level: .error, sink: Silence()), metrics: Metrics())
  }

  /// The processes that answer.
  var apis: [Member] { cluster.apis }

  /// Somebody who asks one of them alone.
  func client(of api: Member) -> RestClient {
    RestClient(ports: [api.port], token: token, random: SeededRandom(seed: 0), patienceSeconds: 10)
  }

  func close() { blocking { [store] in await store.close() } }

  /// Whether nothing waits to be published any more.
  func isOutboxEmpty() -> Bool { (try? blocking { [store] in try await store.unpublished(limit: 1).isEmpty }) ?? false }

  /// All orders of the tenant with all that belongs to them.
  func orders() throws -> [OrderCheck] {
    try blocking { [store, tenant] in
      var checks: [OrderCheck] = []
      var last: OrderID?
      while true {
        let page = try await store.auditedOrders(after: last, tenant: tenant, limit: 100)
        guard let end = page.last else { return checks }
        for audited in page {
          // As many as there are, past the version too: what should not be there is to be seen.
          let top = max(audited.order.version, audited.events.last?.seq ?? 0)
          var events: [RecordedEvent] = []
          while let more = Optional(
            try await store.events(of: audited.order.id, after: events.last?.seq ?? 0, upTo: top, limit: 200)),
            !more.isEmpty
          {
            events += more
          }
          checks.append(
            OrderCheck(order: audited.order, deliveries: audited.deliveries, invoices: audited.invoices, events: events)
          )
        }
        last = end.order.id
      }
    }
  }

  func products() throws -> [Product] {
    try blocking { [store, tenant] in try await store.products(tenant: tenant, after: nil, limit: 100) }
  }

  func ledger(_ products: [Product]) throws -> [LedgerRow] {
    try blocking { [store, tenant] in
      var rows: [LedgerRow] = []
      for product in products {
        var last: LedgerRowID?
        while true {
          let page = try await store.ledger(product: product.productID, tenant: tenant, after: last, limit: 100)
          rows += page
          guard page.count == 100, let end = page.last else { break }
          last = end.id
        }
      }
      return rows
    }
  }

  /// `orderhub audit`: what it prints if it finds anything.
  func audit() throws -> [Violation] {
    let output = cluster.folder.appendingPathComponent("audit.log")
    try? FileManager.default.removeItem(at: output)
    guard try cluster.run(["audit"], log: output.lastPathComponent) != 0 else { return [] }
    return [Violation("orderhub audit finds nothing", try String(contentsOf: output, encoding: .utf8))]
  }

  /// Every process answers with what is stored, and Redis holds nothing else.
  func answers(_ orders: [OrderCheck]) -> [Violation] {
    var wrong: [Violation] = []
    for api in cluster.apis {
      let client = client(of: api)
      for check in orders {
        let id = "\(check.order.id)"
        let shown = client.read("/api/orders/\(id)", withinMs: 10_000)?["order"]
        if shown?["version"].whole != Int(check.order.version) || shown?["status"].text != check.order.status.rawValue {
          wrong.append(
            Violation(
              "every process answers the same",
              "\(api.name) shows \(id) at \(shown?["version"].whole ?? -1), it is at \(check.order.version)",
              about: [id]))
        }
        let remaining = client.read("/api/orders/\(id)/remaining", withinMs: 10_000)?["remaining"]
        for product in check.order.remainingByProduct {
          let told = remaining?[product.productID.string]["remaining"].value ?? .nan
          let stands = Double(product.remaining.millionths)
          // Not a number is never equal.
          guard (told * 1e6).rounded() != stands else { continue }
          let what = "\(api.name): \(told) of \(product.productID) remain of \(id), it is \(stands / 1e6)"
          wrong.append(Violation("every process answers the same", what, about: [id]))
        }
      }
    }
    return wrong + redis(orders)
  }

  private func redis(_ orders: [OrderCheck]) -> [Violation] {
    var wrong: [Violation] = []
    for check in orders {
      let id = "\(check.order.id)"
      for (key, stands) in [
        ("version", "\(check.order.version)"), ("status", check.order.status.rawValue),
        ("progress", "\(check.order.progress)"), ("published", "\(check.order.version)"),
      ] {
        guard let held = try? RedisAsker.ask(cluster.redis.port, "GET", "order:\(id):\(key)").first, held != stands
        else { continue }
        wrong.append(
          Violation("Redis holds what is stored", "order:\(id):\(key) is \(held), not \(stands)", about: [id]))
      }
    }
    return wrong
  }

  /// What of the tenant's is to be done later or elsewhere, and what was given up.
  /// `tally` says whose clocks were wrong meanwhile.
  func timers(_ orders: [OrderCheck], _ tally: FaultTally) throws -> TimerCheck {
    let wasAhead = tally.counts["wrongMemberClock", default: 0] > 0
    let wasProcessAhead = tally.counts["wrongClock", default: 0] > 0
    return try timers(orders, wasAhead: wasAhead, wasProcessAhead: wasProcessAhead)
  }

  private func timers(_ orders: [OrderCheck], wasAhead: Bool, wasProcessAhead: Bool) throws -> TimerCheck {
    try blocking { [store, tenant] in
      var jobs: [Job] = []
      for state in [JobState.waiting, .dead] {
        var last: JobCursor?
        while true {
          let page = try await store.jobs(JobQuery(tenant: tenant, state: state, after: last, limit: 1_000))
          jobs += page
          guard page.count == 1_000, let end = page.last else { break }
          last = JobCursor(end)
        }
      }
      let now = SystemClock().now()
      let week = Timestamp(millis: now.millis + 7 * 86_400_000)
      let places = try await store.due(.timer, by: week, of: tenant, limit: 1_000)
      return TimerCheck(
        orders: orders, jobs: jobs,
        ready: Dictionary(places.map { ($0.id, $0.ready) }, uniquingKeysWith: { first, _ in first }), now: now,
        wasAhead: wasAhead, wasProcessAhead: wasProcessAhead)
    }
  }

  /// The counters that a process shows; what differs from a recount.
  func counters(_ shop: ShopCheck) -> [Violation] {
    var wrong: [Violation] = []
    let today = CalendarDays(timeZone: "UTC")?.day(of: SystemClock().now()) ?? ""
    for api in cluster.apis {
      let client = client(of: api)
      guard let shown = client.read("/api/orders/stats", withinMs: 10_000) else {
        wrong.append(Violation("counters equal a recount", "\(api.name) shows none"))
        continue
      }
      for (name, wanted) in shop.counters where shown["counters"][name].whole != wanted {
        wrong.append(
          Violation(
            "counters equal a recount",
            "\(api.name): \(name) is \(shown["counters"][name].whole), a recount gives \(wanted)"))
      }
      wrong += workflows(shown["counters"]["byWorkflow"], shop, api.name)
      for (name, wanted) in shop.deliveries(of: today) where shown["today"][name].whole != wanted {
        wrong.append(
          Violation(
            "counters equal a recount",
            "\(api.name): today's \(name) is \(shown["today"][name].whole), a recount gives \(wanted)"))
      }
    }
    return wrong
  }
}
