import HubRuntime

extension Subcommand {
  /// Options of whatever has live clients.
  static let liveKinds = [
    OptionKind(name: "socket-io", summary: "speak Socket.IO instead of the plain WebSocket"),
    OptionKind(
      name: "connect-ramp", value: "TIME", summary: "time over which the clients first connect",
      preset: "1 s a 1,000 clients"),
  ]

  static let live = Subcommand(
    name: "live", summary: "connect live clients, create orders, and see who hears of them, and when",
    about: """
      --sockets clients connect and subscribe. Then orders are created at --rate, and the row 'event' is the time from
      when an order's request should have started to its event at a client: the whole way through the hub. Every client
      must hear of every order, once: 'missing' counts, client by client, what was not heard or heard too often. At the end
      a tenth of the clients is cut off, orders are created meanwhile, and the clients come back and ask for what they
      missed: 'missing' counts what is then not as it should be too, but for clients that were told to load again.
      """,
    options: [
      OptionKind(name: "sockets", value: "N", summary: "live clients", preset: "1000"),
      OptionKind(name: "rate", value: "N", summary: "orders a second", preset: "20"),
      OptionKind(name: "no-recovery", summary: "leave out the part where clients come back"),
    ] + liveKinds + LoadPlan.kinds(connections: 16) + Site.kinds,
    run: { given, console in try Listening(given, console).run() })
}

/// The scenario `live`.
private struct Listening {
  private var plan: LoadPlan
  private let site: Site
  private let console: Console
  private let sockets: Int
  private let talk: LiveTalk
  private let connectRampNs: Int64
  private let recovers: Bool
  private let crew: Crew
  private let book = OrderBook()

  /// How long events may be under way when the last order is created.
  private static let drainNs: Int64 = 5_000_000_000
  /// How long what nobody waits for may take: an event that comes twice.
  private static let surplusNs: Int64 = 250_000_000
  private static let ordersWhileAway = 10

  init(_ given: GivenOptions, _ console: Console) throws {
    plan = try LoadPlan(given, connections: 16)
    plan.ratePerSecond = plan.ratePerSecond ?? 20
    sockets = try given.count("sockets", preset: 1_000, in: 1...LoadPlan.connectionLimit)
    talk = given.has("socket-io") ? .socketIO : .plain
    connectRampNs = try given.duration("connect-ramp", presetSeconds: Double(sockets) / 1_000)
    recovers = !given.has("no-recovery")
    site = try Site(given, users: 1)
    self.console = console
    let names = ["create", "connect", "event", "recover"]
    crew = try Crew(
      threads: plan.threads,
      operations: names.map {
        Crew.Operation(name: $0, kind: $0 == "create" ? .request : $0 == "event" ? .event : .aside)
      })
  }

  func run() throws -> Int32 {
    try site.check()
    try Descriptors.require(sockets + plan.connections)
    crew.addListeners(
      sockets, rampNs: connectRampNs, timeoutNs: plan.timeoutNs, site: site, talk: talk, keepsTails: recovers,
      operations: LiveGroup.Operations(connect: 1, event: 2, recover: 3))
    try awaitReady()
    let connecting = crew.tallies()[1]
    let book = book
    crew.addUsers(plan.connections, pace: plan.pace, rampNs: plan.rampNs, timeoutNs: plan.timeoutNs, site: site) {
      CreateErrand($1, book: book, operations: (0, 0), isStamped: true, deliveries: [])
    }
    let measurement = Measurement(crew: crew, site: site, console: console, withLive: true)
    var figures = measurement.run(
      scenario: talk == .plain ? "live" : "live, Socket.IO", plan: plan, untilComplete: awaitEvents)
    addCompleteness(&figures)
    // The clients were there before the measurement began.
    figures.operations[1].tally.add(connecting)
    if recovers, !figures.wasInterrupted { try recover(&figures) }
    figures.settings.append(.init(name: "sockets", value: "\(sockets)"))
    crew.stopListeners()
    figures.notes.append(site.leave(console))
    return try Conclusion.reach(figures, plan: plan, console: console)
  }

  private func awaitReady() throws(RunProblem) {
    let (counts, console, sockets) = (crew.liveCounts, console, sockets)
    let isReady = crew.wait(upToNs: connectRampNs + 60_000_000_000) {
      let ready = counts.with { $0.ready }
      console.progress("connecting: \(ready) of \(sockets)")
      return ready == sockets
    }
    if !isReady {
      let state = counts.with { $0 }
      let losses = state.losses.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
      throw RunProblem(message: "only \(state.ready) of \(sockets) clients could subscribe; \(losses)")
    }
  }

