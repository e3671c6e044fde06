import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

/// A listener that keeps what it hears.
final class Ear: BusListener {
  struct Heard {
    var messages: [String] = []
    var count = 0
    var tenants: Set<TenantID> = []
    var unflushed = 0
    var flushes = 0
    var lost = 0
    var restored = 0
    var subscribed: [TenantID] = []
  }
  let heard = Locked(Heard())
  private let keeps: Bool
  init(keeps: Bool = true) { self.keeps = keeps }

  func received(_ message: UnsafeRawBufferPointer, tenant: TenantID) {
    heard.with { heard in
      heard.count += 1
      heard.unflushed += 1
      heard.tenants.insert(tenant)
      if keeps { heard.messages.append("\(tenant) \(String(decoding: message, as: UTF8.self))") }
    }
  }
  func flush() {
    heard.with { heard in
      heard.unflushed = 0
      heard.flushes += 1
    }
  }
  func subscribed(_ tenant: TenantID) { heard.with { $0.subscribed.append(tenant) } }
  func lost() { heard.with { $0.lost += 1 } }
  func restored() { heard.with { $0.restored += 1 } }
}

@Suite(.serialized) struct BusTests {
  /// One that is patient, but where a test is about its patience: what is published while it is away never comes.
  private func bus(_ port: Int, _ ear: Ear, silenceMs: Int = 600_000, metrics: Metrics = Metrics()) -> RedisBus {
    var options = RedisOptions(port: port)
    options.silenceMs = silenceMs
    let bus = RedisBus(
      options, clock: StoppedClock(), ids: RandomIDs(),
      log: Log(level: .error, sink: KeptLog()),
      metrics: metrics)
    bus.start(ear)
    return bus
  }

  private func listeners(_ bench: Bench, _ name: String) throws -> Int64 {
    try bench.ask("PUBSUB", "NUMSUB", "orderhub:events:\(name)").array?.last?.integer ?? -1
  }

  @Test func saysWhenASubscriptionStandsSoThatNothingAfterItIsMissed() async throws {
    let bench = try Bench()
    let ear = Ear()
    let bus = bus(bench.port, ear)
    let tenant = try #require(TenantID("north"))
    bus.subscribe(tenant)
    try await eventually("confirmed") { ear.heard.with { $0.subscribed } == [tenant] }
    // Redis itself counts the listener by now.
    #expect(try listeners(bench, "north") == 1)
    await bus.stop()
  }

  @Test func saysSoAgainForATenantThatWasLeftAndWishedForAtOnce() async throws {
    let bench = try Bench()
    let ear = Ear()
    let bus = bus(bench.port, ear)
    let north = try tenant("north")
    bus.subscribe(north)
    try await eventually("confirmed") { ear.heard.with { $0.subscribed.count } == 1 }
    // Most pairs come between two looks of the bus's thread.
    for round in 2...30 {
      bus.unsubscribe(north)
      bus.subscribe(north)
      try await eventually("confirmed \(round) times") { ear.heard.with { $0.subscribed.count } == round }
    }
    #expect(ear.heard.with { $0.subscribed.allSatisfy { $0 == north } })
    #expect(try listeners(bench, "north") == 1)
    _ = try bench.ask("PUBLISH", "orderhub:events:north", "once")
    try await eventually("it came") { ear.heard.with { $0.messages } == ["north once"] }
    bus.unsubscribe(north)
    try await eventually("none stands") { try listeners(bench, "north") == 0 }
    #expect(ear.heard.with { $0.subscribed.count } == 30)
    await bus.stop()
  }

  @Test func givesWhatIsPublishedToTheTenantsSubscribedTo() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let ear = Ear()
    let bus = bus(bench.port, ear)
    let (one, two) = (try tenant("one"), try tenant("two"))
    bus.subscribe(one)
    bus.subscribe(one)
    bus.subscribe(two)
    try await eventually("both stand") { try listeners(bench, "one") == 1 && listeners(bench, "two") == 1 }
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([
      try write(id, version: 2, events: 2, tenant: one), try write(bench.ids.next(Order.self), version: 1, tenant: two),
      try write(bench.ids.next(Order.self), version: 1, tenant: tenant("three")),
    ])
    try await eventually("three came") { ear.heard.with { $0.count >= 3 && $0.unflushed == 0 } }
    let entries = try await envelopes(cache, one)
    let heard = ear.heard.with { $0 }
    #expect(heard.messages.prefix(2) == entries.map { "one \($0)" }[...])
    #expect(heard.tenants == [one, two])
    #expect(heard.lost == 0 && heard.restored == 0)

