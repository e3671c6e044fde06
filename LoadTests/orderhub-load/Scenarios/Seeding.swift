import HubRuntime

/// Fills a tenant with orders, through the API as anybody would.
struct Seeding {
  let site: Site
  let console: Console
  let plan: LoadPlan

  /// The most orders that one run creates.
  static let limit = 10_000_000

  /// Creates orders with the book's next numbers until `count` more are there; what it took.
  func create(_ count: Int, book: OrderBook) throws(RunProblem) -> (seconds: Double, tally: OperationTally) {
    let crew = try Crew(threads: plan.threads, operations: [Crew.Operation(name: "create")])
    let start = monotonicNs()
    book.allow(count)
    crew.addUsers(
      min(plan.connections, count), pace: .closed(thinkMs: 0), rampNs: 0, timeoutNs: plan.timeoutNs, site: site
    ) {
      CreateErrand($1, book: book, operations: (0, 0))
    }
    var (last, lastNs, stalledSince) = (Int64(0), start, start)
    while !Interruption.hasCome {
      sleepNs(count - Int(last) < 5_000 ? 2_000_000 : 250_000_000)
      let (done, now) = (crew.tallies()[0].latency.count, monotonicNs())
      if done >= count { break }
      if done > last { stalledSince = now }
      if now - stalledSince > plan.timeoutNs + 5_000_000_000 {
        let failures = crew.tallies()[0].failures.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
        throw RunProblem(message: "after \(done) of \(count) orders no more could be created; \(failures)")
      }
      let rate = Double(done - last) / max(Double(now - lastNs) / 1e9, 1e-9)
      (last, lastNs) = (done, now)
      console.progress(
        "creating orders: \(Units.grouped(done)) of \(Units.grouped(Int64(count))) · \(Units.rate(rate))")
    }
    let seconds = Double(monotonicNs() - start) / 1e9
    let tally = crew.tallies()[0]
    _ = crew.stopUsers()
    crew.end()
    return (seconds, tally)
  }
}
