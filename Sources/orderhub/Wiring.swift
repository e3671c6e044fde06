import API
import Credentials
import HTTPServer
import HubContracts
import HubRuntime
import MongoStore
import OrderDesk
import Orders
import RedisHub

/// What every process stands on, made of its settings.
struct Wiring: Sendable {
  let settings: Settings
  let log: Log
  let logWriter: LogWriter
  let metrics = Metrics()
  let clock = SystemClock()
  let ids = RandomIdentities()
  let calendar: BusinessCalendar
  /// How many files and sockets the process may have open; 0 if that is not known.
  let descriptorLimit: Int

  /// Reads the settings; nil after having said what is wrong with them.
  init?(needsSecret: Bool) {
    TerminationSignals.ignoreBrokenPipes()
    tuneAllocator()
    descriptorLimit = raiseDescriptorLimit()
    do throws(SettingsError) {
      settings = try Settings.read(needsSecret: needsSecret)
    } catch {
      printError("\(error)")
      return nil
    }
    logWriter = LogWriter(format: settings.logFormat, metrics: metrics)
    log = Log(level: settings.logLevel, sink: logWriter).with("pid", "\(processID())")
    workflows = WorkflowShelf(common: .builtIn, log: log)
    guard let days = CalendarDays(timeZone: settings.timeZone) else {
      preconditionFailure("TIME_ZONE was checked and is not there: \(settings.timeZone)")
    }
    calendar = BusinessCalendar(days)
    metrics.addProcess()
    for warning in settings.warnings { log.warning(warning) }
    log.debug("settings", settings.shown.map { ($0.key, $0.value) })
  }

  /// The workflows that there are.
  let workflows: WorkflowShelf

  /// The store, with as many threads as are set, or fewer for a process that asks it little.
  func store(threads: Int = .max) throws -> MongoStore {
    let mongo = settings.mongo
    return MongoStore(
      try MongoOptions(
        uri: mongo.uri, database: mongo.database, threads: min(threads, mongo.threads), queueLimit: mongo.queueLimit),
      log: log, metrics: metrics)
  }

  /// Makes a store's collections at start.
  func migration(of store: MongoStore) -> Migration {
    Migration(store: store, log: log) { await mongoConditions().first(where: \.refusesStart) }
  }

  var redisOptions: RedisOptions {
    let redis = settings.redis
    return RedisOptions(
      redis.address, caFile: redis.caFile, certificateFile: redis.certificateFile, keyFile: redis.keyFile,
      timeoutMs: redis.timeoutMs, localCacheBytes: redis.localCacheBytes, streamLength: redis.eventsStreamLength,
      streamBytes: redis.eventsStreamBytes, listensToEmitter: redis.listensToEmitter)
  }

  func cache() -> RedisCache { RedisCache(redisOptions, clock: clock, ids: ids, log: log, metrics: metrics) }

  func tokens() throws -> JWTTokens { try JWTTokens(secret: settings.tokens.secret ?? "") }

  var currency: Currency {
    guard let currency = Currency(settings.currency) else {
      preconditionFailure("CURRENCY was checked and is none: \(settings.currency)")
    }
    return currency
  }

  func httpOptions(port: Int) -> HTTPServerOptions {
    let http = settings.http
    return HTTPServerOptions(
      host: http.host, port: port, connectionLimit: http.connectionLimit,
      connectionsPerAddressLimit: http.addressLimit, descriptorLimit: descriptorLimit,
      idleTimeoutSeconds: http.idleTimeoutSeconds, keepAliveSeconds: http.keepAliveSeconds,
      pendingLimit: http.pendingLimit,
      bodiesLimitBytes: http.bodiesLimitBytes, addressBodiesLimitBytes: http.addressBodiesLimitBytes,
      answersLimitBytes: http.answersLimitBytes,
      vitalPaths: OperationsPages.paths, trustedProxies: http.trustedProxies, metrics: metrics)
  }

  /// Looks whether the port that a setting names is free, before anything is begun; false after having said that not.
  func hasFree(_ key: SettingKey, _ port: Int) -> Bool {
    do throws(HTTPServerError) {
      try httpOptions(port: port).checkAddress()
      return true
    } catch {
      _ = fail("\(key.rawValue)=\(port) cannot be used", error)
      return false
    }
  }

  /// Runs services until a signal comes; the exit status. Whoever serves clients `serves` on for a while after it.
  func run(_ services: [any Service], serves: Bool = true) async -> Int32 {
    let signals = TerminationSignals()
    let group = ServiceGroup(
      services, shutdownSeconds: settings.shutdownTimeoutSeconds,
      leaveSeconds: serves ? settings.drainDelaySeconds : 0, log: log)
    let status = await group.run(signals: signals.stream)
    logWriter.close()
    return status
  }

  /// Ends a command that failed; the exit status.
  func fail(_ what: String, _ error: any Error) -> Int32 {
    log.error(what, [("cause", "\(error)")])
    logWriter.close()
    return Program.Exit.failure
  }
}
