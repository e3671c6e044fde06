import HubContracts
import Orders
import Testing

@testable import RedisHub

@Suite(.serialized) struct PublishTests {
  @Test func aFirstWriteGoesOutOnceHoweverOftenItIsPublished() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    let item = ItemRemaining(itemID: bench.ids.next(OrderItem.self), text: "0.35")
    let first = try write(
      id, version: 2, events: 2, tenant: try tenant(), status: "in_progress", progress: 40, items: [item])
    #expect(try await cache.publish([first, first]) == [.published, .already])
    #expect(try await cache.publish([first]) == [.already])

    #expect(try bench.text("order:\(id):version") == "2")
    #expect(try bench.text("order:\(id):status") == "in_progress")
    #expect(try bench.text("order:\(id):progress") == "40")
    #expect(try bench.text("order:\(id):item:\(item.itemID):remaining") == "0.35")
    #expect(try bench.text("order:\(id):owner") == #"{"tenant":"shop-1"}"#)
    #expect(try bench.text("order:\(id):remaining")?.contains("\"delivered\":2") == true)
    #expect(try bench.ask("TTL", "order:\(id):status").integer.map { (3_500...3_600).contains($0) } == true)

    let entries = try await cache.newest(of: try tenant(), limit: 10)
    #expect(entries.count == 2)
    for (entry, seq) in zip(entries, 1...) {
      let envelope = #"{"offset":"\#(entry.offset.text)","id":"\#(id):\#(seq)","seq":\#(seq)}"#
      #expect(entry.envelope == Array(envelope.utf8))
    }
    await cache.stop()
  }

  @Test func aWriteIsRefusedWhereEarlierEventsAreMissing() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    let shop = try tenant()
    #expect(try await cache.publish([try write(id, version: 3, tenant: shop)]) == [.unknown])
    #expect(try bench.text("order:\(id):version") == nil)
    #expect(try await cache.publish([try write(id, version: 1, tenant: shop)]) == [.published])
    #expect(try await cache.publish([try write(id, version: 3, tenant: shop)]) == [.behind(version: 1)])
    #expect(try bench.text("order:\(id):version") == "1")
    let rest = [try write(id, version: 2, tenant: shop), try write(id, version: 3, tenant: shop)]
    #expect(try await cache.publish(rest) == [.published, .published])
    #expect(try await envelopes(cache, shop).count == 3)
    await cache.stop()
  }

  @Test func afterACatchUpAWriteGoesOutThoughNothingIsKnown() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    let caughtUp = try write(id, version: 9, events: 2, tenant: try tenant(), afterCatchUp: true)
    #expect(try await cache.publish([caughtUp]) == [.published])
    #expect(try bench.text("order:\(id):version") == "9")
    #expect(try await cache.publish([caughtUp]) == [.already])
    await cache.stop()
  }

  @Test func onlyTheMissingEventsOfAPartlyPublishedWriteGoOut() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    let shop = try tenant()
    #expect(try await cache.publish([try write(id, version: 2, events: 2, tenant: shop)]) == [.published])
    #expect(try await cache.publish([try write(id, version: 4, events: 4, tenant: shop)]) == [.published])
    let envelopes = try await envelopes(cache, shop)
    #expect(envelopes.count == 4)
    for (envelope, seq) in zip(envelopes, 1...) { #expect(envelope.hasSuffix("\"seq\":\(seq)}")) }
    await cache.stop()
  }

  @Test func aFillBeforeThePublicationTakesNoEventAway() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    let shop = try tenant()
    #expect(try await cache.publish([try write(id, version: 1, tenant: shop)]) == [.published])
    // A reader filled what the second and third write committed, before either was published.
    try await cache.fill(state(id, version: 3, tenant: shop, status: "delivered"))
    #expect(try await cache.publish([try write(id, version: 2, tenant: shop)]) == [.published])
    #expect(try bench.text("order:\(id):version") == "3")
    #expect(try bench.text("order:\(id):status") == "delivered")
    #expect(try await cache.publish([try write(id, version: 3, tenant: shop)]) == [.published])
    #expect(try await envelopes(cache, shop).count == 3)
    await cache.stop()
  }

  @Test func aWriteWithoutEventsMarksNothingAsOut() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    let shop = try tenant()
    #expect(try await cache.publish([try write(id, version: 1, tenant: shop)]) == [.published])
    var empty = try write(id, version: 2, tenant: shop)
    empty.events = []
    #expect(try await cache.publish([empty]) == [.behind(version: 1)])
    #expect(try await cache.publish([try write(id, version: 2, tenant: shop)]) == [.published])
    await cache.stop()
  }

  @Test func aServerThatLostItsScriptsIsGivenThemAgain() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try bench.ask("SCRIPT", "FLUSH")
    let writes = try (1...3).map { try write(id, version: $0, tenant: shop) }
    #expect(try await cache.publish(writes) == [.published, .published, .published])
    await cache.stop()
  }
}
