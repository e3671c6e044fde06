extension Subcommand {
  static let create = Subcommand(
    name: "create", summary: "create orders",
    about: "Users create orders of two products, one after another as they are answered, or at --rate.",
    options: [LoadPlan.rateKind] + LoadPlan.kinds(connections: 32) + Site.kinds,
    run: { given, console in
      let plan = try LoadPlan(given, connections: 32)
      return try Writing(given, console, plan: plan).run("create", operations: ["create"]) { _, text, book in
        CreateErrand(text, book: book, operations: (0, 0))
      }
    })

  static let deliver = Subcommand(
    name: "deliver", summary: "make deliveries, spread over orders or all on one",
    about: """
      Users make deliveries of one piece each. They are spread over --orders orders, or with --one-order all go to the
      same one, where each must wait for the one before; when it has its 1,000 deliveries, to the next.
      """,
    options: [
      OptionKind(name: "one-order", summary: "all users on one order"),
      OptionKind(name: "orders", value: "N", summary: "orders to begin with", preset: "200"),
      OptionKind(name: "status", value: "NAME", summary: "pending or delivered", preset: "pending"),
      LoadPlan.rateKind,
    ] + LoadPlan.kinds(connections: 32) + Site.kinds,
    run: { given, console in
      let plan = try LoadPlan(given, connections: 32)
      let isHot = given.has("one-order")
      let status = try given.choice("status", preset: "pending", of: ["pending", "delivered"])
      let orders = try given.count("orders", preset: isHot ? 4 : 200, in: 1...100_000)
      let writing = try Writing(given, console, plan: plan)
      try writing.fillPool(orders)
      return try writing.run(isHot ? "deliver, one order" : "deliver", operations: ["deliver", "create-order"]) {
        _, text, book in
        DeliverErrand(
          text, book: book, operations: (1, 0), isHot: isHot, body: Goods.delivery(status: status, desks: 1))
      }
    })

  static let journey = Subcommand(
    name: "journey", summary: "take orders from creation to the last payment, and check each answer",
    about: """
      Each user takes an order through its life: create, deliver in two parts, invoice and pay each, read it. Every
      answer is held against what it must be; the invoices must come to the order's total, to the last decimal. The row
      'journey' is a whole life; with --rate so many begin each second.
      """,
    options: [LoadPlan.rateKind] + LoadPlan.kinds(connections: 16) + Site.kinds,
    run: { given, console in
      let plan = try LoadPlan(given, connections: 16)
      let kinds: [JourneyErrand.Step.Kind] = [.create, .deliver, .invoice, .pay, .read]
      return try Writing(given, console, plan: plan).run(
        "journey", operations: kinds.map(\.rawValue), round: "journey"
      ) { _, text, book in
        JourneyErrand(text, book: book, kinds: kinds, operation: 0, countsRounds: true) { _ in
          JourneyErrand.inTwoParts
        }
      }
    })
}

/// What the scenarios that write have in common.
private struct Writing {
  private let plan: LoadPlan
  private let site: Site
  private let console: Console
  private let book = OrderBook()

  init(_ given: GivenOptions, _ console: Console, plan: LoadPlan) throws {
    self.plan = plan
    self.console = console
    site = try Site(given, users: 1)
    try site.check()
  }

  /// Makes orders that can be delivered from.
  func fillPool(_ count: Int) throws {
    console.progress("creating \(count) orders")
    for id in try site.createOrders(count, body: { _ in Goods.bottomless }) { book.addToPool(id) }
  }

  /// Runs users that each have an errand of this kind.
  func run(
    _ scenario: String, operations: [String], round: String? = nil,
    make: @escaping @Sendable (Int, RequestText, OrderBook) -> any Errand
  ) throws -> Int32 {
    let rounds = round.map { [Crew.Operation(name: $0, kind: .event)] } ?? []
    let crew = try Crew(threads: plan.threads, operations: operations.map { Crew.Operation(name: $0) } + rounds)
    let book = book
    crew.addUsers(plan.connections, pace: plan.pace, rampNs: plan.rampNs, timeoutNs: plan.timeoutNs, site: site) {
      make($0, $1, book)
    }
    let measurement = Measurement(crew: crew, site: site, console: console)
    var figures = measurement.run(scenario: scenario, plan: plan)
    figures.notes.append(site.leave(console))
    return try Conclusion.reach(figures, plan: plan, console: console)
  }
}
