import HTTPServer
import HubContracts
import HubRuntime
import Live
import MongoStore
import OrderDesk
import Orders
import RedisHub

extension Subcommand {
  static let live = Subcommand(
    name: "live", summary: "push every change to Socket.IO, WebSocket and SSE clients on HOST:LIVE_PORT",
    notes: """
      Any number may run side by side; each follows the bus by itself. On SIGTERM it says 503 on /readyz and serves for
      DRAIN_DELAY_S; then its clients are asked, over DRAIN_S seconds, to reconnect elsewhere. /healthz, /readyz and /metrics are on the same port.
      """
  ) { _ in
    guard let wiring = Wiring(needsSecret: true) else { return Program.Exit.failure }
    do { return try await serveLive(wiring) } catch { return wiring.fail("the live side did not start", error) }
  }

  private static func serveLive(_ wiring: Wiring) async throws -> Int32 {
    let settings = wiring.settings
    guard wiring.hasFree(.livePort, settings.http.livePort) else { return Program.Exit.failure }
    guard await wiring.mayStart("the live process", for: .looking) else { return Program.Exit.failure }
    let cache = wiring.cache()
    let bus = RedisBus(
      wiring.redisOptions, beside: cache, clock: wiring.clock, ids: wiring.ids, log: wiring.log,
      metrics: wiring.metrics)
    let options = options(wiring)
    // Asked which tokens were ended; and whose an order is that somebody wants to follow alone, where Redis does not say.
    let store = try wiring.store(threads: storeThreads)
    let book = wiring.book(store)
    cache.listen { book.heard($0) }
    let reads = OrderReads(store: store, cache: cache, clock: wiring.clock, book: book, workflows: wiring.workflows)
    let hub = LiveHub(
      options: options, verifier: try wiring.tokens(), bus: bus, streams: cache, owners: reads,
      clock: wiring.clock, log: wiring.log, metrics: wiring.metrics)
    let look = EndedTokenLook(clock: wiring.clock)
    let pages = OperationsPages(
      metrics: wiring.metrics, board: wiring.board(for: .looking, look), otherPaths: hub.paths
    ) { [("live", hub.isReady, true)] }
    let front = LiveFront(hub: hub, pages: pages)
    return await wiring.run([
      Part("redis", start: { cache.start() }, stop: { await cache.stop() }),
      Part("store", stop: { await store.close() }),
      Part("live", start: { hub.start() }, stop: { await hub.stop() }),
      wiring.endedTokens(look, store) { hub.end($0) },
      wiring.tenantSettings(book),
      HTTPService(
        log: wiring.log, stopSeconds: 2,
        make: {
          var http = wiring.httpOptions(port: settings.http.livePort)
          http.crossOrigin = options.crossOrigin
          // Streams and polls stay connections of this server. It must have room for every live client and then some, for
          // past its limit it answers nothing, not even that there is no room.
          http.connectionLimit = max(http.connectionLimit, options.connectionLimit + otherConnections)
          // A poll waits for the next event: as many may wait as may be connected.
          http.pendingLimit = http.connectionLimit
          return try HTTPServer(
            http, application: front, upgrades: front, log: wiring.log)
        },
        onLeave: { pages.drain() }, beforeStop: { await hub.drain() }),
    ])
  }

  /// How many calls to MongoDB are made at once, of which one is the look at ended tokens.
  private static let storeThreads = 3

  /// How many connections and descriptors there are to be beside those of live clients: for probes, refusals, polls that
  /// are on their way, Redis and files.
  private static let otherConnections = 1_000