  /// Waits for the last events.
  private func awaitEvents() {
    let (expected, counts) = (book.stamped.confirmed * Int64(sockets), crew.liveCounts)
    _ = crew.wait(upToNs: Self.drainNs) { counts.with { $0.stamped } >= expected }
    Interruption.rest(untilNs: monotonicNs() + Self.surplusNs)
  }

  /// Holds the events against the orders that were created.
  private func addCompleteness(_ figures: inout RunFigures) {
    let (orders, heard) = (book.stamped, crew.heard())
    let missing = heard.values.reduce(0) { $0 + $1.mismatches(with: orders) }
    figures.facts += [
      .init(
        name: .deliveries, value: figures.ratePerSecond(figures.operations[2]), unit: .perSecond,
        meaning: "events of new orders at clients"),
      .init(name: .missing, value: Double(missing), unit: .count, meaning: "events missing, or too many"),
      .init(
        name: .allEvents, value: Double(crew.liveCounts.with { $0.events }), unit: .count,
        meaning: "events of all kinds at clients"),
    ]
    if orders.unknown > 0 {
      figures.notes.append("\(orders.unknown) orders got no answer: whether they are missing cannot be told.")
    } else if heard.values.contains(where: { $0.count == orders.confirmed && $0.numberSum != orders.numberSum }) {
      figures.notes.append(
        "A client has as many events as there are orders, but not the same ones: some came twice and others never.")
    }
  }

  /// Creates orders that those who are away miss.
  private func createWhileAway() throws(RunProblem) -> OrderBook.Stamped {
    let caller = site.caller
    var orders = OrderBook.Stamped()
    for number in 1...Int64(Self.ordersWhileAway) {
      let body = Goods.order(number: number, stamp: Stamp(momentNs: monotonicNs(), number: number))
      let reply = try caller.call(site.text(0).post("/api/orders", body))
      guard reply.status == 201 else { throw RunProblem(message: "no order while clients are away: \(reply.summary)") }
      orders.confirmed += 1
      orders.numberSum += number
    }
    return orders
  }

  /// Adds what clients were not given, or too often, of the orders that were created while some were away. Who was told to
  /// load again needs none of them.
  private func addMissing(
    _ heard: [Int: HeardOrders], since earlier: [Int: HeardOrders], _ orders: OrderBook.Stamped,
    to figures: inout RunFigures
  ) {
    let fresh = heard.map { $0.value.since(earlier[$0.key] ?? HeardOrders()) }
    let missing = fresh.filter { $0.resyncs == 0 }.reduce(0) { $0 + $1.mismatches(with: orders) }
    guard let place = figures.facts.firstIndex(where: { $0.name == .missing }) else { return }
    figures.facts[place].value += Double(missing)
  }

  private func recover(_ figures: inout RunFigures) throws {
    let count = max(1, sockets / 10)
    let (counts, wanted) = (crew.liveCounts, sockets)
    console.progress("cutting \(count) clients off")
    crew.cutListeners(count)
    let (before, heard) = (counts.with { $0 }, crew.heard())
    let orders = try createWhileAway()
    crew.reconnectListeners(missed: Self.ordersWhileAway)
    _ = crew.wait(upToNs: plan.timeoutNs) {
      counts.with { now in
        let resyncs = now.resyncs - before.resyncs
        return now.recovered - before.recovered + resyncs >= count && now.ready == wanted
          && now.stamped - before.stamped >= orders.confirmed * Int64(wanted - resyncs)
      }
    }
    Interruption.rest(untilNs: monotonicNs() + Self.surplusNs)
    if !Interruption.hasCome { addMissing(crew.heard(), since: heard, orders, to: &figures) }
    let after = counts.with { $0 }
    figures.operations[3].tally = crew.tallies()[3]
    let (recovered, resynced) = (after.recovered - before.recovered, after.resyncs - before.resyncs)
    figures.facts += [
      .init(name: .cut, value: Double(count), unit: .count, meaning: "clients that were cut off"),
      .init(name: .recovered, value: Double(recovered), unit: .count, meaning: "of these, given all they missed"),
      .init(name: .resync, value: Double(resynced), unit: .count, meaning: "of these, told to load again"),
      .init(
        name: .unrecovered, value: Double(max(0, count - recovered - resynced)), unit: .count,
        meaning: "of these, neither"),
    ]
  }
}
