import HubContracts

extension Subcommand {
  static let overload = Subcommand(
    name: "overload", summary: "ask for several times what the hub can do, and see what it still does",
    about: """
      First it finds the peak: what --connections users get who go on as they are answered. Half of that is asked for a
      while, as on a calm day. Then comes the storm: --factor times the peak, on --storm-connections. And then the calm
      day again. 'goodput' is what still went well in the storm, in percent of the peak; the row 'turned-away' says how
      soon the others heard their 429 or 503; 'broken' counts those that were sent and cut off, answered otherwise, or
      left to wait for longer than --timeout; 'growth' is the api's memory at the storm's end beside that of its first
      quarter; 'recovered' is how long after the storm's last request was due three whole seconds begin without an error
      and with a p99 of less than twice that of the calm before (or 50 ms): the answers that the storm left to wait for
      come before the calm day, and count too.
      """,
    options: [
      OptionKind(
        name: "request", value: "NAME", summary: "create, deliver, one-order (deliver, all on one), or list",
        preset: "create"),
      OptionKind(name: "factor", value: "N", summary: "how many times the peak", preset: "3"),
      OptionKind(name: "storm-connections", value: "N", summary: "users of the storm", preset: "3000"),
    ] + LoadPlan.kinds(connections: 128).filter { $0.name != "ramp" } + Site.kinds,
    run: { given, console in try Overload(given, console).run() })
}

/// The scenario `overload`.
private struct Overload {
  private let plan: LoadPlan
  private let site: Site
  private let console: Console
  private let request: String
  private let factor: Double
  private let stormConnections: Int
  private let book = OrderBook()
  /// Looked for once: it takes a moment, in which no phase may be under way.
  private let watched: [Int32]

  /// Of a calm day, in parts of the peak.
  private static let calmPart = 0.5
  private static let calmNs: Int64 = 4_000_000_000
  /// For how long it is watched after the storm.
  private static let afterNs: Int64 = 15_000_000_000
  private static let pool = 200

  init(_ given: GivenOptions, _ console: Console) throws {
    plan = try LoadPlan(given, connections: 128)
    request = try given.choice("request", preset: "create", of: ["create", "deliver", "one-order", "list"])
    factor = Double(try given.count("factor", preset: 3, in: 2...100))
    stormConnections = try given.count("storm-connections", preset: 3_000, in: 1...LoadPlan.connectionLimit)
    site = try Site(given, users: 1)
    watched = site.watched(withLive: false)
    self.console = console
  }

  func run() throws -> Int32 {
    try site.check()
    try Descriptors.require(max(plan.connections, stormConnections))
    console.progress("creating \(Self.pool) orders")
    for id in try site.createOrders(Self.pool, body: { _ in Goods.bottomless }) { book.addToPool(id) }
    let peak = try phase("peak", rate: nil, settleNs: plan.warmUpNs, forNs: plan.durationNs)
    try check(peak)
    let calm = peak.rate * Self.calmPart
    let before = try phase("before", rate: calm, settleNs: 1_000_000_000, forNs: Self.calmNs)
    let storm = try phase(
      "storm", rate: peak.rate * factor, connections: stormConnections, settleNs: 0, forNs: plan.durationNs)
    let after = try phase("after", rate: calm, settleNs: 0, forNs: Self.afterNs)
    var figures = RunFigures(scenario: "overload, \(request)", seconds: storm.seconds)
    figures.settings = [
      .init(name: "connections", value: "\(plan.connections)"), .init(name: "storm", value: "\(stormConnections)"),
      .init(name: "factor", value: Units.decimal(factor, 0)),
    ]
    figures.operations = [peak.row, before.row, storm.row, storm.turnedAway, after.row]
    figures.facts = facts(peak: peak, before: before, storm: storm, after: after)
    for phase in [peak, before, storm, after] { figures.series += phase.series(after: figures.series.last?.at ?? 0) }
    if storm.neverStarted * 100 > storm.tally.failureCount + storm.tally.latency.count {
      figures.notes.append(
        "\(storm.neverStarted) requests of the storm never started: all users were busy. Add --storm-connections.")
    }
    figures.processes = storm.processes
    figures.wasInterrupted = Interruption.hasCome
    figures.notes.append(site.leave(console))
    return try Conclusion.reach(figures, plan: plan, console: console)
  }

  /// That the peak is one: the rest is measured against it.
  private func check(_ peak: LoadPhase) throws(RunProblem) {
    guard peak.rate > 0, peak.tally.failureCount * 100 <= peak.tally.latency.count else {
      let failures = peak.tally.failures.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
      throw RunProblem(message: "the peak cannot be measured: \(peak.tally.latency.count) went well; \(failures)")
    }
  }

  private func facts(peak: LoadPhase, before: LoadPhase, storm: LoadPhase, after: LoadPhase) -> [RunFigures.Fact] {
    var facts = [
      RunFigures.Fact(
        name: .goodput, value: storm.rate / peak.rate * 100, unit: .percent, meaning: "went well, of the peak"),
      RunFigures.Fact(
        name: .broken, value: Double(storm.broken), unit: .count,
        meaning: "were sent, and neither went well nor were turned away"),
    ]
    if let offered = storm.offeredPart {
      facts.append(.init(name: .offered, value: offered * 100, unit: .percent, meaning: "could be sent in the storm"))
    }
    let early = storm.mostResidentBytes(to: 0.25)
    if early > 0 {
      let growth = Double(storm.mostResidentBytes(from: 0.75)) / Double(early) - 1
      facts += [
        .init(
          name: .memoryBefore, value: Double(before.mostResidentBytes()), unit: .bytes, meaning: "memory of the calm"),
        .init(name: .memoryMost, value: Double(storm.mostResidentBytes()), unit: .bytes, meaning: "of the storm"),
        .init(
          name: .growth, value: growth * 100, unit: .percent, meaning: "growth from its first quarter to its last"),
      ]
    }
    let calmP99 = before.tally.latency.value(at: 0.99)
    if let calmAgain = after.calmFrom(p99Ns: max(2 * calmP99, 50_000_000), after: storm) {
      facts.append(.init(name: .recovered, value: calmAgain, unit: .seconds, meaning: "until it was calm again"))
    }
    return facts
  }

  /// One stretch of the run, with users of its own.
  private func phase(
    _ name: String, rate: Double?, connections: Int? = nil, settleNs: Int64, forNs: Int64
  ) throws -> LoadPhase {
    let crew = try Crew(threads: plan.threads, operations: [.init(name: request), .init(name: "create-order")])
    defer { crew.end() }
    let pace = rate.map { Pace.open(ArrivalSchedule(ratePerSecond: $0, rampSeconds: 0)) } ?? .closed(thinkMs: 0)
    let (book, request) = (book, request)
    crew.addUsers(
      connections ?? plan.connections, pace: pace, rampNs: 0, timeoutNs: plan.timeoutNs, site: site
    ) { user, text in
      switch request {
      case "create": CreateErrand(text, book: book, operations: (0, 0))
      case "list": ReadErrand([Request(operation: 0, bytes: SharedBytes(text.get("/api/orders?limit=20")))], first: 0)
      default:
        DeliverErrand(text, book: book, operations: (1, 0), isHot: request == "one-order")
      }
    }
    return LoadPhase(
      name, crew: crew, askedPerSecond: rate, watched: watched, console: console, settleNs: settleNs, forNs: forNs,
      timeoutNs: plan.timeoutNs)
  }
}
