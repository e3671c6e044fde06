import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

/// A redis-server that speaks TLS and nothing else.
private struct SafeRedis {
  let certificates: Certificates
  let server: ServerProcess
  let log = KeptLog()

  init(
    for names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 2, wantsCertificate: Bool = false, port: Int? = nil
  ) throws {
    let certificates = try Certificates()
    let issued = try certificates.issue("redis", for: names, days: days)
    self.certificates = certificates
    server = try ServerProcess("/usr/bin/redis-server", port: port) { folder, port in
      [
        "--port", "0", "--tls-port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path,
        "--tls-cert-file", issued.certificate, "--tls-key-file", issued.key,
        "--tls-ca-cert-file", certificates.authority, "--tls-auth-clients", wantsCertificate ? "yes" : "no",
      ]
    }
  }

  /// What a hub is told that is to reach it.
  func options(_ credentials: String = "", host: String = "127.0.0.1", scheme: String = "rediss") throws -> RedisOptions
  {
    var options = RedisOptions(try RedisAddress("\(scheme)://\(credentials)\(host):\(server.port)"), timeoutMs: 60_000)
    options.silenceMs = 600_000
    if options.address.isTLS { options.caFile = certificates.authority }
    return options
  }

  func cache(_ options: RedisOptions) -> RedisCache {
    let cache = RedisCache(
      options, clock: StoppedClock(), ids: RandomIDs(), log: Log(level: .info, sink: log), metrics: Metrics())
    cache.start()
    return cache
  }

  func bus(_ options: RedisOptions, _ ear: Ear) -> RedisBus {
    let bus = RedisBus(
      options, clock: StoppedClock(), ids: RandomIDs(), log: Log(level: .info, sink: log), metrics: Metrics())
    bus.start(ear)
    return bus
  }

  func ask(_ options: RedisOptions, _ words: String...) throws -> RedisReply {
    let deadline = monotonicMicros() + 10_000_000
    var pipeline = Pipeline()
    pipeline.command(words)
    let socket = try RedisSocket(options, deadline: deadline)
    if let password = options.address.password {
      var greeting = Pipeline()
      greeting.command(["AUTH", options.address.user ?? "default", password])
      _ = try socket.ask(greeting, deadline: deadline)
    }
    return try socket.call(pipeline, deadline: deadline)[0]
  }
}

/// Redis over TLS: a real server, and every way in which it may be the wrong one.
@Suite(.serialized) struct TLSTests {
  @Test(arguments: ["127.0.0.1", "localhost"])
  func cacheAndBusWorkOverTLSAsAUserOfRedis(host: String) async throws {
    let redis = try SafeRedis()
    let setUp = try redis.ask(redis.options(), "ACL", "SETUSER", "hub", "on", ">p@ss:w/rd", "~*", "&*", "+@all")
    #expect(setUp == .bytes(Array("OK".utf8)))
    let options = try redis.options("hub:p%40ss%3Aw%2Frd@", host: host)
    let (cache, ear) = (redis.cache(options), Ear())
    let bus = redis.bus(options, ear)
    let shop = try tenant()
    bus.subscribe(shop)
    try await eventually("both stand") { cache.isUp && ear.heard.with { $0.subscribed == [shop] } }
    // Many records, each way: what is large comes in parts and goes in parts.
    let id = RandomIDs().next(Order.self)
    var large = try write(id, version: 1, tenant: shop)
    large.state.remaining = Array("{\"p\":\"\(String(repeating: "x", count: 3_000_000))\"}".utf8)
    large.events[0].envelope = Array("{\"id\":\"\(String(repeating: "y", count: 3_000_000))\"}".utf8)
    #expect(try await cache.publish([large]) == [.published])
    #expect(try await cache.copy(.remaining, of: id)?.body.bytes.count ?? 0 > 3_000_000)
    try await eventually("the event came whole") { ear.heard.with { ($0.messages.first?.utf8.count ?? 0) > 3_000_000 } }
    // A copy stays at hand until Redis says that it changed.
    try await eventually("it is at hand") {
      _ = try await cache.copy(.progress, of: id)
      return cache.copyAtHand(.progress, of: id) != nil
    }
    _ = try redis.ask(options, "SET", "order:\(id):version", "9")
    try await eventually("the change is heard of") { cache.copyAtHand(.progress, of: id) == nil }
    await bus.stop()
    await cache.stop()
  }

  @Test func manyTasksShareOneEncryptedConnection() async throws {
    let redis = try SafeRedis()
    let cache = redis.cache(try redis.options())
    try await eventually("it is up") { cache.isUp }
    let shop = try tenant()
    let orders = (0..<64).map { _ in RandomIDs().next(Order.self) }
    _ = try await cache.publish(try orders.map { try write($0, version: 1, tenant: shop) })
    try await withThrowingTaskGroup { group in
      for id in orders {
        group.addTask {
          for _ in 0..<40 {
            let text = try await cache.copy(.remaining, of: id)?.text ?? ""
            #expect(text.contains(id.description))
          }
        }
      }
      try await group.waitForAll()
    }
    await cache.stop()
  }

