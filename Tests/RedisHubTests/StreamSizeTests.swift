import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

/// A tenant's stream is bounded in bytes, not in entries alone.
@Suite(.serialized) struct StreamSizeTests {
  private static let limit = 4 << 20

  private func cache(_ bench: Bench, streamBytes: Int = limit, streamLength: Int = 100_000) async throws -> RedisCache {
    var options = bench.options()
    options.streamBytes = streamBytes
    options.streamLength = streamLength
    let cache = RedisCache(
      options, clock: StoppedClock(), ids: bench.ids, log: Log(level: .info, sink: bench.log), metrics: Metrics())
    cache.start()
    try await eventually("the cache is up") { cache.isUp }
    return cache
  }

  /// A new order whose event has so many bytes.
  private func order(_ bench: Bench, bytes: Int, _ tenant: TenantID) throws -> Publication {
    var write = try write(bench.ids.next(Order.self), version: 1, tenant: tenant)
    write.events[0].envelope = Array("{\"x\":\"\(String(repeating: "x", count: bytes - 8))\"}".utf8)
    return write
  }

  private func publish(_ bench: Bench, _ cache: RedisCache, _ sizes: [Int]) async throws {
    let shop = try tenant()
    for size in sizes { #expect(try await cache.publish([order(bench, bytes: size, shop)]) == [.published]) }
  }

  /// The bytes of the envelopes that a stream holds, and how many these are.
  private func held(_ bench: Bench) throws -> (bytes: Int, count: Int) {
    let entries = try bench.ask("XRANGE", "events:shop-1", "-", "+").array ?? []
    let sizes = entries.compactMap { $0.array?.last?.array?.last?.bytes?.count }
    return (sizes.reduce(0, +), sizes.count)
  }

  /// What an order of 500 items sends, again and again.
  @Test func manyLargeEventsTakeNoMoreThanTheLimitAndTheNewestStay() async throws {
    let bench = try Bench()
    let cache = try await cache(bench)
    let shop = try tenant()
    try await publish(bench, cache, Array(repeating: 120_000, count: 30))
    let first = try #require(try await cache.newest(of: shop, limit: 1_000).first).offset
    #expect(try held(bench).count == 30)
    try await publish(bench, cache, Array(repeating: 120_000, count: 120))
    let held = try held(bench)
    // A block of a 64th, or one event if that is larger, may be over.
    #expect(held.bytes <= Self.limit + 120_000 && held.bytes > Self.limit - 2 * 120_000, "\(held)")
    // Who comes back from before is told so, and who comes from what is there gets all that follows.
    #expect(try await cache.entries(of: shop, after: first, limit: 1_000) == nil)
    let kept = try await cache.newest(of: shop, limit: 1_000)
    #expect(kept.count == held.count)
    #expect(try await cache.entries(of: shop, after: kept[0].offset, limit: 1_000) == Array(kept.dropFirst()))
    await cache.stop()
  }

  @Test func mixedSizesAreCountedExactly() async throws {
    let bench = try Bench()
    let cache = try await cache(bench)
    var sizes: [Int] = []
    for round in 0..<120 { sizes += Array(repeating: 900, count: 12) + [round % 7 == 0 ? 400_000 : 20_000] }
    try await publish(bench, cache, sizes)
    let held = try held(bench)
    #expect(held.bytes <= Self.limit + 400_000 && held.bytes > Self.limit - 2 * 400_000, "\(held)")
    let counted = try bench.ask("HMGET", "events:shop-1:sizes", "all", "open").array ?? []
    let sum = counted.compactMap(\.bytes).compactMap { Decimal.read($0) }.reduce(0, +)
    #expect(Int(sum) == held.bytes)
    // However many went by, the sizes have a bound too.
    #expect(try #require(bench.ask("HLEN", "events:shop-1:sizes").integer) <= 64 + 5)
    await cache.stop()
  }

  @Test func smallEventsAreBoundedByTheirNumberAsBefore() async throws {
    let bench = try Bench()
    let cache = try await cache(bench, streamLength: 100)
    try await publish(bench, cache, Array(repeating: 300, count: 1_000))
    #expect(try held(bench).count < 300)
    await cache.stop()
  }

  /// One of the two keys is lost: nothing that is new goes, and the bound holds again after a while.
  @Test(arguments: ["events:shop-1", "events:shop-1:sizes"])
  func whereOneOfBothIsLostTheNewestStayAndTheBoundComesBack(key: String) async throws {
    let bench = try Bench()
    let cache = try await cache(bench)
    try await publish(bench, cache, Array(repeating: 100_000, count: 60))
    _ = try bench.ask("DEL", key)
    try await publish(bench, cache, Array(repeating: 100_000, count: 20))
    #expect(try held(bench).count >= 20)
    try await publish(bench, cache, Array(repeating: 100_000, count: 60))
    let held = try held(bench)
    #expect(held.bytes <= Self.limit + 100_000 && held.count >= 40, "\(held)")
    await cache.stop()
  }

  @Test func anEventThatIsLargerThanTheLimitIsKeptUntilTheNext() async throws {
    let bench = try Bench()
    let cache = try await cache(bench, streamBytes: 64_000)
    let shop = try tenant()
    try await publish(bench, cache, [100, 100, 200_000])
    #expect(try held(bench).count >= 1)
    try await publish(bench, cache, [200_000, 200_000])
    #expect(try held(bench).count <= 2)
    #expect(try await cache.newest(of: shop, limit: 9).last?.envelope?.count ?? 0 > 200_000)
    await cache.stop()
  }
}
