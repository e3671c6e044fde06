import HTTPServer
import HubContracts
import HubRuntime
import MongoStore
import OrderDesk
import Orders
import RedisHub
import Worker

extension Subcommand {
  static let worker = Subcommand(
    name: "worker", summary: "publish what was left behind, and keep the counters right",
    notes: "Any number may run side by side. /healthz, /readyz and /metrics are on HOST:WORKER_PORT."
  ) { _ in
    guard let wiring = Wiring(needsSecret: false) else { return Program.Exit.failure }
    do { return try await work(wiring) } catch { return wiring.fail("the worker did not start", error) }
  }

  /// Who does what nobody asked for.
  private static func hubItself() -> UserID {
    guard let user = UserID("orderhub") else { preconditionFailure("the name is one") }
    return user
  }

  /// Whoever does the jobs that workflows ask for. What no handler here knows is left to another process.
  private static func jobHandlers(_ desk: OrderDesk, _ store: MongoStore, _ wiring: Wiring) -> [any JobHandler] {
    let timers = DeskTimers.ofWorkflows(desk: desk, user: hubItself()) { [shelf = wiring.workflows] in
      try await shelf.look(at: store)
    }
    return [TimerHandler(timers), LoggedNotices(log: wiring.log), UnknownCalls()]
  }

  private static func work(_ wiring: Wiring) async throws -> Int32 {
    let settings = wiring.settings
    guard wiring.hasFree(.workerPort, settings.http.workerPort) else { return Program.Exit.failure }
    guard await wiring.mayStart("the worker") else { return Program.Exit.failure }
    let store = try wiring.store()
    let cache = wiring.cache()
    let publisher = Publisher(store: store, cache: cache, log: wiring.log, metrics: wiring.metrics)
    let relay = Relay(store: store, cache: cache, publisher: publisher, log: wiring.log, metrics: wiring.metrics)
    let book = wiring.book(store)
    cache.listen { book.heard($0) }
    let check = CounterCheck(
      store: store, cache: cache, clock: wiring.clock, calendar: wiring.calendar, currency: wiring.currency, book: book,
      workflows: wiring.workflows, log: wiring.log, metrics: wiring.metrics)
    let desk = OrderDesk(
      store: store, cache: cache, publisher: publisher, workflows: wiring.workflows, clock: wiring.clock,
      ids: wiring.ids, book: book, log: wiring.log, metrics: wiring.metrics)
    let moneyBefore = MoneyBefore(
      source: store, desk: desk, user: hubItself(), clock: wiring.clock, log: wiring.log, metrics: wiring.metrics)
    var jobs = JobRunner.Options()
    jobs.wallClock = { [clock = wiring.clock] in clock.now() }
    let runners = jobHandlers(desk, store, wiring).map { handler in
      JobRunner(
        handler, queue: store, ids: wiring.ids, user: hubItself(), options: jobs, log: wiring.log,
        metrics: wiring.metrics)
    }
    let search = SearchRenewing(store, clock: wiring.clock, log: wiring.log)
    let pages = OperationsPages(metrics: wiring.metrics, board: wiring.board { await JobConditions.deadLetters(store) })
    {
      let isMongoUp = await (try? store.ping()) != nil
      return [("mongodb", isMongoUp, true), ("redis", cache.isUp, false)]
    }
    return await wiring.run(
      [
        Part("redis", start: { cache.start() }, stop: { await cache.stop() }),
        wiring.migration(of: store),
        Part("publisher", stop: { await publisher.flush() }),
        PeriodicService(
          name: "relay", pause: .milliseconds(settings.outboxIntervalMs), log: wiring.log, metrics: wiring.metrics
        ) { _ = try await relay.round() },
        wiring.workflowLook(store),
        wiring.tenantSettings(book),
        PeriodicService(name: "counters", pause: .seconds(5), log: wiring.log, metrics: wiring.metrics) {
          try await check.round()
        },
        PeriodicService(name: "money", pause: .seconds(10), log: wiring.log, metrics: wiring.metrics) {
          _ = try await moneyBefore.round()
        },
        // A process of an older version that starts puts back what it knows.
        PeriodicService(name: "schema", pause: .seconds(60), log: wiring.log, metrics: wiring.metrics) {
          for line in try await store.keepSchema() {
            wiring.log.warning("an older version has changed the database: it is put right", [("made", line)])
          }
        },
        PeriodicService(name: "search", pause: .seconds(10), log: wiring.log, metrics: wiring.metrics) {
          try await search.round()
        },
        JobService(runners, queue: store, log: wiring.log),
        HTTPService(
          log: wiring.log, stopSeconds: 2,
          make: {
            try HTTPServer(wiring.httpOptions(port: settings.http.workerPort), application: pages, log: wiring.log)
          },
          onLeave: { pages.drain() }),
      ], serves: false)
  }
}