  /// How many live clients there may be: as many as is set, or as the process may have descriptors for. And how many
  /// descriptors they may hold: a stream of server-sent events needs two.
  private static func limitConnections(_ options: inout LiveOptions, _ wiring: Wiring) {
    let (wanted, descriptors) = (wiring.settings.live.connectionLimit, wiring.descriptorLimit)
    options.connectionLimit = wanted
    guard descriptors > 0, descriptors < 2 * wanted + otherConnections else { return }
    // A process that may have few at all keeps half of them for clients.
    options.descriptorLimit = max(descriptors - otherConnections, descriptors / 2)
    options.connectionLimit = min(wanted, options.descriptorLimit)
    let facts = [
      ("liveConnectionLimit", "\(wanted)"), ("openFilesNeeded", "\(wanted + otherConnections)"),
      ("openFilesNeededForStreams", "\(2 * wanted + otherConnections)"), ("openFilesAllowed", "\(descriptors)"),
      ("liveConnections", "\(options.connectionLimit)"), ("liveStreams", "\(options.descriptorLimit / 2)"),
    ]
    if options.connectionLimit < wanted {
      wiring.log.warning(
        "the process may not open enough sockets for LIVE_CONNECTION_LIMIT: raise its limit of open files", facts)
    } else {
      wiring.log.info(
        "the process may not open enough sockets for LIVE_CONNECTION_LIMIT if all are server-sent events", facts)
    }
  }

  private static func options(_ wiring: Wiring) -> LiveOptions {
    var options = LiveOptions()
    let settings = wiring.settings
    let live = settings.live
    // The threads that feed the loops, the bus's and the HTTP server's, need a core too.
    options.loopCount = live.threads > 0 ? live.threads : max(1, coreCount() - 1)
    options.processName = live.name
    options.allowedOrigins = settings.http.corsOrigins
    limitConnections(&options, wiring)
    options.connectionLimitPerAddress = settings.http.addressLimit
    options.connectionLimitPerUser = live.userLimit
    options.handshakesPerSecond = live.handshakesPerSecond
    options.messagesPerMinute = live.messagesPerMinute
    options.queueLimitBytes = live.queueLimitBytes
    options.pagesPerRecovery = LiveOptions.pages(
      streamLength: settings.redis.eventsStreamLength, streamBytes: settings.redis.eventsStreamBytes,
      queueBytes: live.queueLimitBytes)
    options.idleTimeoutMs = Int64(live.idleTimeoutSeconds) * 1_000
    options.ticketKey = Digest.hmacSHA256(
      key: Array((settings.tokens.secret ?? "").utf8), Array("live session ticket".utf8))
    options.drainMs = Int64(live.drainSeconds) * 1_000
    return options
  }
}

/// What the HTTP server asks, from the live hub or from the pages beside it.
private struct LiveFront: HTTPApplication, HTTPUpgrades {
  let hub: LiveHub
  let pages: OperationsPages

  // MARK: HTTPApplication

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? { nil }

  func reply(to request: HTTPRequest) async -> HTTPReply {
    if request.path == LiveHub.webSocketPath { return hub.askForUpgrade(request) }
    return hub.serves(request.path) ? await hub.reply(to: request) : await pages.reply(to: request)
  }

  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int {
    hub.serves(path) ? hub.bodyLimitBytes(method, path) : pages.bodyLimitBytes(method: method, path: path)
  }

  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    pages.refusal(reason, requestID: requestID)
  }

  var wantsBodyHeads: Bool { true }

  func bodyBegins(_ head: HTTPRequest) -> BodyVerdict { hub.bodyBegins(head) }

  func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply? {
    hub.bodyFailed(head, isTooLarge: isTooLarge)
  }

  // MARK: HTTPUpgrades

  func decide(_ request: HTTPRequest) -> UpgradeDecision {
    switch hub.admit(request) {
    case .accept(let headers): .accept(headers: headers)
    case .refuse(let reply): .refuse(reply)
    case .notAnUpgrade: .notAnUpgrade
    }
  }

  func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8]) {
    hub.adopt(request, socket: socket, leftover: leftover)
  }

  var streamingPath: Text? { LiveHub.streamPath }

  func streams(_ request: HTTPRequest) -> HTTPStreamDecision {
    hub.refusal(ofStream: request).map { .refuse($0) } ?? .stream
  }

  func stream(_ request: HTTPRequest, socket: Int32, finished: @escaping @Sendable () -> Void) {
    hub.stream(request, socket: socket, finished: finished)
  }
}
