extension Subcommand {
  static let seed = Subcommand(
    name: "seed", summary: "fill a tenant with orders and deliveries",
    about: """
      Creates --orders orders through the API, as fast as --connections users can, and then --deliveries deliveries of
      one piece each, spread evenly over them. The customers have 26 first names, 31 last names and a phone each, so
      that searches find some of them.
      """,
    options: [Seeding.ordersKind(preset: "1000"), Seeding.deliveriesKind(preset: "0")]
      + LoadPlan.kinds(connections: 64).filter { !["duration", "warm-up", "ramp", "html"].contains($0.name) }
      + Site.kinds,
    run: { given, console in
      let plan = try LoadPlan(given, connections: 64)
      let counts = try Seeding.counts(given, orders: 1_000, deliveries: 0)
      let site = try Site(given, users: 1)
      try site.check()
      let seeding = Seeding(site: site, console: console, plan: plan)
      let book = OrderBook(keepsAll: counts.deliveries > 0)
      var results = [("create", try seeding.create(counts.orders, book: book))]
      if counts.deliveries > 0, !Interruption.hasCome {
        results.append(("deliver", try seeding.deliver(counts.deliveries, of: book.all)))
      }
      var figures = RunFigures(scenario: "seed", seconds: results.reduce(0) { $0 + $1.1.seconds })
      figures.settings = [
        .init(name: "connections", value: "\(plan.connections)"), .init(name: "tenant", value: site.tenant),
      ]
      figures.operations = results.map { RunFigures.Operation(name: $0, tally: $1.tally, seconds: $1.seconds) }
      figures.wasInterrupted = Interruption.hasCome
      figures.notes.append(site.leave(console))
      return try Conclusion.reach(figures, plan: plan, console: console)
    })
}
