extension Subcommand {
  static let endpoints = Subcommand(
    name: "endpoints", summary: "each endpoint beside what the hub promises of it",
    about: """
      First it fills the tenant with --orders orders that have --deliveries deliveries together. Then --rate orders a
      second go through their lives: created, put on a delivery, handed over, invoiced, paid; every fifth is cancelled
      instead. Meanwhile --connections users each ask for something every --think, in turn: the list, a search, the
      counters, an order that nobody has read before ('first-read': the hub cannot have kept it), the same again ('order':
      now it has), what remains of a new one, its progress, the deliveries of the order just read, and today's. Every
      answer's status is checked, and what became of each order that goes through its life. The column 'target' is the
      time that the hub promises, and 'within' says whether p50 and p99 hold it; 'missed-targets' counts the rows whose
      p99 does not: --expect 'missed-targets=0'.
      """,
    options: [
      OptionKind(name: "rate", value: "N", summary: "orders a second", preset: "50"),
      OptionKind(name: "think", value: "TIME", summary: "between two requests of a reading user", preset: "1s"),
      Seeding.ordersKind(preset: "10k"), Seeding.deliveriesKind(preset: "50k"), Seeding.connectionsKind,
    ] + LoadPlan.kinds(connections: 100) + Site.kinds,
    run: { given, console in try Endpoints(given, console).run() })
}

/// The scenario `endpoints`.
private struct Endpoints {
  private let plan: LoadPlan
  private let seedPlan: LoadPlan
  private let site: Site
  private let console: Console
  private let rate: Double
  private let counts: (orders: Int, deliveries: Int)
  private let thinkMs: Int
  private let writers: Int
  private let book = OrderBook()

  /// An order's life may take so long before one that should begin finds no connection.
  private static let secondsALife = 2.0
  private static let leastWriters = 50
  private static let cancelledOneIn: Int64 = 5

  private static let steps: [JourneyErrand.Step.Kind] = [.create, .deliver, .status, .invoice, .pay, .cancel]
  private static let views: [DashboardErrand.View] = [
    .list, .search, .stats, .firstRead, .order, .remaining, .progress, .deliveries, .today,
  ]

  init(_ given: GivenOptions, _ console: Console) throws {
    var plan = try LoadPlan(given, connections: 100)
    rate = plan.ratePerSecond ?? 50
    plan.ratePerSecond = rate
    self.plan = plan
    seedPlan = try Seeding.plan(given, for: plan)
    counts = try Seeding.counts(given, orders: 10_000, deliveries: 50_000)
    thinkMs = Int(try given.duration("think", presetSeconds: 1, atLeastSeconds: 0.001) / 1_000_000)
    writers = min(max(Self.leastWriters, Int(rate * Self.secondsALife)), LoadPlan.connectionLimit)
    site = try Site(given, users: plan.connections + writers)
    self.console = console
  }

  func run() throws -> Int32 {
    try site.check()
    try Descriptors.require(writers + plan.connections)
    let unread = try prepare()
    let rows = Self.steps.map(\.rawValue) + Self.views.map(\.rawValue)
    let crew = try Crew(
      threads: plan.threads, operations: rows.map { Crew.Operation(name: $0, targetNs: Promise.targetNs($0)) })
    addUsers(to: crew, unread)
    let measurement = Measurement(crew: crew, site: site, console: console)
    var figures = measurement.run(scenario: "endpoints", plan: plan)
    figures.settings += [
      .init(name: "orders", value: "\(counts.orders)"), .init(name: "deliveries", value: "\(counts.deliveries)"),
      .init(name: "think", value: "\(thinkMs) ms"),
    ]
    if let missed = figures.missedTargets { figures.facts.append(missed) }
    if unread.count == 0 {
      figures.notes.append(
        "Every prepared order was read: 'first-read' ended before the run did. Ask for more --orders.")
    }
    figures.notes.append(site.leave(console))
    return try Conclusion.reach(figures, plan: plan, console: console)
  }

  /// Fills the tenant; its orders, which nobody has read.
  private func prepare() throws -> UnreadOrders {
    let seeding = Seeding(site: site, console: console, plan: seedPlan)
    let seeded = OrderBook(keepsAll: true)
    let created = try seeding.create(counts.orders, book: seeded)
    let delivered = try seeding.deliver(counts.deliveries, of: seeded.all)
    guard !Interruption.hasCome else {
      throw RunProblem(message: "ended by Ctrl-C before there was anything to measure. \(site.leave(console))")
    }
    console.say(
      "made \(Units.grouped(Int64(counts.orders))) orders and \(Units.grouped(Int64(counts.deliveries))) deliveries in "
        + Units.latency(Int64((created.seconds + delivered.seconds) * 1e9)))
    return UnreadOrders(seeded.all)
  }

  private func addUsers(to crew: Crew, _ unread: UnreadOrders) {
    let book = book
    crew.addUsers(writers, pace: plan.pace, rampNs: plan.rampNs, timeoutNs: plan.timeoutNs, site: site) { _, text in
      JourneyErrand(text, book: book, kinds: Self.steps, operation: 0, countsRounds: false) { number in
        number % Self.cancelledOneIn == 0 ? JourneyErrand.calledOff : JourneyErrand.inOnePart
      }
    }
    crew.addUsers(
      plan.connections, pace: .closed(thinkMs: thinkMs), rampNs: plan.rampNs, timeoutNs: plan.timeoutNs, site: site
    ) { number, text in
      DashboardErrand(
        text, book: book, unread: unread, views: Self.views, operation: Self.steps.count, turn: number)
    }
  }
}
