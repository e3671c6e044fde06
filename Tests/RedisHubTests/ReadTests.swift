import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

@Suite(.serialized) struct ReadTests {
  @Test func composesEachViewOfAnOrder() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    for view in OrderView.allCases { #expect(try await cache.copy(view, of: id) == nil) }
    let first = try write(id, version: 1, tenant: shop, customer: "carla", status: "a\"b", progress: 100)
    _ = try await cache.publish([first])
    #expect(try await cache.copy(.document, of: id) == nil)
    try await cache.fillDocument(document(#"{"order":{}}"#, version: 1, tenant: shop), of: id)

    let progress = try #require(try await cache.copy(.progress, of: id))
    #expect(progress.text == #"{"orderId":"\#(id)","progress":100,"status":"a\"b","version":1}"#)
    #expect(progress.owner == OrderOwner(tenant: shop, customerID: "carla"))
    #expect(progress.version == 1)
    let remaining = try #require(try await cache.copy(.remaining, of: id))
    let products = #"{"p1":{"total":9,"delivered":1,"remaining":1}}"#
    #expect(remaining.text == #"{"orderId":"\#(id)","version":1,"remaining":\#(products)}"#)
    #expect(try await cache.copy(.document, of: id)?.text == #"{"order":{}}"#)
    try await eventually("all copies are at hand") {
      for view in OrderView.allCases { _ = try await cache.copy(view, of: id) }
      return OrderView.allCases.allSatisfy { cache.copyAtHand($0, of: id) != nil }
    }
    await cache.stop()
    #expect(cache.copyAtHand(.progress, of: id) == nil)
  }

  @Test func aValueThatLooksWrongIsAMiss() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let id = bench.ids.next(Order.self)
    for (suffix, value) in [("progress", "101"), ("version", "x"), ("owner", "{}"), ("status", "")] {
      _ = try await cache.publish([
        try write(
          id, version: (try bench.text("order:\(id):published").flatMap { Int64($0) } ?? 0) + 1, tenant: tenant())
      ])
      #expect(try await cache.copy(.progress, of: id) != nil)
      if value.isEmpty {
        _ = try bench.ask("DEL", "order:\(id):\(suffix)")
      } else {
        _ = try bench.ask("SET", "order:\(id):\(suffix)", value)
      }
      try await eventually("\(suffix) is refused") { try await cache.copy(.progress, of: id) == nil }
      _ = try bench.ask("DEL", "order:\(id):version")
    }
    await cache.stop()
  }

  @Test func aFillNeverReplacesNewerState() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    try await cache.fill(state(id, version: 3, tenant: shop, status: "three"))
    try await cache.fillDocument(document("{3}", version: 3, tenant: shop), of: id)
    try await cache.fill(state(id, version: 2, tenant: shop, status: "two"))
    #expect(try bench.text("order:\(id):status") == "three")
    try await cache.fillDocument(document("{2}", version: 2, tenant: shop), of: id)
    try await cache.fillDocument(document("{4}", version: 4, tenant: shop), of: id)
    #expect(try bench.text("order:\(id):doc") == "{3}")
    try await cache.fill(state(id, version: 4, tenant: shop, status: "four"))
    #expect(try bench.text("order:\(id):status") == "four")
    #expect(try bench.text("order:\(id):doc") == nil)
    let other = bench.ids.next(Order.self)
    try await cache.fillDocument(document("{7}", version: 7, tenant: shop), of: other)
    #expect(try await cache.copy(.document, of: other)?.version == 7)
    #expect(try await cache.copy(.progress, of: other) == nil)
    #expect(try bench.ask("TTL", "order:\(other):doc").integer.map { (200...300).contains($0) } == true)
    await cache.stop()
  }

