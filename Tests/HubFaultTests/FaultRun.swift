import Credentials
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
    cluster = try Cluster()
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
      let evidence = Evidence(seed: seed, density: options.density, folder: cluster.folder)
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
    guard let tenant = TenantID(name), let user = UserID("boss") else { throw TestServerError("no tenant \(name)") }
    let token = try JWTTokens(secret: Cluster.secret).issue(
      for: Actor(tenant: tenant, user: user, role: .admin),
      // Some time ago: a process whose clock is behind must take it.
      now: Timestamp(millis: SystemClock().now().millis - 7_200_000), lifetimeSeconds: 86_400)
    let apis = cluster.apis.map(\.port)
    try openShop(token)
    let followers = (0..<options.followers).map {
      Follower($0, ports: cluster.lives.map(\.port), apis: apis, token: token, world: world, seed: seed)
    }
    let injector = Injector(cluster: cluster, world: world, seed: seed, density: options.density)
    defer {
      for follower in followers { follower.end() }
      count(world, injector, followers)
      report.counterRepairs += CounterRepairs.count(of: name, in: cluster.workers.map(\.logged))
    }
    shop(world, seed: seed, token: token, seconds: seconds)
    injector.end()
    options.say("seed \(seed): \(world.operations) operations and \(injector.tally.with { $0.made }) faults, now quiet")
    let inspection = try Inspection(cluster: cluster, tenant: tenant, token: token)
    defer { inspection.close() }
    for violation in try check(inspection, world, followers) { world.note(violation) }
  }

  /// The catalogue, with something in stock.
  private func openShop(_ token: String) throws {
    let client = RestClient(
      ports: cluster.apis.map(\.port), token: token, random: SeededRandom(seed: 0), patienceSeconds: 20)
    for product in Shopper.products {
      let bodies = [
        ("/api/products", #"{"productId":"\#(product)","name":"\#(product)","unitPrice":7.77777777,"taxRate":0.07}"#),
        ("/api/products/\(product)/stock", #"{"kind":"receipt","quantity":5000,"reason":"opening"}"#),
      ]
      for (path, body) in bodies {
        guard
          (0..<50).contains(where: { _ in
            client.attempt("POST", path, body: body, key: "opening-\(product)")?.status == 201
          })
        else { throw TestServerError("\(path) was not taken") }
      }
    }
  }

  /// Lets the shoppers work until the round is over.
  private func shop(_ world: World, seed: UInt64, token: String, seconds: Double) {
    let deadline = monotonicMicros() + UInt64(seconds * 1e6)
    let left = min(options.operationsOfRound, options.operations - report.operations)
    let apis = cluster.apis.map(\.port)
    let threads = (0..<options.shoppers).map { number in
      HubRuntime.Thread.start(name: "shopper\(number)") {
        let random = SeededRandom(seed: seed, 4, UInt64(number))
        // A third of them gives an answer up sooner than the hub does.
        let client = RestClient(
          ports: apis, token: token, random: random, patienceSeconds: number % 3 == 0 ? 2 : 12)
        let shopper = Shopper(seed: seed, number: number, world: world, client: client)
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
  private func check(_ inspection: Inspection, _ world: World, _ followers: [Follower]) throws -> [Violation] {
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
    let orders = try inspection.orders()
    let numbers = EventNumbers(orders)
    let wanted = Dictionary(uniqueKeysWithValues: orders.map { ("\($0.order.id)", Int($0.order.version)) })
    while monotonicMicros() < deadline,
      followers.contains(where: { follower in follower.seen(numbers).mapValues(\.count) != wanted })
    {
      usleep(100_000)
    }
    report.orders += orders.count
    report.events += orders.reduce(0) { $0 + $1.events.count }
    let products = try inspection.products()
    let ledger = try inspection.ledger(products)
    let shop = ShopCheck(orders: orders, products: products, ledger: ledger)
    var wrong = orders.flatMap(\.violations) + shop.violations
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
    return try wrong + counted + inspection.answers(orders) + inspection.audit()
  }

  private func count(_ world: World, _ injector: Injector, _ followers: [Follower]) {
    report.operations += world.operations
    report.tally.add(injector.tally.with { $0 })
    report.repeats += followers.reduce(0) { $0 + $1.repeats }
    for follower in followers { report.followings[follower.protocolName, default: Following()].add(follower.following) }
    for call in world.calls { report.outcomes["\(call.outcome)", default: 0] += 1 }
  }
}
