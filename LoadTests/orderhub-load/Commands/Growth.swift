import HubContracts

extension Subcommand {
  static let growth = Subcommand(
    name: "growth", summary: "measure how lists, searches, counters and writes grow with the number of orders",
    about: """
      Fills a tenant with orders, size by size of --sizes, and measures at each: the list, a page deep in it, a search
      that finds one order, one that finds one of 31, the counters, creating and delivering. A few users, so that the
      latency is that of the work and not of waiting. The expectations name a size: 'list@100000.p99<20ms'.
      """,
    options: [
      OptionKind(name: "sizes", value: "LIST", summary: "numbers of orders, rising", preset: "1k,10k,100k"),
      OptionKind(name: "svg", value: "FILE", summary: "write a plot of the medians"),
      Seeding.connectionsKind,
    ] + LoadPlan.kinds(connections: 4).filter { !["html", "ramp"].contains($0.name) } + Site.kinds,
    run: { given, console in try Growth(given, console).run() })
}

/// The command `growth`.
private struct Growth {
  private let plan: LoadPlan
  private let seedPlan: LoadPlan
  private let site: Site
  private let console: Console
  private let sizes: [Int]
  private let svgFile: String?
  private let book = OrderBook()

  private static let operations = ["list", "deep-page", "search-one", "search-many", "stats", "create", "deliver"]

  init(_ given: GivenOptions, _ console: Console) throws {
    var plan = try LoadPlan(given, connections: 4, warmUpSeconds: 0.5)
    if given.text("duration") == nil { plan.durationNs = 3_000_000_000 }
    self.plan = plan
    seedPlan = try Seeding.plan(given, for: plan)
    let text = given.text("sizes") ?? "1k,10k,100k"
    let sizes = text.split(separator: ",").map { Units.count($0) ?? 0 }
    guard !sizes.isEmpty, sizes.allSatisfy({ (1...Seeding.limit).contains($0) }),
      zip(sizes, sizes.dropFirst()).allSatisfy(<)
    else { throw UsageProblem(message: "--sizes \(text): allowed are rising numbers as in 1k,10k,100k,1m") }
    self.sizes = sizes
    svgFile = try OutputFile.named("svg", given)
    site = try Site(given, users: 1)
    self.console = console
  }

  func run() throws -> Int32 {
    try site.check()
    guard try site.isEmpty(.orders) else {
      throw RunProblem(message: "the tenant \(site.tenant) has orders already: name another")
    }
    var figures = RunFigures(scenario: "growth", settings: plan.settings)
    var table = Table(["orders"] + Self.operations + ["seeding"])
    for size in sizes where !Interruption.hasCome {
      let missing = size - Int(book.stamped.confirmed)
      var seeding = ""
      if missing > 0 {
        let result = try Seeding(site: site, console: console, plan: seedPlan).create(missing, book: book)
        seeding = Units.rate(Double(result.tally.latency.count) / max(result.seconds, 1e-9))
      }
      if Interruption.hasCome { break }
      let measured = try measure(size)
      figures.seconds += measured.seconds
      figures.operations += measured.operations
      table.add(
        ["\(Units.grouped(Int64(size)))"] + measured.operations.map { median($0.tally) } + [seeding])
    }
    figures.wasInterrupted = Interruption.hasCome
    figures.notes.append(site.leave(console))
    if let svgFile { try Conclusion.write(plot(figures).svg + "\n", to: svgFile) }
    let status = try Conclusion.reach(figures, plan: plan, console: console)
    console.report("\nmedians by the number of orders\n\n" + table.lines().joined(separator: "\n"))
    return status
  }

  private func median(_ tally: OperationTally) -> String {
    tally.latency.count > 0 ? Units.latency(tally.latency.value(at: 0.5)) : "-"
  }

  /// Measures each operation alone.
  private func measure(_ size: Int) throws -> RunFigures {
    for id in try site.createOrders(20, body: { _ in Goods.bottomless }) { book.addToPool(id) }
    book.allow(Int.max)
    var all = RunFigures(scenario: "growth")
    for name in Self.operations where !Interruption.hasCome {
      console.progress("\(Units.grouped(Int64(size))) orders: \(name)")
      let crew = try Crew(threads: 1, operations: [Crew.Operation(name: "\(name)@\(size)")])
      let (book, paths) = (book, paths(name, size))
      crew.addUsers(plan.connections, pace: .closed(thinkMs: 0), rampNs: 0, timeoutNs: plan.timeoutNs, site: site) {
        user, text in
        switch name {
        case "create": CreateErrand(text, book: book, operations: (0, 0))
        case "deliver": DeliverErrand(text, book: book, operations: (0, 0), isHot: false)
        default:
          ReadErrand(paths.map { Request(operation: 0, bytes: SharedBytes(text.get($0))) }, first: user * 13)
        }
      }
      let measurement = Measurement(crew: crew, site: site, console: console)
      let figures = measurement.run(scenario: "growth", plan: plan)
      crew.end()
      all.operations += figures.operations.map { operation in
        var operation = operation
        operation.seconds = figures.seconds
        return operation
      }
      all.seconds += figures.seconds
    }
    return all
  }

  /// What a reading operation asks for.
  private func paths(_ name: String, _ size: Int) -> [String] {
    switch name {
    case "deep-page": ["/api/orders?limit=20&page=\(max(1, min(size, 10_000) / 20))"]
    case "search-one": (0..<50).map { Goods.searchByPhone(Int64(size / 50 * $0 + 1)) }
    case "search-many": (0..<Goods.lastNameCount).map { Goods.searchByName($0) }
    case "stats": ["/api/orders/stats"]
    default: ["/api/orders?limit=20"]
    }
  }

  /// The medians over the number of orders, each size as far from the next.
  private func plot(_ figures: RunFigures) -> LineChart {
    let lines = Self.operations.map { name in
      LineChart.Line(
        name: name,
        points: sizes.enumerated().compactMap { index, size in
          let tally = figures.operations.first { $0.name == "\(name)@\(size)" }?.tally
          return tally.map { (Double(index), Double($0.latency.value(at: 0.5))) }
        })
    }
    return LineChart(
      title: "median latency by orders", lines: lines,
      marks: sizes.enumerated().map { (Double($0.offset), Units.grouped(Int64($0.element))) },
      label: { Units.latency(Int64($0)) }, isLogarithmic: true)
  }
}
