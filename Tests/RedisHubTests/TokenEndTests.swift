import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite struct TokenEndTests {
  private func end(_ tenant: String, _ user: String, _ second: Int64) throws -> TokenEnd {
    TokenEnd(
      tenant: try #require(TenantID(tenant)), user: try #require(UserID(user)),
      before: Timestamp(millis: 1_780_000_000_000 + second * 1_000))
  }

  @Test func endsAreReadBackByTheirTimeAndTheLaterCounts() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    #expect(try await cache.ends(after: nil) == [])
    try await cache.add([])
    // A user's name may hold a colon, a tenant's may not.
    let some = [try end("shop", "a:b", 1), try end("shop-1", "ada", 2), try end("shop", "bob", 3)]
    try await cache.add(some.reversed())
    #expect(try await cache.ends(after: nil) == some)
    #expect(try await cache.ends(after: some[0].before) == Array(some[1...]))
    try await cache.add([try end("shop", "a:b", 4), try end("shop", "bob", 1)])
    #expect(try await cache.ends(after: some[1].before) == [some[2], try end("shop", "a:b", 4)])
    // What nobody of the hub has written is passed over.
    for member in ["none", ":", "a b:c", "shop:"] {
      _ = try bench.ask("ZADD", "hub:token-ends", "1780000009000", member)
    }
    _ = try bench.ask("ZADD", "hub:token-ends", "-1.5", "shop:zoe")
    #expect(try await cache.ends(after: some[1].before) == [some[2], try end("shop", "a:b", 4)])
    await cache.stop()
  }

  @Test func thereAreNeverMoreThanTheLimit() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let many = try (0..<Int64(TokenEnd.limit) + 700).map { try end("shop", "u\($0)", $0) }
    try await cache.add(many)
    #expect(try await cache.ends(after: nil) == Array(many.suffix(TokenEnd.limit)))
    await cache.stop()
  }

  @Test func withoutRedisNothingIsKnown() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    bench.server.stop()
    try await eventually("the cache is down") { !cache.isUp }
    let one = try end("shop", "ada", 1)
    await #expect(throws: CacheUnavailable.self) { try await cache.ends(after: nil) }
    await #expect(throws: CacheUnavailable.self) { try await cache.add([one]) }
    await cache.stop()
  }
}