  @Test func aServerThatIsKilledIsFoundAgain() async throws {
    let redis = try SafeRedis()
    let options = try redis.options()
    let (cache, ear) = (redis.cache(options), Ear())
    let bus = redis.bus(options, ear)
    try await eventually("both stand") { cache.isUp }
    redis.server.stop()
    try await eventually("both are lost") { !cache.isUp && ear.heard.with { $0.lost == 1 } }
    // Another server with a certificate of another authority: nobody speaks to it.
    let other = try SafeRedis(port: redis.server.port)
    try await eventually("it is refused") {
      redis.log.lines.with { lines in lines.contains { $0.contains("signed by no CA that is trusted here") } }
    }
    #expect(!cache.isUp)
    withExtendedLifetime(other) {}
    await bus.stop()
    await cache.stop()
  }

  @Test func aServerThatWantsACertificateGetsIt() async throws {
    let redis = try SafeRedis(wantsCertificate: true)
    var options = try redis.options()
    let mine = try redis.certificates.issue("hub")
    await #expect(throws: RedisProblem.self) { try await RedisFacts.ask(options, clock: StoppedClock()) }
    options.certificateFile = mine.certificate
    options.keyFile = mine.key
    #expect(try await RedisFacts.ask(options, clock: StoppedClock()).role == .master)
    options.keyFile = try redis.certificates.issue("another").key
    await #expect(
      throws: RedisProblem.tls(
        "REDIS_KEY_FILE holds no key without a password that fits REDIS_CERTIFICATE_FILE: \(options.keyFile ?? "")")
    ) { try await RedisFacts.ask(options, clock: StoppedClock()) }
  }

  // MARK: Refusals

  /// Who is asked, and what is said then.
  enum Wrong: CaseIterable, Sendable {
    case otherAuthority, noAuthority, otherName, otherAddress, expired, notTLS, plainURL, noFile, password
  }

  @Test(arguments: Wrong.allCases) func whoeverIsNotTheRightServerIsRefusedInWords(wrong: Wrong) async throws {
    let redis =
      switch wrong {
      case .otherName: try SafeRedis(for: "DNS:elsewhere.example")
      case .otherAddress: try SafeRedis(for: "DNS:localhost,IP:127.0.0.2")
      case .expired: try SafeRedis(days: -1)
      default: try SafeRedis()
      }
    var options = try redis.options(host: wrong == .otherName ? "localhost" : "127.0.0.1")
    var plain: Bench?
    var said = ""
    switch wrong {
    case .otherAuthority:
      let other = try Certificates()
      options.caFile = other.authority
      try await refuses(options, redis, "signed by no CA that is trusted here: set REDIS_CA_FILE")
      return withExtendedLifetime(other) {}
    case .noAuthority:
      options.caFile = nil
      said = "signed by no CA that is trusted here: set REDIS_CA_FILE"
    case .otherName: said = "the server's certificate is not for localhost"
    case .otherAddress: said = "the server's certificate is not for 127.0.0.1"
    case .expired: said = "the server's certificate has expired"
    case .notTLS:
      let bench = try Bench()
      plain = bench
      options.address.port = bench.port
      options.silenceMs = 3_000
      said = "is this the port for rediss://?"
    case .plainURL:
      options = try redis.options(scheme: "redis")
      said = "rediss://"
    case .noFile:
      options.caFile = "/nowhere/ca.pem"
      said = "REDIS_CA_FILE holds no certificates that can be read: /nowhere/ca.pem"
    case .password:
      _ = try redis.ask(options, "CONFIG", "SET", "requirepass", "right")
      options.address.password = "wrong-hidden"
      said = "WRONGPASS"
    }
    try await refuses(options, redis, said)
    withExtendedLifetime(plain) {}
  }

  /// Neither the one that asks nor the cache nor the bus takes it, and each says why.
  private func refuses(_ options: RedisOptions, _ redis: SafeRedis, _ said: String) async throws {
    do {
      _ = try await RedisFacts.ask(options, clock: StoppedClock())
      Issue.record("it was taken")
    } catch {
      let problem = error
      #expect(problem.description.contains(said), "\(problem)")
      if case .refused = problem { #expect(said == "WRONGPASS") }
      #expect(!problem.description.contains("hidden"))
    }
    let (cache, ear) = (redis.cache(options), Ear())
    let bus = redis.bus(options, ear)
    bus.subscribe(try tenant())
    try await eventually("both say why") {
      redis.log.lines.with { lines in lines.count { $0.contains(said) } } >= 2
    }
    #expect(!cache.isUp)
    #expect(ear.heard.with { $0.subscribed.isEmpty })
    #expect(redis.log.lines.with { lines in !lines.contains { $0.contains("hidden") } })
    await bus.stop()
    await cache.stop()
  }
}
