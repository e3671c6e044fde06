import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

/// A master and its replica, which change places by command as a failover has them do.
struct Couple {
  let first: Bench
  let second: Bench

  /// The second follows the first.
  init() async throws {
    first = try Bench()
    second = try Bench()
    try await second.follow(first)
  }
}

extension Bench {
  /// Makes this server a replica of another and waits until it has all that the other has.
  func follow(_ master: Bench) async throws {
    _ = try master.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0")
    _ = try ask("REPLICAOF", "127.0.0.1", "\(master.port)")
    try await eventually("the replica is in step") { try isInStep }
  }

  /// Makes this server a master.
  func promote() throws { _ = try ask("REPLICAOF", "NO", "ONE") }

  private var isInStep: Bool {
    get throws {
      // While it loads it refuses.
      guard let role = try ask("ROLE").array, role.count == 5 else { return false }
      return role[3] == .bytes(Array("connected".utf8))
    }
  }
}

/// A Redis that is replaced, demoted, or takes no writes: nothing old is read from it, by whomever.
@Suite(.serialized) struct ReplacedTests {
  private func isAtHand(_ cache: RedisCache, _ id: OrderID) async -> Bool {
    _ = try? await cache.copy(.progress, of: id)
    return cache.copyAtHand(.progress, of: id) != nil
  }

  /// What a read gives now: a version, or nil for nothing.
  private func read(_ cache: RedisCache, _ id: OrderID) async -> Int64? {
    if let copy = cache.copyAtHand(.progress, of: id) { return copy.version }
    return try? await cache.copy(.progress, of: id)?.version
  }

