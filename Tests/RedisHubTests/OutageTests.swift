import Foundation
import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite(.serialized) struct OutageTests {
  @Test func aKilledAndRestartedRedisIsFoundAgain() async throws {
    let bench = try Bench()
    let metrics = Metrics()
    let cache = try await bench.cache(metrics: metrics)
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([try write(id, version: 1, tenant: shop)])
    try await eventually("it is at hand") {
      _ = try await cache.copy(.progress, of: id)
      return cache.copyAtHand(.progress, of: id) != nil
    }
    bench.server.stop()
    try await eventually("the loss is seen") { !cache.isUp }
    #expect(cache.copyAtHand(.progress, of: id) == nil)
    // Nothing of it goes out, to be waited for.
    let sent = sentCommands(metrics)
    await #expect(throws: CacheUnavailable.self) { try await cache.copy(.progress, of: id) }
    await #expect(throws: CacheUnavailable.self) { try await cache.publish([write(id, version: 2, tenant: shop)]) }
    #expect(sentCommands(metrics) == sent)
    #expect(metrics.render().contains("orderhub_redis_up{link=\"cache\"} 0"))

    let again = try TestServers.redis(port: bench.port)
    try await eventually("Redis is found again") { cache.isUp }
    #expect(try await cache.publish([try write(id, version: 2, tenant: shop)]) == [.unknown])
    #expect(try await cache.publish([try write(id, version: 2, tenant: shop, afterCatchUp: true)]) == [.published])
    try await eventually("it is read again") { try await cache.copy(.progress, of: id)?.version == 2 }
    #expect(metrics.render().contains("orderhub_redis_reconnects_total{link=\"cache\"} 1"))
    await cache.stop()
    withExtendedLifetime(again) {}
  }

  /// A process that stood still finds its connections silent, and what was asked meanwhile already taken to be sent.
  @Test func whatIsAskedWhileTheHeartIsSilentIsAnsweredToo() async throws {
    let bench = try Bench()
    var options = bench.options()
    // Silent between any two beats: whatever is asked then meets a connection that is given up.
    options.silenceMs = 50
    let cache = RedisCache(
      options, clock: StoppedClock(), ids: bench.ids, log: Log(level: .error, sink: KeptLog()), metrics: Metrics())
    cache.start()
    let answered = Locked(0)
    let asking = (0..<100).map { number in
      let id = bench.ids.next(Order.self)
      return Task {
        try await Task.sleep(for: .milliseconds(10 * number))
        _ = try? await cache.lock([id], token: "a")
        answered.with { $0 += 1 }
      }
    }
    try await eventually("each is answered") { answered.with { $0 } == asking.count }
    await cache.stop()
  }

  @Test func aCacheMayBeStartedBeforeRedis() async throws {
    let port = try freePort()
    let cache = RedisCache(
      RedisOptions(port: port), clock: StoppedClock(), ids: RandomIDs(), log: Log(level: .error, sink: KeptLog()),
      metrics: Metrics())
    await #expect(throws: CacheUnavailable.self) { try await cache.lock([RandomIDs().next(Order.self)], token: "a") }
    cache.start()
    cache.start()
    let server = try TestServers.redis(port: port)
    try await eventually("the cache is up") { cache.isUp }
    await cache.stop()
    await cache.stop()
    #expect(!cache.isUp)
    withExtendedLifetime(server) {}
  }

  @Test func aPausedRedisIsWaitedForBrieflyAndAnswersAreNotMixedUp() async throws {
    let bench = try Bench()
    let metrics = Metrics()
    let cache = try await bench.cache(timeoutMs: 400, metrics: metrics)
    let writer = try await bench.cache()
    let shop = try tenant()
    let orders = (0..<200).map { _ in bench.ids.next(Order.self) }
    _ = try await writer.publish(try orders.map { try write($0, version: 1, tenant: shop) })
    bench.server.signal(SIGSTOP)
    // All come back though it answers none of them.
    let failures = await withTaskGroup(of: Bool.self) { group in
      for id in orders {
        group.addTask { do { return try await cache.copy(.progress, of: id) == nil } catch { return true } }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(failures == orders.count)
    #expect(!cache.isUp)
    let sent = sentCommands(metrics)
    await #expect(throws: CacheUnavailable.self) { try await cache.copy(.progress, of: orders[0]) }
    #expect(sentCommands(metrics) == sent)
    bench.server.signal(SIGCONT)

    try await eventually("Redis answers in time again") { cache.isUp }
    try await eventually("it is read again") { try await cache.copy(.progress, of: orders[0]) != nil }
    for id in orders {
      var copy: OrderCopy?
      try await eventually("an answer in time") {
        // None is given for a moment where Redis was slow again.
        do { copy = try await cache.copy(.progress, of: id) } catch { return false }
        return copy != nil
      }
      #expect(try #require(copy).text.contains(id.description))
    }
    await cache.stop()
    await writer.stop()
  }

  @Test func aRedisThatStaysSilentIsLeftAndFoundAgain() async throws {
    let bench = try Bench()
    let cache = try await bench.cache(timeoutMs: 2_000)
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([try write(id, version: 1, tenant: try tenant())])
    try await eventually("it is at hand") {
      _ = try await cache.copy(.progress, of: id)
      return cache.copyAtHand(.progress, of: id) != nil
    }
    bench.server.signal(SIGSTOP)
    try await eventually("copies are dropped without a heartbeat") { cache.copyAtHand(.progress, of: id) == nil }
    try await eventually("the connection is given up") {
      bench.log.lines.with { $0.contains { $0.contains("no heartbeat came back for 3 s") } }
    }
    #expect(!cache.isUp)
    bench.server.signal(SIGCONT)
    try await eventually("Redis is found again") { cache.isUp }
    // The same server with the same keys: they are still good.
    try await eventually("it is read again") { try await cache.copy(.progress, of: id)?.version == 1 }
    await cache.stop()
  }

  /// With a long time limit nothing is overdue when the copies go, with a short one the first overdue reply ends them.
  @Test(arguments: [2_000, 100])
  func copiesOfARedisThatHangsAreGoneWithinAboutASecondAndComeBackWithIt(timeoutMs: Int) async throws {
    let bench = try Bench()
    let metrics = Metrics()
    // The one that keeps copies sends nothing itself: only its heart can tell it.
    let cache = try await bench.cache(timeoutMs: timeoutMs, metrics: metrics)
    let writer = try await bench.cache()
    let id = bench.ids.next(Order.self)
    _ = try await writer.publish([try write(id, version: 1, tenant: try tenant())])
    func isAtHand() async throws -> Bool {
      _ = try? await cache.copy(.progress, of: id)
      return cache.copyAtHand(.progress, of: id) != nil
    }
    defer { bench.server.signal(SIGCONT) }
    // The connection is given up after three seconds, and copies must not wait for that. How long its second is, is
    // `HeartbeatTests`' part; here a machine that stands still may need more than one attempt to see them go first.
    var isSeen = false
    for _ in 0..<10 where !isSeen {
      try await eventually("it is at hand", isAtHand)
      let before = reconnects(metrics)
      bench.server.signal(SIGSTOP)
      try await eventually("the copy is gone") { cache.copyAtHand(.progress, of: id) == nil }
      bench.server.signal(SIGCONT)
      try await eventually("it is at hand again", isAtHand)
      isSeen = reconnects(metrics) == before
    }
    #expect(isSeen)
    await cache.stop()
    await writer.stop()
  }

  @Test func copiesOfARedisThatAnswersStayAtHand() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([try write(id, version: 1, tenant: try tenant())])
    // Longer than a heart that nobody hears would let it: ten beats lie three seconds apart. Where the machine stands still
    // for one of them it may stop for a moment.
    try await eventually("a copy outlives ten beats") {
      try await eventually("it is at hand") {
        _ = try await cache.copy(.progress, of: id)
        return cache.copyAtHand(.progress, of: id) != nil
      }
      let tenth = try beats(bench) + 10
      try await eventually("the heart beats on") { try beats(bench) >= tenth }
      return cache.copyAtHand(.progress, of: id) != nil
    }
    await cache.stop()
  }

  @Test(arguments: ["pubsub", "normal"])
  func ifEitherConnectionBreaksCopiesGoAndBothAreMadeAgain(kind: String) async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([try write(id, version: 1, tenant: shop)])
    func isAtHand() async throws -> Bool {
      guard cache.isUp else { return false }
      _ = try? await cache.copy(.progress, of: id)
      return cache.copyAtHand(.progress, of: id) != nil
    }
    try await eventually("it is at hand", isAtHand)
    #expect(try bench.ask("CLIENT", "KILL", "TYPE", kind).integer ?? 0 >= 1)
    try await eventually("the copy is gone") { cache.copyAtHand(.progress, of: id) == nil }
    try await eventually("it is at hand again", isAtHand)
    // Notices come again too.
    let other = try await bench.cache()
    #expect(try await other.publish([try write(id, version: 2, tenant: shop)]) == [.published])
    try await eventually("the change is seen") { cache.copyAtHand(.progress, of: id)?.version != 1 }
    await cache.stop()
    await other.stop()
  }

  @Test func whatAnOldDumpBringsBackIsRemovedBeforeItIsRead() async throws {
    let first = try TestServers.redis()
    let bench = Bench(server: first)
    let shop = try tenant()
    let ids = (0..<2_000).map { _ in bench.ids.next(Order.self) }
    let cache = try await bench.cache()
    _ = try await cache.publish(try ids.map { try write($0, version: 1, tenant: shop) })
    try await cache.putTotals(orders: Array("{}".utf8), day: "2026-01-01", deliveries: Array("{}".utf8))
    _ = try bench.ask("SET", "somebody:else", "stays")
    _ = try bench.ask("SAVE")
    _ = try await cache.publish([try write(ids[0], version: 2, tenant: shop, status: "cancelled")])
    first.stop()
    try await eventually("the loss is seen") { !cache.isUp }

    let second = try ServerProcess("/usr/bin/redis-server", port: first.port, folder: first.folder) { folder, port in
      ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path]
    }
    let other = try await Bench(server: second).cache()
    try await eventually("both are up") { cache.isUp && other.isUp }
    #expect(try bench.ask("KEYS", "order:*") == .array([]))
    #expect(try bench.ask("KEYS", "d*") == .array([]))
    #expect(try bench.ask("KEYS", "events:*") == .array([]))
    #expect(try bench.text("somebody:else") == "stays")
    #expect(try bench.text("hub:cleanse") == nil)
    #expect(try await cache.copy(.progress, of: ids[0]) == nil)
    // What is written from now on survives a further process that connects.
    _ = try await cache.publish([try write(ids[0], version: 3, tenant: shop, afterCatchUp: true)])
    let third = try await Bench(server: second).cache()
    #expect(try await third.copy(.progress, of: ids[0])?.version == 3)
    for one in [cache, other, third] { await one.stop() }
  }

  @Test func whatWasNotPublishedIsNotReadUntilRedisHasIt() async throws {
    let bench = try Bench()
    let (cache, other) = (try await bench.cache(), try await bench.cache())
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([try write(id, version: 1, tenant: shop)])
    #expect(try await cache.copy(.progress, of: id)?.version == 1)
    // The third write cannot go out before the second.
    #expect(try await cache.publish([try write(id, version: 3, tenant: shop)]) == [.behind(version: 1)])
    cache.distrust([id])
    #expect(cache.copyAtHand(.progress, of: id) == nil)
    #expect(try await cache.copy(.progress, of: id) == nil)
    _ = try await other.publish([try write(id, version: 2, tenant: shop)])
    #expect(try await cache.copy(.progress, of: id) == nil)
    _ = try await other.publish([try write(id, version: 3, tenant: shop)])
    #expect(try await cache.copy(.progress, of: id)?.version == 3)

    cache.distrust([id])
    #expect(try await cache.copy(.progress, of: id) == nil)
    #expect(try await cache.publish([try write(id, version: 4, tenant: shop)]) == [.published])
    #expect(try await cache.copy(.progress, of: id)?.version == 4)
    await cache.stop()
    await other.stop()
  }

  @Test func tooManyDoubtsHaveTheKeysRemoved() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([try write(id, version: 1, tenant: shop)])
    cache.distrust((0...Doubts.orderLimit).map { _ in bench.ids.next(Order.self) })
    try await eventually("the keys are gone") { try bench.text("order:\(id):version") == nil && cache.isUp }
    #expect(try await cache.copy(.progress, of: id) == nil)
    _ = try await cache.publish([try write(id, version: 2, tenant: shop, afterCatchUp: true)])
    try await eventually("it is read again") { try await cache.copy(.progress, of: id)?.version == 2 }
    await cache.stop()
  }

  @Test func moreCommandsThanTheQueueHoldsAreRefusedAtOnce() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let ids = (0...Intake.commandLimit).map { _ in bench.ids.next(Order.self) }
    await #expect(throws: CacheUnavailable.self) { try await cache.lock(ids, token: "a") }
    #expect(cache.isUp)
    #expect(try await cache.lock(ids.dropLast(), token: "a").count == Intake.commandLimit)
    #expect(try await cache.lock([ids[ids.count - 1]], token: "a").count == 1)
    await cache.stop()
  }

  @Test func aRefusedLogInIsSaidInTheLog() async throws {
    let bench = try Bench()
    _ = try bench.ask("CONFIG", "SET", "requirepass", "right")
    var options = bench.options()
    options.address.password = "wrong"
    let cache = RedisCache(
      options, clock: StoppedClock(), ids: bench.ids, log: Log(level: .info, sink: bench.log), metrics: Metrics())
    cache.start()
    try await eventually("it is said") { bench.log.lines.with { lines in lines.contains { $0.contains("WRONGPASS") } } }
    #expect(!cache.isUp)
    await cache.stop()
  }

  @Test func manyTasksShareOneConnectionAndGetTheirOwnAnswers() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let orders = (0..<256).map { _ in bench.ids.next(Order.self) }
    _ = try await cache.publish(try orders.map { try write($0, version: 1, tenant: shop) })
    try await withThrowingTaskGroup { group in
      for id in orders {
        group.addTask {
          for view in 0..<200 {
            let copy = try await cache.copy(view % 2 == 0 ? .progress : .remaining, of: id)
            #expect(copy?.text.contains(id.description) == true)
          }
        }
      }
      try await group.waitForAll()
    }
    await cache.stop()
  }
}

/// How often the hearts of a Redis's only client have beaten.
private func beats(_ bench: Bench) throws -> Int {
  let text = String(decoding: try bench.ask("INFO", "commandstats").bytes ?? [], as: UTF8.self)
  let line = text.split(separator: "\r\n").first { $0.hasPrefix("cmdstat_publish:calls=") }
  return line?.dropFirst("cmdstat_publish:calls=".count).split(separator: ",").first.flatMap { Int($0) } ?? 0
}

/// How many commands went out to Redis.
private func sentCommands(_ metrics: Metrics) -> Substring? {
  metrics.render().split(separator: "\n").first { $0.hasPrefix("orderhub_redis_commands_total") }
}

/// How often the connections of a cache were made again.
private func reconnects(_ metrics: Metrics) -> Substring? {
  metrics.render().split(separator: "\n").first { $0.hasPrefix("orderhub_redis_reconnects_total{link=\"cache\"}") }
}
