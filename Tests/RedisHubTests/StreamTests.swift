import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite(.serialized) struct StreamTests {
  /// Publishes a first event of so many new orders.
  private func publish(_ bench: Bench, _ cache: RedisCache, _ shop: TenantID, _ count: Int) async throws {
    let writes = try (0..<count).map { _ in try write(bench.ids.next(Order.self), version: 1, tenant: shop) }
    #expect(try await cache.publish(writes).allSatisfy { $0 == .published })
  }

  @Test func givesWhatFollowsAPlaceWholeAndInOrder() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    try await publish(bench, cache, shop, 20)
    let all = try await cache.newest(of: shop, limit: 100)
    #expect(all.count == 20)
    #expect(all.map(\.offset) == all.map(\.offset).sorted())
    for entry in all {
      let envelope = String(decoding: try #require(entry.envelope), as: UTF8.self)
      #expect(envelope.hasPrefix(#"{"offset":"\#(entry.offset.text)","id":""#))
    }
    #expect(try await cache.newest(of: shop, limit: 3) == Array(all.suffix(3)))
    #expect(try await cache.newest(of: shop, limit: 0) == Array(all.suffix(1)))
    #expect(try await cache.entries(of: shop, after: all[4].offset, limit: 100) == Array(all[5...]))
    #expect(try await cache.entries(of: shop, after: all[4].offset, limit: 2) == Array(all[5...6]))
    #expect(try await cache.entries(of: shop, after: all[19].offset, limit: 100) == [])
    #expect(try await cache.entries(of: shop, after: all[4].offset, limit: -1) == [])
    await cache.stop()
  }

  @Test func aPlaceWhereNothingStandsGivesNothing() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    #expect(try await cache.entries(of: shop, after: StreamOffset(millis: 0, number: 0), limit: 9) == nil)
    try await publish(bench, cache, shop, 2)
    let both = try await cache.newest(of: shop, limit: 2).map(\.offset)
    let (first, last) = (try #require(both.first), try #require(both.last))
    let places = [
      StreamOffset(millis: 0, number: 0), StreamOffset(millis: first.millis - 1, number: first.number),
      StreamOffset(millis: last.millis, number: last.number + 1), StreamOffset(millis: .max, number: .max),
    ]
    for place in places { #expect(try await cache.entries(of: shop, after: place, limit: 9) == nil) }
    // What another tenant has says nothing of this one's.
    #expect(try await cache.entries(of: tenant("shop-2"), after: last, limit: 9) == nil)
    await cache.stop()
  }

  @Test func anEmptyStreamGetsOneMarkerThoughManyAskAtOnce() async throws {
    let bench = try Bench()
    let caches = [try await bench.cache(), try await bench.cache()]
    let shop = try tenant()
    let answers = try await withThrowingTaskGroup(of: [StreamEntry].self) { group in
      for index in 0..<40 { group.addTask { try await caches[index % 2].newest(of: shop, limit: 10) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let marker = try #require(answers.first?.first)
    #expect(marker.envelope == nil)
    #expect(answers.allSatisfy { $0 == [marker] })
    #expect(try bench.ask("XLEN", "events:shop-1").integer == 1)

    try await publish(bench, caches[0], shop, 2)
    let entries = try #require(try await caches[1].entries(of: shop, after: marker.offset, limit: 10))
    #expect(entries.count == 2 && entries.allSatisfy { $0.envelope != nil })
    #expect(try await caches[1].newest(of: shop, limit: 10) == [marker] + entries)
    for cache in caches { await cache.stop() }
  }

  @Test func aTrimmedStreamKnowsOnlyWhatItStillHolds() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    try await publish(bench, cache, shop, 300)
    let first = try #require(try await cache.newest(of: shop, limit: 300).first).offset
    #expect(try await cache.entries(of: shop, after: first, limit: 1_000)?.count == 299)
    for _ in 0..<9 { try await publish(bench, cache, shop, 300) }
    #expect(try #require(bench.ask("XLEN", "events:shop-1").integer) < 1_300)
    #expect(try await cache.entries(of: shop, after: first, limit: 1_000) == nil)
    // No question gives more than the limit, and what it gives begins right after the place.
    let kept = try await cache.newest(of: shop, limit: 5_000)
    #expect(kept.count == RedisCache.streamReadLimit)
    #expect(try await cache.entries(of: shop, after: kept[0].offset, limit: 5_000) == Array(kept.dropFirst()))

    _ = try bench.ask("XTRIM", "events:shop-1", "MAXLEN", "0")
    #expect(try await cache.entries(of: shop, after: kept[999].offset, limit: 9) == nil)
    let marker = try await cache.newest(of: shop, limit: 9)
    #expect(marker.count == 1 && marker[0].envelope == nil && marker[0].offset > kept[999].offset)
    await cache.stop()
  }

  @Test func aWipedStreamDoesNotKnowOldPlaces() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    try await publish(bench, cache, shop, 3)
    let old = try await cache.newest(of: shop, limit: 3)
    _ = try bench.ask("FLUSHALL")
    // Who is told connects afresh; and ids are times: what is added in the millisecond of an old entry could have its id.
    try await eventually("it is told") { bench.log.lines.with { $0.contains { $0.contains("Redis was emptied") } } }
    try await eventually("it has connected afresh") { cache.isUp }
    for entry in old { #expect(try await cache.entries(of: shop, after: entry.offset, limit: 9) == nil) }
    try await publish(bench, cache, shop, 3)
    for entry in old { #expect(try await cache.entries(of: shop, after: entry.offset, limit: 9) == nil) }
    await cache.stop()
  }

  /// The dump has the first events and not the later ones: what follows them would be a part taken for the whole.
  @Test(arguments: [true, false])
  func aRestartedRedisDoesNotKnowOldPlaces(hasDump: Bool) async throws {
    let first = try TestServers.redis()
    let bench = Bench(server: first)
    let cache = try await bench.cache()
    let shop = try tenant()
    try await publish(bench, cache, shop, 3)
    if hasDump { _ = try bench.ask("SAVE") }
    try await publish(bench, cache, shop, 3)
    let old = try await cache.newest(of: shop, limit: 9)
    #expect(old.count == 6)
    first.stop()
    try await eventually("the loss is seen") { !cache.isUp }
    await #expect(throws: CacheUnavailable.self) { try await cache.newest(of: shop, limit: 9) }
    await #expect(throws: CacheUnavailable.self) { try await cache.entries(of: shop, after: old[0].offset, limit: 9) }

    let second = try ServerProcess("/usr/bin/redis-server", port: first.port, folder: first.folder) { folder, port in
      ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path]
    }
    if hasDump {
      #expect(try #require(bench.ask("XLEN", "events:shop-1").integer) <= 3)
    }
    try await eventually("Redis is found again") { cache.isUp }
    for entry in old { #expect(try await cache.entries(of: shop, after: entry.offset, limit: 9) == nil) }
    try await publish(bench, cache, shop, 2)
    for entry in old { #expect(try await cache.entries(of: shop, after: entry.offset, limit: 9) == nil) }
    #expect(try await cache.newest(of: shop, limit: 9).count == 2)
    await cache.stop()
    withExtendedLifetime(second) {}
  }

  @Test func theStreamHasTheOrderInWhichEventsGoOut() async throws {
    let bench = try Bench()
    let caches = [try await bench.cache(), try await bench.cache()]
    let shop = try tenant()
    let ear = Ear()
    let bus = RedisBus(
      bench.options(), clock: StoppedClock(), ids: RandomIDs(), log: Log(level: .error, sink: KeptLog()),
      metrics: Metrics())
    bus.start(ear)
    bus.subscribe(shop)
    try await eventually("it stands") { ear.heard.with { $0.subscribed } == [shop] }
    let start = try #require(try await caches[0].newest(of: shop, limit: 1).first).offset
    try await withThrowingTaskGroup { group in
      for index in 0..<20 {
        group.addTask { for _ in 0..<10 { try await publish(bench, caches[index % 2], shop, 2) } }
      }
      try await group.waitForAll()
    }
    try await eventually("all came") { ear.heard.with { $0.count } == 400 }
    let streamed = try #require(try await caches[0].entries(of: shop, after: start, limit: 1_000))
    let texts = streamed.compactMap(\.envelope).map { "shop-1 \(String(decoding: $0, as: UTF8.self))" }
    #expect(texts.count == 400)
    #expect(ear.heard.with { $0.messages } == texts)
    await bus.stop()
    for cache in caches { await cache.stop() }
  }

  @Test func givesTheHeadsOfManyStreamsAndMakesNone() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    try await publish(bench, cache, shop, 3)
    let newest = try #require(try await cache.newest(of: shop, limit: 1).first).offset
    let others = try (0..<1_200).map { try tenant("other-\($0)") }
    let heads = try await cache.heads(of: others + [shop])
    #expect(heads.count == 1_201)
    #expect(heads.dropLast().allSatisfy { $0 == nil } && heads.last == newest)
    #expect(try bench.ask("KEYS", "events:other*") == .array([]))
    #expect(try await cache.heads(of: []).isEmpty)
    _ = try bench.ask("SET", "events:other-7", "x")
    await #expect(throws: CacheUnavailable.self) { try await cache.heads(of: others) }
    await cache.stop()
  }

  @Test func aStreamThatIsSomethingElseIsAFailureAndNoEmptyAnswer() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    _ = try bench.ask("SET", "events:shop-1", "x")
    await #expect(throws: CacheUnavailable.self) { try await cache.newest(of: shop, limit: 9) }
    await #expect(throws: CacheUnavailable.self) {
      try await cache.entries(of: shop, after: StreamOffset(millis: 1, number: 0), limit: 9)
    }
    await cache.stop()
  }
}