  /// Promote, demote, promote back: the old master takes a write that its successor never hears of, then has its
  /// successor's data, and then is the master again.
  @Test func whatAFailoverLostIsReadByNobodyWhenTheOldMasterIsBack() async throws {
    let couple = try await Couple()
    let caches = [try await couple.first.cache(), try await couple.first.cache()]
    let shop = try tenant()
    let id = couple.first.ids.next(Order.self)
    _ = try await caches[0].publish([try write(id, version: 1, tenant: shop)])
    try await eventually("the replica has it") { try couple.second.text("order:\(id):version") == "1" }
    for cache in caches { try await eventually("it is at hand") { await isAtHand(cache, id) } }

    try couple.second.promote()
    #expect(try await caches[0].publish([try write(id, version: 2, tenant: shop)]) == [.published])
    for cache in caches { try await eventually("the new state is read") { await read(cache, id) == 2 } }
    try await couple.first.follow(couple.second)
    #expect(try couple.first.text("order:\(id):version") == "1")
    // Neither writes anything: both must find out by themselves.
    for cache in caches { try await eventually("the demotion is seen") { !cache.isUp } }
    for cache in caches { #expect(await read(cache, id) == nil) }

    try couple.first.promote()
    for cache in caches { try await eventually("the master is found again") { cache.isUp } }
    #expect(try couple.first.text("order:\(id):version") == nil)
    for cache in caches { #expect(await read(cache, id) == nil) }
    // Nor is anything of before believed by whoever comes later.
    let late = try await couple.first.cache()
    #expect(await read(late, id) == nil)
    for cache in caches + [late] { await cache.stop() }
  }

  @Test func aReplicaIsNotConnectedTo() async throws {
    let couple = try await Couple()
    let bench = couple.second
    let cache = RedisCache(
      bench.options(), clock: StoppedClock(), ids: bench.ids, log: Log(level: .info, sink: bench.log),
      metrics: Metrics())
    let ear = Ear()
    let bus = RedisBus(
      bench.options(), clock: StoppedClock(), ids: bench.ids, log: Log(level: .info, sink: bench.log),
      metrics: Metrics())
    bus.subscribe(try tenant())
    cache.start()
    bus.start(ear)
    try await eventually("both say why") {
      bench.log.lines.with { lines in lines.count { $0.contains("it is no master but a replica") } } >= 2
    }
    #expect(!cache.isUp)
    #expect(ear.heard.with { $0.subscribed.isEmpty && $0.lost == 1 })
    try bench.promote()
    try await eventually("both take the master") { cache.isUp && ear.heard.with { $0.restored == 1 } }
    await bus.stop()
    await cache.stop()
  }

  /// What a server says that takes no writes, for whatever reason: then nobody reads from it either, also those who have
  /// written nothing; and once it takes writes again, nothing is read that was to be replaced meanwhile.
  @Test(arguments: [["min-replicas-to-write", "1", "0"], ["maxmemory", "1", "0"]])
  func aServerThatTakesNoWritesIsNotReadFromUntilItDoes(setting: [String]) async throws {
    let bench = try Bench()
    let (writer, reader) = (try await bench.cache(), try await bench.cache())
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try await writer.publish([try write(id, version: 1, tenant: shop)])
    for cache in [writer, reader] { try await eventually("it is at hand") { await isAtHand(cache, id) } }
    _ = try bench.ask("CONFIG", "SET", setting[0], setting[1])
    await #expect(throws: CacheUnavailable.self) { try await writer.publish([write(id, version: 2, tenant: shop)]) }
    for cache in [writer, reader] {
      try await eventually("the server is left") { !cache.isUp }
      #expect(await read(cache, id) == nil)
    }
    _ = try bench.ask("CONFIG", "SET", setting[0], setting[2])
    for cache in [writer, reader] { try await eventually("it is taken again") { cache.isUp } }
    for _ in 0..<40 {
      for cache in [writer, reader] { #expect(await read(cache, id) == nil) }
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(try await writer.publish([try write(id, version: 2, tenant: shop)]) == [.published])
    for cache in [writer, reader] { try await eventually("the new state is read") { await read(cache, id) == 2 } }
    await writer.stop()
    await reader.stop()
  }

  /// One process has too many doubts and removes all keys: a fill of another one, read from the store before a write
  /// whose version is gone now, must not come back as the truth.
  @Test func whenOneProcessRemovesAllKeysTheOthersBeginAnewToo() async throws {
    let bench = try Bench()
    let metrics = Metrics()
    let (one, other) = (try await bench.cache(), try await bench.cache(metrics: metrics))
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try await one.publish([try write(id, version: 2, events: 2, tenant: shop)])
    try await eventually("it is at hand") { await isAtHand(other, id) }
    one.distrust((0...Doubts.orderLimit).map { _ in bench.ids.next(Order.self) })
    try await eventually("the other has begun anew") {
      metrics.render().contains("orderhub_redis_reconnects_total{link=\"cache\"} 1") && other.isUp
    }
    try await other.fill(state(id, version: 1, tenant: shop))
    #expect(try bench.text("order:\(id):version") == nil)
    await one.stop()
    await other.stop()
  }

  /// The old master is cut off, its replica takes its place behind the same address, and later the old one comes back
  /// as a replica and is promoted again.
  @Test func anOldMasterThatIsCutOffIsLeftForItsSuccessorAndTakenBackLater() async throws {
    let couple = try await Couple()
    let proxy = try SilentProxy(target: couple.first.port)
    defer { proxy.end() }
    let caches = [try await cache(proxy.port, couple.first), try await cache(proxy.port, couple.first)]
    let shop = try tenant()
    let id = couple.first.ids.next(Order.self)
    _ = try await caches[0].publish([try write(id, version: 1, tenant: shop)])
    try await eventually("the replica has it") { try couple.second.text("order:\(id):version") == "1" }
    for cache in caches { try await eventually("it is at hand") { await isAtHand(cache, id) } }

    try couple.second.promote()
    proxy.lead(to: couple.second.port)
    proxy.muteOpen()
    await #expect(throws: CacheUnavailable.self) { try await caches[0].publish([write(id, version: 2, tenant: shop)]) }
    for cache in caches { try await eventually("its copies are gone") { cache.copyAtHand(.progress, of: id) == nil } }
    for cache in caches { try await eventually("its successor is found") { cache.isUp } }
    // It had the old version from its master.
    #expect(try couple.second.text("order:\(id):version") == nil)
    for cache in caches { #expect(await read(cache, id) == nil) }
    let second = try write(id, version: 2, tenant: shop, afterCatchUp: true)
    #expect(try await caches[1].publish([second]) == [.published])
    for cache in caches { try await eventually("the new state is read") { await read(cache, id) == 2 } }

    try await couple.first.follow(couple.second)
    try couple.first.promote()
    #expect(try await caches[0].publish([try write(id, version: 3, tenant: shop)]) == [.published])
    // Those that are mute stay open at the server.
    let mute = try couple.first.connected
    proxy.lead(to: couple.first.port)
    proxy.muteOpen()
    for cache in caches {
      try await eventually("the first is found again") {
        try cache.isUp && couple.first.connected == mute + 2 * caches.count
      }
      #expect(await read(cache, id) == nil)
    }
    for cache in caches { await cache.stop() }
  }

  private func cache(_ port: Int, _ bench: Bench) async throws -> RedisCache {
    let cache = RedisCache(
      RedisOptions(port: port, timeoutMs: 2_000), clock: StoppedClock(), ids: bench.ids,
      log: Log(level: .info, sink: bench.log), metrics: Metrics())
    cache.start()
    try await eventually("the cache is up") { cache.isUp }
    return cache
  }

  private func bus(_ port: Int, _ bench: Bench, beside cache: RedisCache, _ ear: Ear) throws -> RedisBus {
    var options = RedisOptions(port: port)
    options.silenceMs = 600_000
    let bus = RedisBus(
      options, beside: cache, clock: StoppedClock(), ids: bench.ids,
      log: Log(level: .info, sink: bench.log), metrics: Metrics())
    bus.start(ear)
    bus.subscribe(try tenant())
    return bus
  }

  /// A replica passes on what is published at its master, so a bus hears nothing strange of a demotion.
  @Test func aBusLeavesAServerThatIsDemoted() async throws {
    let couple = try await Couple()
    let (cache, ear) = (try await couple.first.cache(), Ear())
    let bus = try bus(couple.first.port, couple.first, beside: cache, ear)
    try await eventually("it stands") { ear.heard.with { $0.subscribed.count == 1 } }
    try couple.second.promote()
    try await couple.first.follow(couple.second)
    try await eventually("it is left") { ear.heard.with { $0.lost == 1 } }
    #expect(ear.heard.with { $0.restored == 0 })
    try couple.first.promote()
    try await eventually("it is taken again") { ear.heard.with { $0.restored == 1 && $0.subscribed.count == 2 } }
    await bus.stop()
    await cache.stop()
  }

  /// Connections that stand stay at the old server when an address moves: whichever of the two comes anew, the other
  /// comes after it.
  @Test(arguments: ["pubsub", "normal"])
  func cacheAndBusAreOnTheSameServerWhicheverOfThemComesAnew(cut: String) async throws {
    let (old, new) = (try Bench(), try Bench())
    let proxy = try SilentProxy(target: old.port)
    defer { proxy.end() }
    let ear = Ear()
    let cache = try await cache(proxy.port, old)
    let bus = try bus(proxy.port, old, beside: cache, ear)
    try await eventually("both stand") { cache.isUp && ear.heard.with { $0.subscribed.count == 1 } }
    proxy.lead(to: new.port)
    if cut == "pubsub" {
      // The bus is the client that listens and has told nobody to redirect: the newest.
      let bus = try #require(old.clients.filter { $0.contains("cmd=ping") || $0.contains("cmd=subscribe") }.last)
      let id = try #require(bus.split(separator: " ").first { $0.hasPrefix("id=") }?.dropFirst(3))
      #expect(try old.ask("CLIENT", "KILL", "ID", String(id)) == .integer(1))
    } else {
      #expect(try old.ask("CLIENT", "KILL", "TYPE", "normal").integer ?? 0 >= 1)
    }
    try await eventually("all are at the new server") {
      try new.connected == 3 && old.connected == 0 && cache.isUp && ear.heard.with { $0.restored == 1 }
    }
    await bus.stop()
    await cache.stop()
  }
}

extension Bench {
  /// The connections of others than the one that asks and than replicas, a line each.
  var clients: [String] {
    get throws {
      let text = String(decoding: try ask("CLIENT", "LIST").bytes ?? [], as: UTF8.self)
      return text.split(separator: "\n").map(String.init).filter {
        !$0.contains("cmd=client|list") && !$0.contains("flags=S") && !$0.contains("flags=M")
      }
    }
  }
  var connected: Int { get throws { try clients.count } }
}
