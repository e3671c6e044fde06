import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite struct ForgettingTests {
  @Test func aTenantsStreamAndSumsGoAndAnothersStay() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let (gone, stays) = (try #require(TenantID("shop")), try #require(TenantID("shop-1")))
    for shop in [gone, stays] {
      _ = try bench.ask("XADD", "events:\(shop.text)", "*", "e", "{}")
      _ = try bench.ask("HSET", "events:\(shop.text):sizes", "open", "2")
      for kind in [TallyScope.Kind.orders, .deliveries(day: "2026-01-01"), .deliveries(day: "2026-01-02")] {
        let scope = TallyScope(tenant: shop, kind: kind)
        try await cache.fill(
          scope, shards: [TallyShard(scope: scope, shard: 0, revision: 1, counts: ["a": 1])], rendered: Array("{}".utf8)
        )
      }
    }
    func keys(_ shop: TenantID) throws -> Int {
      (try bench.ask("KEYS", "*").array ?? []).compactMap(\.bytes).map { String(decoding: $0, as: UTF8.self) }
        .filter { $0.split(separator: ":").contains(Substring(shop.text)) }.count
    }
    #expect(try keys(gone) == 8)
    #expect(try await cache.forget(gone) == 8)
    #expect(try keys(gone) == 0)
    #expect(try keys(stays) == 8)
    #expect(try await cache.forget(gone) == 0)
    await cache.stop()
  }

  @Test func withoutRedisItIsRefused() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    bench.server.stop()
    try await eventually("the cache is down") { !cache.isUp }
    let shop = try #require(TenantID("shop"))
    await #expect(throws: CacheUnavailable.self) { try await cache.forget(shop) }
    await cache.stop()
  }
}