  @Test func whatOutlivedItsVersionDoesNotPassForAnothers() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    try await cache.fill(state(id, version: 1, tenant: shop, status: "old"))
    try await cache.fillDocument(document("{1}", version: 1, tenant: shop), of: id)
    // As a server short of memory would.
    _ = try bench.ask("DEL", "order:\(id):version")
    try await cache.fillDocument(document("{2}", version: 2, tenant: shop), of: id)
    #expect(try await cache.copy(.document, of: id)?.text == "{2}")
    #expect(try await cache.copy(.progress, of: id) == nil)
    #expect(try await cache.copy(.remaining, of: id) == nil)
    _ = try bench.ask("DEL", "order:\(id):version")
    try await cache.fill(state(id, version: 3, tenant: shop, status: "new"))
    #expect(try await cache.copy(.document, of: id) == nil)
    #expect(try await cache.copy(.progress, of: id)?.version == 3)
    await cache.stop()
  }

  @Test func twoProcessesSeeEachOthersWrites() async throws {
    let bench = try Bench()
    let (one, two) = (try await bench.cache(), try await bench.cache())
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    for version in 1...50 as ClosedRange<Int64> {
      let (writer, reader) = version % 2 == 0 ? (one, two) : (two, one)
      #expect(try await writer.publish([try write(id, version: version, tenant: shop)]) == [.published])
      // The writer sees its own write at once, the other when Redis says so.
      #expect(try await read(writer, id)?.version == version)
      try await eventually("version \(version) is seen") {
        try await read(reader, id)?.version == version
      }
    }
    await one.stop()
    await two.stop()
  }

  private func read(_ cache: RedisCache, _ id: OrderID) async throws -> OrderCopy? {
    if let copy = cache.copyAtHand(.progress, of: id) { return copy }
    return try await cache.copy(.progress, of: id)
  }

  @Test func noReaderKeepsWhatAWriteReplaced() async throws {
    let bench = try Bench()
    let (writer, reader) = (try await bench.cache(), try await bench.cache())
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try await writer.publish([try write(id, version: 1, tenant: shop)])
    let last: Int64 = 400
    try await withThrowingTaskGroup { group in
      group.addTask {
        for version in 2...last { _ = try await writer.publish([try write(id, version: version, tenant: shop)]) }
      }
      for _ in 0..<4 {
        group.addTask {
          var seen: Int64 = 0
          while seen < last {
            let copy = try await reader.copy(.progress, of: id)
            let version = try #require(copy).version
            #expect(version >= seen)
            seen = version
          }
        }
      }
      try await group.waitForAll()
    }
    try await eventually("what is at hand is the last") {
      _ = try await reader.copy(.progress, of: id)
      return reader.copyAtHand(.progress, of: id)?.version == last
    }
    await writer.stop()
    await reader.stop()
  }

  @Test func anEmptiedRedisTakesTheCopiesAtHandAlong() async throws {
    let bench = try Bench()
    let cache = try await bench.cache()
    let shop = try tenant()
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([try write(id, version: 1, tenant: shop)])
    try await eventually("it is at hand") {
      _ = try await cache.copy(.progress, of: id)
      return cache.copyAtHand(.progress, of: id) != nil
    }
    _ = try bench.ask("FLUSHALL")
    try await eventually("it is gone") { cache.copyAtHand(.progress, of: id) == nil }
    try await eventually("it has connected afresh") { cache.isUp }
    #expect(try await cache.copy(.progress, of: id) == nil)
    // What was read from the store before must not come back; later it may.
    try await cache.fill(state(id, version: 1, tenant: shop))
    #expect(try bench.text("order:\(id):version") == nil)
    try await eventually("fills are taken again") {
      try await cache.fill(state(id, version: 1, tenant: shop))
      return try await cache.copy(.progress, of: id) != nil
    }
    // The server's mark is back, so nobody takes the new keys for old ones.
    let other = try await bench.cache()
    #expect(try await other.copy(.progress, of: id) != nil)
    await cache.stop()
    await other.stop()
  }

  @Test func withoutNoticesItReadsAndKeepsNothing() async throws {
    let bench = try Bench()
    _ = try bench.ask("ACL", "SETUSER", "plain", "on", ">secret", "~*", "&*", "+@all", "-client|tracking")
    var options = bench.options()
    options.address.user = "plain"
    options.address.password = "secret"
    options.address.database = 2
    let cache = RedisCache(
      options, clock: StoppedClock(), ids: bench.ids, log: .init(level: .info, sink: bench.log), metrics: .init())
    cache.start()
    try await eventually("the cache is up") { cache.isUp }
    let id = bench.ids.next(Order.self)
    _ = try await cache.publish([try write(id, version: 1, tenant: try tenant())])
    #expect(try await cache.copy(.progress, of: id) != nil)
    #expect(try await cache.copy(.progress, of: id) != nil)
    #expect(cache.copyAtHand(.progress, of: id) == nil)
    // Another database is another cache.
    #expect(try bench.text("order:\(id):version") == nil)
    await cache.stop()
    #expect(bench.log.lines.with { lines in !lines.contains { $0.contains("secret") } })
  }
}
