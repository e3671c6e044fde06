import HubContracts

extension Subcommand {
  static let read = Subcommand(
    name: "read", summary: "read orders, from the hub's memory or from the database",
    about: """
      Users read as fast as they are answered, or at --rate. Each --view is one request:
        order, remaining, progress, stats    kept in the process: what dashboards ask for
        list, deliveries, events             asked of MongoDB each time
      'cached' is the first four in turn, 'uncached' the others.
      """,
    options: [
      OptionKind(name: "view", value: "NAME", summary: "what to read, or cached, or uncached", preset: "remaining"),
      OptionKind(name: "orders", value: "N", summary: "how many orders are read", preset: "100"), LoadPlan.rateKind,
    ] + LoadPlan.kinds(connections: 32) + Site.kinds,
    run: { given, console in try Reading(given, console).run() })
}

/// The scenario `read`.
private struct Reading {
  private let plan: LoadPlan
  private let site: Site
  private let console: Console
  private let orders: Int
  private let views: [String]

  private static let cached = ["order", "remaining", "progress", "stats"]
  private static let uncached = ["list", "deliveries", "events"]

  init(_ given: GivenOptions, _ console: Console) throws {
    plan = try LoadPlan(given, connections: 32)
    orders = try given.count("orders", preset: 100, in: 1...100_000)
    let view = try given.choice(
      "view", preset: "remaining", of: Self.cached + Self.uncached + ["cached", "uncached"])
    views = view == "cached" ? Self.cached : view == "uncached" ? Self.uncached : [view]
    site = try Site(given, users: 1)
    self.console = console
  }

  func run() throws -> Int32 {
    try site.check()
    console.progress("creating \(orders) orders")
    let ids = try site.createOrders(orders) { Goods.order(number: Int64($0)) }
    let crew = try Crew(threads: plan.threads, operations: views.map { Crew.Operation(name: $0) })
    let views = views
    crew.addUsers(plan.connections, pace: plan.pace, rampNs: plan.rampNs, timeoutNs: plan.timeoutNs, site: site) {
      user, text in
      // The requests of all users are alike, but each begins with another order.
      let requests = ids.flatMap { id in
        views.enumerated().map { index, view in
          Request(operation: index, bytes: SharedBytes(text.get(Self.path(view, id))))
        }
      }
      return ReadErrand(requests, first: user * 7_919)
    }
    let measurement = Measurement(crew: crew, site: site, console: console)
    var figures = measurement.run(scenario: "read", plan: plan)
    figures.settings.append(.init(name: "orders", value: "\(orders)"))
    figures.notes.append(site.leave(console))
    return try Conclusion.reach(figures, plan: plan, console: console)
  }

  private static func path(_ view: String, _ id: String) -> String {
    switch view {
    case "order": "/api/orders/\(id)"
    case "stats": "/api/orders/stats"
    case "list": "/api/orders?limit=20"
    default: "/api/orders/\(id)/\(view)"
    }
  }
}
