extension Command {
  static let seed = Command(
    name: "seed", summary: "fill a tenant with orders",
    about: """
      Creates --orders orders through the API, as fast as --connections users can. The customers have 26 first names, 31
      last names and a phone each, so that searches find some of them.
      """,
    options: [OptionKind(name: "orders", value: "N", summary: "how many: 1000, 100k, 1m", preset: "1000")]
      + LoadPlan.kinds(connections: 64).filter { !["duration", "warm-up", "ramp"].contains($0.name) } + Site.kinds,
    run: { given, console in
      let plan = try LoadPlan(given, connections: 64)
      let orders = try given.count("orders", preset: 1_000, in: 1...Seeding.limit)
      let site = try Site(given, users: 1)
      try site.check()
      let result = try Seeding(site: site, console: console, plan: plan).create(orders, book: OrderBook())
      var figures = RunFigures(scenario: "seed", seconds: result.seconds)
      figures.settings = [
        .init(name: "connections", value: "\(plan.connections)"), .init(name: "tenant", value: site.tenant),
      ]
      figures.operations = [RunFigures.Operation(name: "create", tally: result.tally)]
      figures.wasInterrupted = Interruption.hasCome
      figures.notes.append(site.remains)
      return try Conclusion.reach(figures, plan: plan, console: console)
    })
}
