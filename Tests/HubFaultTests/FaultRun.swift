import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders

/// A run: rounds of random operations under random faults, each on a tenant of its own and followed by quiet, in which
/// everything is checked.
final class FaultRun {
  /// How long, how much, and from which seed.
  struct Options: Sendable {
    var seed: UInt64
    /// The first round's seed, if it is another.
    var firstSeed: UInt64?
    /// It ends after so many seconds of rounds…
    var seconds: Double
    /// …or after so many operations, whichever is first.
    var operations = Int.max
    var operationsOfRound = 10_000
    /// A round ends after this time, however few its operations.
    var roundSeconds = 240.0
    var shoppers = 32
    var followers = 4
    var density = FaultPlan.Density()
    /// A program of an older version, from and to which the processes are replaced meanwhile; nil: all are of one version.
    var old: String?
    /// What is done: what an older version knows too, if there is one.
    var range: Operation.Range { old == nil ? .all : .deliveries }
    /// Where processes die: at what such operations pass.
    var points: [CrashPoint] { old == nil ? CrashPoint.allCases : CrashPoint.ofEveryWrite }
    /// Tells how it goes.
    var say: @Sendable (String) -> Void = { _ in }
  }

  /// What a run came to.
  struct Report: Sendable {
    var rounds = 0
    var operations = 0
    var tally = FaultTally()
    /// How many faults took effect.
    var faults: Int { tally.made }
    var outcomes: [String: Int] = [:]
    /// What the followers of each protocol came by, by its name.
    var followings: [String: Following] = [:]
    var orders = 0
    var events = 0
    var repeats = 0
    /// How often workers repaired the counters of a round's tenant.
    var counterRepairs = 0
    /// How many orders of tables there were, how many of them ended by their timers, and how often one was refused because
    /// its goods were short.
    var tableOrders = 0
    var expiries = 0
    var shortages = 0
    /// How many timers a clock of MongoDB that was ahead has put off.
    var putOff = 0
    var upgrade = Injector.Upgrade()
    /// What was violated, with the seed of its round and what happened before.
    var failures: [String] = []
  }

  private let options: Options
  private let cluster: Cluster
  private var report = Report()
  /// How long a hub that is whole again may take until all is out and seen, in seconds.
  private static let quietLimitSeconds = 180.0

  init(_ options: Options) throws {
    self.options = options
    cluster = try Cluster(old: options.old)
    options.say("a full disk: \(cluster.fullDisk)")
  }

  /// Runs rounds until it is over, something is violated, or a round cannot be brought to its end.
  func run() -> Report {
    defer { cluster.end(keepsFolder: !report.failures.isEmpty) }
    let began = monotonicMicros()
    let spent = { Double(monotonicMicros() - began) / 1e6 }
    while report.failures.isEmpty, spent() < options.seconds, report.operations < options.operations {
      let first = report.rounds == 0 ? options.firstSeed : nil
      let seed = first ?? options.seed &+ UInt64(report.rounds)
      let evidence = Evidence(seed: seed, density: options.density, folder: cluster.folder, old: options.old)
      let world = World()
      let before = (repairs: report.counterRepairs, redisFaults: report.tally.redisFaults)
      let failures = evidence.failures(in: world) {
        try round(seed, world, seconds: min(options.roundSeconds, options.seconds - spent()))
      }
      report.failures = failures
      report.rounds += 1
      let verdict = report.failures.isEmpty ? "all holds" : "VIOLATED"
      let size = "\(report.operations) operations, \(report.faults) faults, \(Int(spent())) s"
      let repaired = CounterRepairs.summary(
        report.counterRepairs - before.repairs, redisFaults: report.tally.redisFaults - before.redisFaults)
      options.say("round \(report.rounds), seed \(seed): \(verdict), \(repaired); so far \(size)")
    }
    if !report.failures.isEmpty {
      options.say("the whole history, and the logs of all processes: \(cluster.folder.path)")
    }
    return report
  }

  private func round(_ seed: UInt64, _ world: World, seconds: Double) throws {
    let name = "r\(String(seed, radix: 36))"
    guard let tenant = TenantID(name) else { throw TestServerError("no tenant \(name)") }
    let token = try Self.token(tenant, "boss", .admin)
    let tokens = (staff: token, customer: try Self.token(tenant, Shopper.customer, .customer))
    let apis = cluster.apis.map(\.port)
    try openShop(
      RestClient(ports: apis, token: token, random: SeededRandom(seed: 0), patienceSeconds: 20), options.range)
    let followers = (0..<options.followers).map {
      Follower($0, ports: cluster.lives.map(\.port), apis: apis, token: token, world: world, seed: seed)
    }
    let injector = Injector(
      cluster: cluster, world: world, seed: seed, density: options.density, points: options.points)
    defer {
      for follower in followers { follower.end() }
      count(world, injector, followers)
      report.counterRepairs += CounterRepairs.count(of: name, in: cluster.workers.map(\.logged))
    }
    shop(world, seed: seed, tokens, seconds: seconds)
    injector.end()
    try injector.finishUpgrade()
    options.say("seed \(seed): \(world.operations) operations and \(injector.tally.with { $0.made }) faults, now quiet")
    let inspection = try Inspection(cluster: cluster, tenant: tenant, token: token)
    defer { inspection.close() }
    for violation in try check(inspection, world, followers, injector.tally.with { $0 }) { world.note(violation) }
  }

