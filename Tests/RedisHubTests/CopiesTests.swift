import HubContracts
import Orders
import Testing

@testable import RedisHub

@Suite struct CopiesTests {
  let ids = RandomIDs()

  @Test func keepsWhatWasFetchedAndDropsItWhenItChanges() throws {
    let copies = OrderCopies(limitBytes: 1 << 20)
    copies.open()
    let id = ids.next(Order.self)
    let ticket = try #require(copies.begin(id))
    copies.end(ticket, .progress, document("{1}", version: 1, tenant: try tenant()))
    #expect(copies.copy(.progress, of: id)?.text == "{1}")
    #expect(copies.copy(.document, of: id) == nil)
    #expect(copies.bytes > 0)
    copies.invalidate(id)
    #expect(copies.copy(.progress, of: id) == nil)
    #expect(copies.bytes == 0)
  }

  @Test func doesNotKeepWhatChangedWhileItWasFetched() throws {
    let copies = OrderCopies(limitBytes: 1 << 20)
    copies.open()
    let id = ids.next(Order.self)
    let old = try #require(copies.begin(id))
    copies.invalidate(id)
    let new = try #require(copies.begin(id))
    copies.end(old, .progress, document("{old}", version: 1, tenant: try tenant()))
    #expect(copies.copy(.progress, of: id) == nil)
    copies.end(new, .progress, document("{new}", version: 2, tenant: try tenant()))
    #expect(copies.copy(.progress, of: id)?.text == "{new}")
  }

  @Test func keepsNothingWhileRedisDoesNotSayWhatChanges() throws {
    let copies = OrderCopies(limitBytes: 1 << 20)
    let id = ids.next(Order.self)
    #expect(copies.begin(id) == nil)
    copies.open()
    let ticket = try #require(copies.begin(id))
    copies.close()
    copies.end(ticket, .progress, document("{}", version: 1, tenant: try tenant()))
    #expect(copies.copy(.progress, of: id) == nil)
    copies.open()
    let later = try #require(copies.begin(id))
    copies.end(ticket, .progress, document("{}", version: 1, tenant: try tenant()))
    #expect(copies.copy(.progress, of: id) == nil)
    copies.end(later, .progress, document("{2}", version: 2, tenant: try tenant()))
    #expect(copies.copy(.progress, of: id)?.text == "{2}")
  }

  @Test func staysWithinItsBytesAndKeepsWhatIsUsed() throws {
    let limit = 1 << 20
    let copies = OrderCopies(limitBytes: limit)
    copies.open()
    let favourite = ids.next(Order.self)
    let body = String(repeating: "x", count: 1_000)
    for index in 0..<5_000 {
      let id = index == 0 ? favourite : ids.next(Order.self)
      let ticket = try #require(copies.begin(id))
      copies.end(ticket, .document, document(body, version: 1, tenant: try tenant()))
      #expect(copies.bytes <= limit)
      #expect(copies.copy(.document, of: favourite) != nil)
    }
    #expect(copies.bytes > limit / 2)
  }

  @Test func doesNotKeepABodyThatWouldDriveOutAllOthers() throws {
    let copies = OrderCopies(limitBytes: 16 << 10)
    copies.open()
    let id = ids.next(Order.self)
    let ticket = try #require(copies.begin(id))
    copies.end(ticket, .document, document(String(repeating: "x", count: 2_000), version: 1, tenant: try tenant()))
    #expect(copies.copy(.document, of: id) == nil)
    #expect(copies.bytes == 0)
  }

  @Test func sumsAreKeptUntilTheyRunOutOrChange() throws {
    let copies = CounterCopies()
    copies.open()
    let shop = try tenant()
    let empty = SharedBytes([])
    let sums = CounterCopy(day: "2026-01-01", counters: empty, today: empty, body: empty)
    copies.end(try #require(copies.begin(shop)), sums, lifetimeMs: 60_000)
    #expect(copies.copy(of: shop)?.day == "2026-01-01")
    copies.invalidate(shop)
    #expect(copies.copy(of: shop) == nil)
    copies.end(try #require(copies.begin(shop)), sums, lifetimeMs: 0)
    #expect(copies.copy(of: shop) == nil)
    let ticket = try #require(copies.begin(shop))
    copies.invalidate(shop)
    copies.end(ticket, sums, lifetimeMs: 60_000)
    #expect(copies.copy(of: shop) == nil)
  }

  @Test func aNoticeFindsWhatItIsAbout() throws {
    let near = NearCopies(limitBytes: 1 << 20)
    near.open()
    let id = ids.next(Order.self)
    let shop = try tenant()
    func fill() throws {
      near.orders.end(try #require(near.orders.begin(id)), .progress, document("{}", version: 1, tenant: shop))
      let empty = SharedBytes([])
      let sums = CounterCopy(day: "2026-01-01", counters: empty, today: empty, body: empty)
      near.counters.end(try #require(near.counters.begin(shop)), sums, lifetimeMs: 60_000)
    }
    func notice(_ key: String) { Array(key.utf8).withUnsafeBytes { near.invalidate($0) } }
    try fill()
    for other in ["order:\(ids.next(Order.self)):version", "order:", "dashboard:counters", "dashboard:counters:x", "a"]
    {
      notice(other)
    }
    #expect(near.orders.copy(.progress, of: id) != nil)
    #expect(near.counters.copy(of: shop) != nil)
    notice("order:\(id):item:x:remaining")
    notice("dashboard:counters:shop-1")
    #expect(near.orders.copy(.progress, of: id) == nil)
    #expect(near.counters.copy(of: shop) == nil)
    try fill()
    notice("deliveries:today:2026-01-01:shop-1")
    #expect(near.counters.copy(of: shop) == nil)
  }
}
