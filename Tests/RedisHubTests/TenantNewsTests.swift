import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

/// The word that a tenant's settings were changed goes to every process that listens.
@Suite struct TenantNewsTests {
  @Test func whatOneTellsAllHear() async throws {
    let bench = try Bench()
    let caches = [try await bench.cache(), try await bench.cache()]
    let heard = caches.map { _ in Locked<[TenantID]>([]) }
    for (cache, heard) in zip(caches, heard) { cache.listen { tenant in heard.with { $0.append(tenant) } } }
    // What nobody of the hub says is passed over.
    for word in ["", "a b", "shop:1", String(repeating: "x", count: 65), "\u{0}"] {
      _ = try bench.ask("PUBLISH", "orderhub:tenants", word)
    }
    for name in ["shop-1", "shop-2"] { try await caches[0].tell(changed: tenant(name)) }
    let wanted = [try tenant("shop-1"), try tenant("shop-2")]
    for heard in heard { try await eventually("it was heard") { heard.with { $0 } == wanted } }
    for cache in caches { await cache.stop() }
    await #expect(throws: CacheUnavailable.self) { try await caches[0].tell(changed: tenant()) }
  }
}
