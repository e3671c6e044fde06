import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite(.serialized) struct CounterTests {
  private func shard(_ scope: TallyScope, _ shard: Int, _ revision: Int64) -> TallyShard {
    TallyShard(scope: scope, shard: shard, revision: revision, counts: ["open|unpaid": revision])
  }

  @Test func sumsAreReadAsFilledAndGoWithTheNextWrite() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let day = "2026-01-01"
    let orders = TallyScope(tenant: shop, kind: .orders)
    let deliveries = TallyScope(tenant: shop, kind: .deliveries(day: day))
    #expect(try await cache.counters(tenant: shop, day: day) == nil)
    try await cache.fill(orders, shards: [shard(orders, 0, 1)], rendered: Array(#"{"totalOrders":1}"#.utf8))
    #expect(try await cache.counters(tenant: shop, day: day) == nil)
    try await cache.fill(deliveries, shards: [], rendered: Array(#"{"count":0}"#.utf8))
    let sums = try #require(try await cache.counters(tenant: shop, day: day))
    #expect(
      String(decoding: sums.body.bytes, as: UTF8.self)
        == #"{"counters":{"totalOrders":1},"today":{"count":0},"asOf":"2026-01-01T00:00:00.007Z"}"#)
    #expect(String(decoding: sums.today.bytes, as: UTF8.self) == #"{"count":0}"#)
    try await eventually("the sums are at hand") {
      _ = try await cache.counters(tenant: shop, day: day)
      return cache.countersAtHand(tenant: shop)?.day == day
    }
    #expect(cache.countersAtHand(tenant: try tenant("other")) == nil)

    try await cache.publish([shard(orders, 0, 2)])
    #expect(cache.countersAtHand(tenant: shop) == nil)
    #expect(try await cache.counters(tenant: shop, day: day) == nil)
    #expect(try bench.text("dashboard:counters:shop-1") == nil)
    await cache.stop()
  }

  @Test func anotherProcessDropsItsSumsToo() async throws {
    let bench = try Bench()
    let (writer, reader) = (try await bench.cache(), try await bench.cache())
    let shop = try tenant()
    let orders = TallyScope(tenant: shop, kind: .orders)
    let deliveries = TallyScope(tenant: shop, kind: .deliveries(day: "2026-01-01"))
    try await writer.fill(orders, shards: [], rendered: Array("{}".utf8))
    try await writer.fill(deliveries, shards: [], rendered: Array("{}".utf8))
    try await eventually("the sums are at hand") {
      _ = try await reader.counters(tenant: shop, day: "2026-01-01")
      return reader.countersAtHand(tenant: shop) != nil
    }
    try await writer.publish([shard(deliveries, 5, 1)])
    try await eventually("the sums are gone") { reader.countersAtHand(tenant: shop) == nil }
    await writer.stop()
    await reader.stop()
  }

  @Test func aLateFillerPutsNoSum() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let scope = TallyScope(tenant: try tenant(), kind: .orders)
    try await cache.publish([shard(scope, 0, 5), shard(scope, 1, 1)])
    let sum = Array("{}".utf8)
    try await cache.fill(scope, shards: [shard(scope, 0, 4), shard(scope, 1, 1)], rendered: sum)
    #expect(try bench.text("dashboard:counters:shop-1") == nil)
    // A shard that the filler did not see at all is newer too.
    try await cache.fill(scope, shards: [shard(scope, 0, 5)], rendered: sum)
    #expect(try bench.text("dashboard:counters:shop-1") == nil)
    #expect(try bench.ask("HGET", "tally:orders:shop-1", "0") == .bytes(Array(#"5 {"open|unpaid":5}"#.utf8)))
    try await cache.fill(scope, shards: [shard(scope, 0, 6), shard(scope, 1, 1)], rendered: sum)
    #expect(try bench.text("dashboard:counters:shop-1") == "{}")
    #expect(try bench.ask("HGET", "tally:orders:shop-1", "0") == .bytes(Array(#"6 {"open|unpaid":6}"#.utf8)))
    // An old revision that comes late changes nothing.
    try await cache.publish([shard(scope, 0, 3)])
    #expect(try bench.text("dashboard:counters:shop-1") == "{}")
    #expect(try bench.ask("TTL", "tally:orders:shop-1").integer.map { (3_500...3_600).contains($0) } == true)
    await cache.stop()
  }

  @Test func totalsStandUnderTheirNames() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    try await cache.putTotals(orders: Array("{1}".utf8), day: "2026-01-01", deliveries: Array("{2}".utf8))
    #expect(try bench.text("dashboard:counters") == "{1}")
    #expect(try bench.text("deliveries:today:2026-01-01") == "{2}")
    #expect(try bench.ask("TTL", "dashboard:counters").integer.map { (200...300).contains($0) } == true)
    await cache.stop()
  }

  @Test func aShardThatDidNotReachRedisGoesWithTheNext() async throws {
    let bench = try Bench()
    let cache = try await bench.cache(timeoutMs: 2_000)
    let shop = try tenant()
    let orders = TallyScope(tenant: shop, kind: .orders)
    let deliveries = TallyScope(tenant: shop, kind: .deliveries(day: "2026-01-01"))
    try await cache.fill(orders, shards: [shard(orders, 0, 1)], rendered: Array("{}".utf8))
    try await cache.fill(deliveries, shards: [], rendered: Array("{}".utf8))
    bench.server.signal(SIGSTOP)
    await #expect(throws: CacheUnavailable.self) { try await cache.publish([self.shard(orders, 0, 2)]) }
    // Late is as good as in time; here it is undone, as if it had been lost.
    bench.server.signal(SIGCONT)
    try await eventually("the cache is up") { cache.isUp }
    _ = try bench.ask("HSET", "tally:orders:shop-1", "0", "1 {}")
    #expect(try await cache.counters(tenant: shop, day: "2026-01-01") == nil)
    try await cache.publish([shard(deliveries, 0, 1)])
    #expect(try bench.ask("HGET", "tally:orders:shop-1", "0") == .bytes(Array(#"2 {"open|unpaid":2}"#.utf8)))
    await cache.stop()
  }
}