  /// Lets the shoppers work until the round is over.
  private func shop(_ world: World, seed: UInt64, _ tokens: (staff: String, customer: String), seconds: Double) {
    let deadline = monotonicMicros() + UInt64(seconds * 1e6)
    let left = min(options.operationsOfRound, options.operations - report.operations)
    let (apis, range) = (cluster.apis.map(\.port), options.range)
    let threads = (0..<options.shoppers).map { number in
      HubRuntime.Thread.start(name: "shopper\(number)") {
        // A third of them gives an answer up sooner than the hub does.
        let patience = number % 3 == 0 ? 2 : 12
        let clients = [(tokens.staff, 4), (tokens.customer, 6)].map { token, stream in
          RestClient(
            ports: apis, token: token, random: SeededRandom(seed: seed, UInt64(stream), UInt64(number)),
            patienceSeconds: patience)
        }
        let shopper = Shopper(
          seed: seed, number: number, world: world, client: clients[0], customer: clients[1], range: range)
        var index = 0
        while world.operations < left, monotonicMicros() < deadline, world.violations.isEmpty {
          shopper.perform(index)
          index += 1
        }
        shopper.end()
      }
    }
    for thread in threads { thread.join() }
  }

  /// Waits for quiet, and looks at everything.
  private func check(
    _ inspection: Inspection, _ world: World, _ followers: [Follower], _ tally: FaultTally
  ) throws -> [Violation] {
    for process in cluster.hub where !process.isReady(withinSeconds: Double(HangLimit.seconds)) {
      return [Violation("a process is ready again", "\(process.name): \(Cluster.tail(process))")]
    }
    let deadline = monotonicMicros() + UInt64(Self.quietLimitSeconds * 1e6)
    // A transaction of a process that was killed ends by the server's own limit, and is then seen or not.
    usleep(6_000_000)
    while !inspection.isOutboxEmpty() {
      if monotonicMicros() > deadline {
        return [
          Violation("all events go out", "the outbox is not empty \(Int(Self.quietLimitSeconds)) s after all was whole")
        ]
      }
      usleep(100_000)
    }
    // What waits for its time has it done; only then is all told of it.
    var orders = try inspection.orders()
    var timers = try inspection.timers(orders, tally)
    while !timers.isSettled || !inspection.isOutboxEmpty(), monotonicMicros() < deadline {
      usleep(500_000)
      orders = try inspection.orders()
      timers = try inspection.timers(orders, tally)
    }
    count(orders, timers)
    let numbers = EventNumbers(orders)
    let wanted = Dictionary(uniqueKeysWithValues: orders.map { ("\($0.order.id)", Int($0.order.version)) })
    while monotonicMicros() < deadline,
      followers.contains(where: { follower in follower.seen(numbers).mapValues(\.count) != wanted })
    {
      usleep(100_000)
    }
    let products = try inspection.products()
    let ledger = try inspection.ledger(products)
    let shop = ShopCheck(orders: orders, products: products, ledger: ledger)
    var wrong = orders.flatMap(\.violations) + shop.violations + timers.violations
    wrong += CallCheck(calls: world.calls, orders: orders, ledger: ledger.filter { $0.reason != "opening" }).violations
    for follower in followers {
      wrong += FollowerCheck(orders: orders).violations(follower.name, follower.seen(numbers))
    }
    var counted = inspection.counters(shop)
    // The worker compares every five seconds, and repairs what differs twice.
    for _ in 0..<25 where !counted.isEmpty {
      usleep(1_000_000)
      counted = inspection.counters(shop)
    }
    return try wrong + counted + inspection.answers(orders) + inspection.lists(orders, shop) + inspection.audit()
  }

  private func count(_ orders: [OrderCheck], _ timers: TimerCheck) {
    report.orders += orders.count
    report.events += orders.reduce(0) { $0 + $1.events.count }
    report.tableOrders += orders.count { $0.business != nil }
    report.expiries += orders.count { check in check.business.map { $0.alarm.to == check.order.status.rawValue } == true
    }
    report.putOff += timers.putOff.count
  }

  private func count(_ world: World, _ injector: Injector, _ followers: [Follower]) {
    report.operations += world.operations
    report.tally.add(injector.tally.with { $0 })
    report.upgrade.add(injector.upgrade.with { $0 })
    report.shortages += world.calls.count { $0.answer.contains(#""out_of_stock""#) }
    report.repeats += followers.reduce(0) { $0 + $1.repeats }
    for follower in followers { report.followings[follower.protocolName, default: Following()].add(follower.following) }
    for call in world.calls { report.outcomes["\(call.outcome)", default: 0] += 1 }
  }
}
