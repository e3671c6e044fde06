import API
import Credentials
import Documents
import HTTPServer
import HubRuntime
import MongoStore
import OrderDesk
import Orders
import RedisHub

extension Subcommand {
  static let api = Subcommand(
    name: "api", summary: "serve the REST API on HOST:PORT",
    notes: """
      Any number may run side by side. On SIGTERM it says 503 on /readyz and serves for DRAIN_DELAY_S; it stops when
      every request under way is answered.
      """
  ) { _ in
    guard let wiring = Wiring(needsSecret: true) else { return Program.Exit.failure }
    do { return try await serveAPI(wiring) } catch { return wiring.fail("the API did not start", error) }
  }

  private static func serveAPI(_ wiring: Wiring) async throws -> Int32 {
    let settings = wiring.settings
    guard wiring.hasFree(.port, settings.http.port) else { return Program.Exit.failure }
    guard await wiring.mayStart("the api") else { return Program.Exit.failure }
    let store = try wiring.store()
    let cache = wiring.cache()
    let tokens = try wiring.tokens()
    let publisher = Publisher(store: store, cache: cache, log: wiring.log, metrics: wiring.metrics)
    let book = wiring.book(store)
    cache.listen { book.heard($0) }
    let desk = OrderDesk(
      store: store, cache: cache, publisher: publisher, workflows: wiring.workflows, clock: wiring.clock,
      ids: wiring.ids, book: book, log: wiring.log, metrics: wiring.metrics)
    let reads = OrderReads(store: store, cache: cache, clock: wiring.clock, book: book, workflows: wiring.workflows)
    let hasher = try Argon2Hasher()
    let look = EndedTokenLook(clock: wiring.clock)
    let api = OrderAPI(
      parts: .init(
        desk: desk, reads: reads, store: store, users: store, jobs: store, cache: cache, verifier: tokens,
        issuer: tokens, hasher: hasher, clock: wiring.clock, ids: wiring.ids,
        tenants: .init(store: store, book: book, secrets: settings.secrets.box, news: cache), workflows: store,
        board: wiring.board(look) { [wiring.secretsCondition] }, documents: EmbeddedDocuments()),
      options: options(settings, wiring), workflows: wiring.workflows, log: wiring.log, metrics: wiring.metrics)
    return await wiring.run([
      Part("redis", start: { cache.start() }, stop: { await cache.stop() }),
      wiring.migration(of: store),
      Part("publisher", stop: { await publisher.flush() }),
      wiring.endedTokens(look, store) { api.end($0) },
      wiring.workflowLook(store),
      wiring.tenantSettings(book),
      HTTPService(
        log: wiring.log, stopSeconds: max(1, settings.shutdownTimeoutSeconds - 5),
        make: {
          var http = wiring.httpOptions(port: settings.http.port)
          http.crossOrigin = api.crossOrigin
          return try HTTPServer(http, application: api, log: wiring.log)
        },
        onLeave: { api.drain() }),
    ])
  }

  private static func options(_ settings: Settings, _ wiring: Wiring) -> OrderAPI.Options {
    var options = OrderAPI.Options()
    options.bodyLimitBytes = settings.http.bodyLimitBytes
    options.pendingLimit = settings.http.pendingLimit
    options.tokenLifetimeSeconds = settings.tokens.lifetimeSeconds
    options.refreshLifetimeSeconds = settings.tokens.refreshLifetimeSeconds
    options.userLimitPerMinute = settings.limits.userPerMinute
    options.loginLimitPerMinute = settings.limits.loginPerMinute
    options.loginAddressLimitPerMinute = settings.limits.loginAddressPerMinute
    options.refreshLimitPerMinute = settings.limits.refreshPerMinute
    // Strangers never have more than a share of the threads that talk to MongoDB.
    options.sessionTurns = max(1, settings.mongo.threads / 4)
    options.signingKey = Digest.hmacSHA256(key: Array((settings.tokens.secret ?? "").utf8), Array("log-in".utf8))
    options.crossOrigin = CrossOrigin(allowedOrigins: settings.http.corsOrigins, allowsOwnHost: false)
    return options
  }
}
