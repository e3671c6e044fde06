extension Subcommand {
  static let mixed = Subcommand(
    name: "mixed", summary: "the whole day at once: orders, dashboards and live clients",
    about: """
      Orders come at --rate, each with a delivery of a part and one of the rest (three writes). Meanwhile --connections
      dashboards each ask for something every --think: counters, the list, today's deliveries, and one of the newest
      orders in turn; and --sockets live clients listen. The dashboards have a user each; orders share one more.
      """,
    options: [
      OptionKind(name: "rate", value: "N", summary: "orders a second", preset: "50"),
      OptionKind(name: "sockets", value: "N", summary: "live clients", preset: "100"),
      OptionKind(name: "think", value: "TIME", summary: "between two requests of a dashboard", preset: "1s"),
    ] + liveKinds + LoadPlan.kinds(connections: 100) + Site.kinds,
    run: { given, console in try Mixed(given, console).run() })
}

/// The scenario `mixed`.
private struct Mixed {
  private var plan: LoadPlan
  private let site: Site
  private let console: Console
  private let sockets: Int
  private let thinkMs: Int
  private let talk: LiveTalk
  private let connectRampNs: Int64
  private let crew: Crew
  private let book = OrderBook()

  /// Connections that orders are created on.
  private static let writers = 50
  private static let views: [DashboardErrand.View] = [.stats, .list, .today, .order]

  init(_ given: GivenOptions, _ console: Console) throws {
    plan = try LoadPlan(given, connections: 100)
    plan.ratePerSecond = plan.ratePerSecond ?? 50
    sockets = try given.count("sockets", preset: 100, in: 0...LoadPlan.connectionLimit)
    let thinkNs = try given.duration("think", presetSeconds: 1, atLeastSeconds: 0.001)
    thinkMs = Int(thinkNs / 1_000_000)
    talk = given.has("socket-io") ? .socketIO : .plain
    connectRampNs = try given.duration("connect-ramp", presetSeconds: Double(sockets) / 1_000)
    site = try Site(given, users: plan.connections + Self.writers)
    self.console = console
    let operations = ["create", "deliver"] + Self.views.map(\.rawValue)
    crew = try Crew(
      threads: plan.threads,
      operations: operations.map { Crew.Operation(name: $0) }
        + [Crew.Operation(name: "connect", kind: .aside), Crew.Operation(name: "event", kind: .event)])
  }

  func run() throws -> Int32 {
    try site.check()
    try Descriptors.require(sockets + plan.connections + Self.writers)
    if sockets > 0 {
      crew.addListeners(
        sockets, rampNs: connectRampNs, timeoutNs: plan.timeoutNs, site: site, talk: talk, keepsTails: false,
        operations: LiveGroup.Operations(connect: 6, event: 7))
    }
    let book = book
    crew.addUsers(
      Self.writers, pace: plan.pace, rampNs: plan.rampNs, timeoutNs: plan.timeoutNs, site: site
    ) {
      CreateErrand($1, book: book, operations: (0, 1), isStamped: true, deliveries: Goods.parts)
    }
    crew.addUsers(
      plan.connections, pace: .closed(thinkMs: thinkMs), rampNs: plan.rampNs, timeoutNs: plan.timeoutNs, site: site
    ) {
      DashboardErrand($1, book: book, views: Self.views, operation: 2, turn: $0)
    }
    let measurement = Measurement(crew: crew, site: site, console: console, withLive: sockets > 0)
    var figures = measurement.run(scenario: "mixed", plan: plan)
    figures.settings += [
      .init(name: "sockets", value: "\(sockets)"), .init(name: "think", value: "\(thinkMs) ms"),
    ]
    crew.stopListeners()
    figures.notes.append(site.leave(console))
    return try Conclusion.reach(figures, plan: plan, console: console)
  }
}
