import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import MongoStore
@testable import enum MongoStore.Collection
@testable import OrderDesk
import RedisHub

/// A place of business: one store, one Redis, and as many processes upon them as a test opens.
final class Site: Sendable {
  let server: ServerProcess
  let store: MongoStore
  let tenant: TenantID
  /// The clock that jobs are due by.
  let jobTime = JobTime()
  private let offices = Locked<[Office]>([])

  init() async throws {
    server = try TestServers.redis()
    tenant = try #require(TenantID("shop-1"))
    var options = try MongoOptions(uri: TestServers.mongoURI(), database: TestServers.databaseName(), threads: 8)
    // A busy machine is not what these tests are about.
    (options.operationTimeoutMs, options.commitDeadlineMs) = (Int(HangLimit.ms), Int(HangLimit.ms))
    options.jobClock = { [jobTime] in jobTime.clock }
    store = MongoStore(options, log: quiet, metrics: Metrics())
    _ = try await store.migrate()
  }

  /// A process; one without Redis never finds it.
  ///
  /// It waits for a slow Redis for as long as it may, unless the test wants less.
  func office(
    hasRedis: Bool = true, redisTimeoutMs: Int = 60_000, on other: FaultyStore? = nil, log: Log = quiet,
    workflows: Workflows = .builtIn, _ change: (inout DeskOptions) -> Void = { _ in }
  ) async throws -> Office {
    let port = hasRedis ? server.port : try freePort()
    let office = Office(
      store: other ?? store, port: port, redisTimeoutMs: redisTimeoutMs, log: log, workflows: workflows, change)
    offices.with { $0.append(office) }
    if hasRedis {
      office.cache.start()
      try await eventually("the cache is up") { office.cache.isUp }
    }
    return office
  }

  func actor(_ role: Role = .admin, tenant: String? = nil) throws -> Actor {
    Actor(
      tenant: try tenant.map { try #require(TenantID($0)) } ?? self.tenant, user: try #require(UserID("ada")),
      role: role)
  }

  /// Puts `value` at `path` of the documents that `key` names: damage, made by hand.
  func damage(
    _ collection: Kept, _ key: String, set path: StaticString, to value: Int64, mayStand: Bool = false
  ) async throws {
    let written = try await store.write { worker in
      var reply = try worker.run(.write) {
        $0.string("update", collection.rawValue)
        $0.documents("updates", CollectionOfOne(key)) { writer, key in
          writer.document("q") { if let id = OrderID(key) { $0.identifier("_id", id) } else { $0.string("_id", key) } }
          writer.document("u") { $0.document("$set") { $0.int64(path, value) } }
        }
      }
      return try reply.integer("nModified")
    }
    #expect(written == 1 || mayStand)
  }

  /// Takes a document away.
  func remove(_ collection: Kept, _ key: String) async throws {
    _ = try await store.write { worker in
      _ = try worker.run(.write) {
        $0.string("delete", collection.rawValue)
        $0.documents("deletes", CollectionOfOne(key)) { writer, key in
          writer.document("q") { if let id = OrderID(key) { $0.identifier("_id", id) } else { $0.string("_id", key) } }
          writer.int32("limit", 1)
        }
      }
      return true
    }
  }

  func close() async {
    for office in offices.with({ $0 }) { await office.close() }
    _ = try? await store.write { worker in _ = try worker.run(.plain) { $0.int32("dropDatabase", 1) } }
    await store.close()
    server.stop()
  }
}

/// A collection of the store.
typealias Kept = Collection

/// Opens a site, and closes it whatever happens.
func withSite<Result>(_ body: (Site) async throws -> Result) async throws -> Result {
  let site = try await Site()
  let outcome: Swift.Result<Result, any Error>
  do { outcome = .success(try await body(site)) } catch { outcome = .failure(error) }
  await site.close()
  return try outcome.get()
}

/// What one process has.
struct Office: Sendable {
  let store: any OrderStore
  let cache: RedisCache
  let publisher: Publisher
  let desk: OrderDesk
  let reads: OrderReads
  let relay: Relay
  let metrics = Metrics()

  static let calendar = BusinessCalendar(day: { _ in "2026-11-20" }, year: { _ in 2026 })
  static let currency = euro()

  init(
    store: any OrderStore, port: Int, redisTimeoutMs: Int, log: Log, workflows: Workflows,
    _ change: (inout DeskOptions) -> Void
  ) {
    var options = DeskOptions()
    change(&options)
    let ids = RandomIdentities()
    self.store = store
    cache = RedisCache(
      RedisOptions(port: port, timeoutMs: redisTimeoutMs, localCacheBytes: 1 << 20, streamLength: 100_000),
      clock: SystemClock(),
      ids: ids, log: quiet, metrics: metrics)
    publisher = Publisher(store: store, cache: cache, log: quiet, metrics: metrics)
    desk = OrderDesk(
      store: store, cache: cache, publisher: publisher, workflows: workflows, clock: SystemClock(), ids: ids,
      calendar: Self.calendar,
      options: options, log: log, metrics: metrics)
    reads = OrderReads(
      store: store, cache: cache, clock: SystemClock(), calendar: Self.calendar, currency: Self.currency,
      workflows: workflows)
    relay = Relay(store: store, cache: cache, publisher: publisher, log: quiet, metrics: metrics)
  }

  func close() async { await cache.stop() }

  private static func euro() -> Currency {
    guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
    return euro
  }
}

let quiet = Log(level: .error, sink: Silence())

/// A sink that keeps nothing.
struct Silence: LogSink {
  func write(_ line: LogLine) {}
}

/// A sink that keeps every line.
final class Pages: LogSink {
  private let kept = Locked<[LogLine]>([])
  var lines: [LogLine] { kept.with { $0 } }
  func write(_ line: LogLine) { kept.with { $0.append(line) } }
}