    bus.unsubscribe(one)
    bus.unsubscribe(two)
    try await eventually("none stands") { try listeners(bench, "one") == 0 && listeners(bench, "two") == 0 }
    _ = try await cache.publish([try write(id, version: 3, tenant: one)])
    bus.subscribe(two)
    try await eventually("one stands again") { try listeners(bench, "two") == 1 }
    _ = try bench.ask("PUBLISH", "orderhub:events:two", "again")
    try await eventually("it came") { ear.heard.with { $0.messages.last == "two again" } }
    #expect(ear.heard.with { $0.count } == 4)
    await bus.stop()
    await bus.stop()
    await cache.stop()
  }

  @Test func saysWhenItIsLostAndWhenEverySubscriptionStandsAgain() async throws {
    let bench = try Bench()
    let ear = Ear()
    let metrics = Metrics()
    let bus = bus(bench.port, ear, metrics: metrics)
    for index in 0..<1_200 { bus.subscribe(try tenant("t\(index)")) }
    try await eventually("all stand") { try listeners(bench, "t1199") == 1 }
    bench.server.stop()
    try await eventually("it is lost") { ear.heard.with { $0.lost == 1 } }
    bus.subscribe(try tenant("late"))
    bus.unsubscribe(try tenant("t0"))
    let again = Bench(server: try TestServers.redis(port: bench.port))
    try await eventually("it is back") { ear.heard.with { $0.restored == 1 } }
    for name in ["t1", "t1199", "late"] { #expect(try listeners(again, name) == 1) }
    #expect(try listeners(again, "t0") == 0)
    _ = try again.ask("PUBLISH", "orderhub:events:late", "hello")
    try await eventually("it came") { ear.heard.with { $0.messages == ["late hello"] } }
    #expect(metrics.render().contains("orderhub_redis_up{link=\"bus\"} 1"))
    #expect(ear.heard.with { $0.lost } == 1)
    await bus.stop()
  }

  @Test func noticesAServerThatIsSilent() async throws {
    let bench = try Bench()
    let ear = Ear()
    let bus = bus(bench.port, ear, silenceMs: 3_000)
    bus.subscribe(try tenant("one"))
    try await eventually("it stands") { try listeners(bench, "one") == 1 }
    bench.server.signal(SIGSTOP)
    try await eventually("it is lost") { ear.heard.with { $0.lost == 1 } }
    bench.server.signal(SIGCONT)
    try await eventually("it is back") { ear.heard.with { $0.restored == 1 } }
    await bus.stop()
  }

  @Test func saysThatItIsLostWhenRedisIsNotThereAtFirst() async throws {
    let port = try freePort()
    let ear = Ear()
    let bus = bus(port, ear)
    bus.subscribe(try tenant("one"))
    try await eventually("it is lost") { ear.heard.with { $0.lost == 1 } }
    let bench = Bench(server: try TestServers.redis(port: port))
    try await eventually("it is there") { ear.heard.with { $0.restored == 1 } }
    #expect(try listeners(bench, "one") == 1)
    await bus.stop()
  }

  @Test func hearsEveryOneOfManyMessages() async throws {
    let bench = try Bench()
    let ear = Ear(keeps: false)
    let bus = bus(bench.port, ear)
    bus.subscribe(try tenant("one"))
    try await eventually("it stands") { try listeners(bench, "one") == 1 }
    let payload = String(repeating: "x", count: 200)
    // One command that makes Redis publish them all, so that the reader is what is measured.
    _ = try bench.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")
    let script = "for i = 1, 200000 do redis.call('PUBLISH', KEYS[1], ARGV[1]) end"
    _ = try bench.ask("EVAL", script, "1", "orderhub:events:one", payload)
    try await eventually("all came") { ear.heard.with { $0.count == 200_000 && $0.unflushed == 0 } }
    await bus.stop()
  }
}
