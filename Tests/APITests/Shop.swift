import Credentials
import Documents
import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import OrderDesk
import Orders
import RedisHub
import Testing

@testable import API
@testable import MongoStore

/// One store and one Redis, and API processes upon them; no sockets.
final class Shop: Sendable {
  let server: ServerProcess
  let store: MongoStore
  let tokens: JWTTokens
  /// What every process takes for the time.
  let clock = ShopClock()
  private let caches = Locked<[RedisCache]>([])
  /// What each process knows of tenants, in the order they were made.
  let books = Locked<[TenantBook]>([])

  init() async throws {
    server = try TestServers.redis()
    tokens = try JWTTokens(secret: String(repeating: "s", count: 32))
    var options = try MongoOptions(uri: TestServers.mongoURI(), database: TestServers.databaseName(), threads: 8)
    // A busy machine is not what these tests are about.
    (options.operationTimeoutMs, options.commitDeadlineMs) = (Int(HangLimit.ms), Int(HangLimit.ms))
    store = MongoStore(options, log: quiet, metrics: Metrics())
    _ = try await store.migrate()
  }

  /// A process; one without Redis never finds it. Its days are those of `zone`; without one it is always the same day. Its
  /// clock is the shop's, unless it has one of its own.
  func process(
    hasRedis: Bool = true, zone: String? = nil, users: (any UserStore)? = nil, hasher: any PasswordHasher = NoHasher(),
    secrets: SecretBox = SecretBox(current: nil), clock own: ShopClock? = nil, workflows: Workflows = .builtIn,
    _ change: (inout OrderAPI.Options) -> Void = { _ in }
  ) async throws -> OrderAPI {
    let (clock, ids, metrics) = (own ?? clock, RandomIdentities(), Metrics())
    let cache = try await cache(hasRedis: hasRedis)
    let days = try zone.map { try #require(CalendarDays(timeZone: $0)) }
    let calendar =
      days.map { BusinessCalendar($0) } ?? BusinessCalendar(day: { _ in "2026-11-20" }, year: { _ in 2026 })
    let book = TenantBook(
      store: store,
      standard: StandardTerms(
        calendar: calendar, timeZone: Text(zone ?? "UTC"), currency: try #require(Currency("EUR")),
        calendarOf: { CalendarDays(timeZone: $0.string).map { BusinessCalendar($0) } }))
    books.with { $0.append(book) }
    cache.listen { book.heard($0) }
    let shelf = WorkflowShelf(common: workflows, log: quiet)
    let publisher = Publisher(store: store, cache: cache, log: quiet, metrics: metrics)
    let desk = OrderDesk(
      store: store, cache: cache, publisher: publisher, workflows: shelf, clock: clock, ids: ids, book: book,
      log: quiet,
      metrics: metrics)
    var options = OrderAPI.Options()
    options.signingKey = Array("the key of all processes".utf8)
    change(&options)
    return OrderAPI(
      parts: OrderAPI.Parts(
        desk: desk,
        reads: OrderReads(store: store, cache: cache, clock: clock, book: book, workflows: shelf),
        store: store, users: users ?? store, jobs: store, cache: cache, verifier: tokens, issuer: tokens,
        hasher: hasher, clock: clock, ids: ids, tenants: .init(store: store, book: book, secrets: secrets, news: cache),
        workflows: store, documents: EmbeddedDocuments()), options: options, workflows: shelf, log: quiet,
      metrics: metrics)
  }

  /// A cache that is up, or one that never will be.
  func cache(hasRedis: Bool = true) async throws -> RedisCache {
    let cache = RedisCache(
      RedisOptions(port: hasRedis ? server.port : try freePort(), timeoutMs: 60_000), clock: SystemClock(),
      ids: RandomIdentities(), log: quiet, metrics: Metrics())
    caches.with { $0.append(cache) }
    if hasRedis {
      cache.start()
      try await eventually("the cache is up") { cache.isUp }
    }
    return cache
  }

  func token(
    _ role: Role, user: String = "ada", tenant: String = "shop-1", at: Timestamp = SystemClock().now(),
    seconds: Int64 = 600
  ) throws -> String {
    try tokens.issue(for: actor(role, user: user, tenant: tenant), now: at, lifetimeSeconds: seconds)
  }

  func actor(_ role: Role, user: String = "ada", tenant: String = "shop-1") throws -> Actor {
    Actor(tenant: try #require(TenantID(tenant)), user: try #require(UserID(user)), role: role)
  }

  func close() async {
    for cache in caches.with({ $0 }) { await cache.stop() }
    _ = try? await store.write { worker in _ = try worker.run(.plain) { $0.int32("dropDatabase", 1) } }
    await store.close()
    server.stop()
  }
}

/// Opens a shop, and closes it whatever happens.
func withShop<Result>(_ body: (Shop) async throws -> Result) async throws -> Result {
  let shop = try await Shop()
  let outcome: Swift.Result<Result, any Error>
  do { outcome = .success(try await body(shop)) } catch { outcome = .failure(error) }
  await shop.close()
  return try outcome.get()
}

/// No password is right.
struct NoHasher: PasswordHasher {
  func hash(_ password: String) async throws(CredentialError) -> String { throw .overloaded }
  func verify(_ password: String, against hash: String?) async throws(CredentialError) -> Bool { false }
}

let quiet = Log(level: .error, sink: Silence())

/// A sink that keeps nothing.
struct Silence: LogSink {
  func write(_ line: LogLine) {}
}

extension OrderAPI {
  /// Sends a request, and reads the answer's JSON.
  func ask(
    _ method: HTTPMethod, _ path: String, token: String? = nil, key: String? = nil, body: String? = nil,
    query: [(name: String, value: String)] = [], origin: String? = nil,
    further: [(name: String, value: String)] = [], address: String = "127.0.0.1"
  ) async throws -> Answer {
    var headers = further
    if let token { headers.append(("Authorization", "Bearer \(token)")) }
    if let key { headers.append(("Idempotency-Key", key)) }
    if let origin { headers.append(("Origin", origin)) }
    let reply = await reply(
      to: HTTPRequest(
        method: method, path: Text(path), query: query.map { (Text($0.name), Text($0.value)) },
        headers: headers.map { (Text($0.name), Text($0.value)) }, body: Array((body ?? "").utf8),
        remoteAddress: Text(address)))
    return Answer(reply: reply, json: try JSONParser.parse(reply.body.bytes))
  }

  /// Asks for what is at hand.
  func atHand(_ path: String, token: String) -> HTTPReply? {
    Array(path.utf8).withUnsafeBytes { path in
      Array("Bearer \(token)".utf8).withUnsafeBytes { authorization in
        replyAtHand(HTTPHead(method: .get, path: path, hasQuery: false, authorization: authorization))
      }
    }
  }
}

/// The time of day, which a test can move on, or have stand still but for that.
final class ShopClock: HubClock {
  private let aheadMs = Locked<Int64>(0)
  private let heldMs = Locked<Int64?>(nil)
  func now() -> Timestamp {
    Timestamp(millis: (heldMs.with { $0 } ?? SystemClock().now().millis) + aheadMs.with { $0 })
  }
  func move(seconds: Int64) { move(ms: seconds * 1_000) }
  func move(ms: Int64) { aheadMs.with { $0 += ms } }
  func hold() { heldMs.with { $0 = SystemClock().now().millis } }
  func set(_ moment: Timestamp) { aheadMs.with { $0 = moment.millis - SystemClock().now().millis } }
}

/// An answer with its JSON.
struct Answer: Sendable {
  let reply: HTTPReply
  let json: JSON
  var status: Int { reply.status }
  var code: String? { json["code"]?.text }
  func header(_ name: String) -> String? { reply.headers.first { $0.name == name }?.value }
}

extension JSON {
  var text: String? { if case .string(let text) = self { text.string } else { nil } }
  var items: [JSON] { if case .array(let items) = self { items } else { [] } }
}
