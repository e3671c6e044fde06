import HubRuntime

/// Fills a tenant with orders and deliveries, through the API as anybody would.
struct Seeding {
  let site: Site
  let console: Console
  let plan: LoadPlan

  /// The most orders that one run creates.
  static let limit = 10_000_000
  /// The most deliveries that an order gets: one of each of its chairs.
  static let deliveriesAnOrder = Goods.chairs

  /// What came of it.
  struct Result: Sendable {
    let seconds: Double
    let tally: OperationTally
  }

  static func ordersKind(preset: String) -> OptionKind {
    OptionKind(name: "orders", value: "N", summary: "how many to create: 1000, 100k, 1m", preset: preset)
  }

  static func deliveriesKind(preset: String) -> OptionKind {
    OptionKind(
      name: "deliveries", value: "N",
      summary: "how many to make of these, spread evenly; at most \(deliveriesAnOrder) for each order", preset: preset)
  }

  static let connectionsKind = OptionKind(
    name: "seed-connections", value: "N", summary: "users that create the orders", preset: "64")

  /// A plan for the seeding that stands before a measurement with another number of users.
  static func plan(_ given: GivenOptions, for plan: LoadPlan) throws(UsageProblem) -> LoadPlan {
    var seedPlan = plan
    seedPlan.connections = try given.count("seed-connections", preset: 64, in: 1...1_000)
    return seedPlan
  }

  /// How many orders and deliveries a command line asks for.
  static func counts(_ given: GivenOptions, orders: Int, deliveries: Int) throws(UsageProblem) -> (
    orders: Int, deliveries: Int
  ) {
    let orders = try given.count("orders", preset: orders, in: 1...limit)
    let most = orders * deliveriesAnOrder
    return (orders, try given.count("deliveries", preset: min(deliveries, most), in: 0...most))
  }

  /// Creates orders with the book's next numbers until `count` more are there; what it took.
  func create(_ count: Int, book: OrderBook) throws(RunProblem) -> Result {
    book.allow(count)
    return try run("orders", count) { CreateErrand($0, book: book, operations: (0, 0)) }
  }

  /// Makes `count` deliveries of one chair each, spread evenly over orders that have none; what it took.
  func deliver(_ count: Int, of orders: [String]) throws(RunProblem) -> Result {
    guard count > 0, !orders.isEmpty else { return Result(seconds: 0, tally: OperationTally()) }
    let book = OrderBook()
    let (each, rest) = count.quotientAndRemainder(dividingBy: orders.count)
    for (index, order) in orders.enumerated() { book.addToPool(order, deliveries: each + (index < rest ? 1 : 0)) }
    let body = Goods.delivery(status: "delivered", chairs: 1)
    return try run("deliveries", count) {
      DeliverErrand($0, book: book, operations: (nil, 0), isHot: false, body: body)
    }
  }

  /// Lets users work until `count` of their requests went well.
  private func run(_ things: String, _ count: Int, make: @escaping @Sendable (RequestText) -> any Errand)
    throws(RunProblem) -> Result
  {
    let crew = try Crew(threads: plan.threads, operations: [Crew.Operation(name: things)])
    let start = monotonicNs()
    crew.addUsers(
      min(plan.connections, count), pace: .closed(thinkMs: 0), rampNs: 0, timeoutNs: plan.timeoutNs, site: site
    ) { make($1) }
    var (last, lastNs, stalledSince) = (Int64(0), start, start)
    while !Interruption.hasCome {
      sleepNs(count - Int(last) < 5_000 ? 2_000_000 : 250_000_000)
      let (done, now) = (crew.tallies()[0].latency.count, monotonicNs())
      if done >= count { break }
      if done > last { stalledSince = now }
      if now - stalledSince > plan.timeoutNs + 5_000_000_000 {
        let failures = crew.tallies()[0].failures.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
        throw RunProblem(message: "after \(done) of \(count) \(things) no more could be made; \(failures)")
      }
      let rate = Double(done - last) / max(Double(now - lastNs) / 1e9, 1e-9)
      (last, lastNs) = (done, now)
      console.progress(
        "making \(things): \(Units.grouped(done)) of \(Units.grouped(Int64(count))) · \(Units.rate(rate))")
    }
    let seconds = Double(monotonicNs() - start) / 1e9
    _ = crew.closeUsers()
    _ = crew.endUsers(timeoutNs: plan.timeoutNs)
    let tally = crew.tallies()[0]
    crew.end()
    return Result(seconds: seconds, tally: tally)
  }
}
