import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import MongoStore
import Orders
import RedisHub
import Testing

@testable import OrderDesk

@Suite struct ReadTests {
  @Test func manyWhoWantTheSameThingShareOneFetch() async throws {
    let flights = SingleFlight<Int, Int>()
    // One who is about to ask may be overtaken by the answer: then it is asked for again, but not by each.
    for attempt in 1...20 {
      let (fetches, asking) = (Locked(0), Locked(0))
      let values = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<50 {
          group.addTask {
            asking.with { $0 += 1 }
            return try await flights.value(7) {
              fetches.with { $0 += 1 }
              _ = await eventually { asking.with { $0 } == 50 }
              try await Task.sleep(for: .milliseconds(20))
              return 42
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(values == Array(repeating: 42, count: 50))
      if fetches.with({ $0 }) == 1 { break }
      #expect(attempt < 20, "\(fetches.with { $0 }) fetches")
    }
    // A failure is nobody's but those who waited for it.
    await #expect(throws: CacheUnavailable.self) { try await flights.value(7) { throw CacheUnavailable("no") } }
    #expect(try await flights.value(7) { 1 } == 1)
  }

  @Test func whatAnotherProcessWritesIsSeenSoon() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let writer = try await site.office()
      let reader = try await site.office()
      let id = try await writer.placed([("A", 40)], as: ada)
      for units in 1...15 {
        // Everything is at hand here, and old as soon as there is written.
        for view in OrderView.allCases { #expect(try await reader.reads.copy(view, of: id) != nil) }
        #expect(await writer.deliver(1, from: id, as: ada).status == 201)
        let order = try await site.order(id)
        #expect(order.items[0].delivered == Quantity(millionths: Int64(units) * Quantity.scale))
        for view in OrderView.allCases {
          // In its own process a write is seen at once.
          #expect(try await writer.reads.copy(view, of: id)?.version == order.version)
          try await eventually("\(view) of version \(order.version)") {
            try await reader.reads.copy(view, of: id)?.version == order.version
          }
        }
        let remaining = try #require(try await reader.reads.copy(.remaining, of: id))
        #expect(remaining.body.bytes == order.state().remainingView)
        let progress = try #require(try await reader.reads.copy(.progress, of: id))
        #expect(progress.body.bytes == order.state().progressView)
        let document = try JSONParser.parse(try #require(try await reader.reads.copy(.document, of: id)).body.bytes)
        #expect(document["order"]?["version"] == .number("\(order.version)"))
      }
    }
  }

  @Test func withoutRedisTheAnswersAreTheSame() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let with = try await site.office()
      let without = try await site.office(hasRedis: false)
      let id = try await with.placed([("A", 40), ("B", 1)], as: ada, customer: "c-1")
      #expect(await with.deliver(3, from: id, as: ada).status == 201)
      for view in OrderView.allCases {
        let here = try #require(try await with.reads.copy(view, of: id))
        let there = try #require(try await without.reads.copy(view, of: id))
        #expect(here.body.bytes == there.body.bytes)
        #expect(here.owner == there.owner)
        #expect(here.owner.customerID == "c-1")
      }
      #expect(try await without.reads.copy(.document, of: RandomOrder.id) == nil)
      #expect(try await with.reads.copy(.document, of: RandomOrder.id) == nil)
    }
  }

  @Test func countersAreExactAfterAnyMixOfWrites() async throws {
    try await withSite { site in
      let seed = UInt64.random(in: .min ... .max)
      let ada = try site.actor()
      let offices = [try await site.office(), try await site.office(), try await site.office(hasRedis: false)]
      try await offices[0].stock("A", 50, as: ada)
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<9 {
          group.addTask { try? await mix(seed &+ UInt64(number), offices[number % 3], site, ada) }
        }
      }
      let orders = TallyScope(tenant: site.tenant, kind: .orders)
      let today = TallyScope(tenant: site.tenant, kind: .deliveries(day: "2026-11-20"))
      for scope in [orders, today] {
        var counted: [Text: Int64] = [:]
        for row in try await site.store.recount(scope) {
          counted[row.paymentStatus.map { "\(row.status)|\($0)" } ?? Text(row.status), default: 0] += row.count
        }
        let told = TallySum(try await site.store.tallies(scope)).counts.filter {
          $0.value != 0 && !TallyKey.isWorth($0.key)
        }
        #expect(told == counted, "seed \(seed)")
      }
      let total = try await site.store.list(OrderQuery(tenant: site.tenant)).total
      for office in offices {
        let body = try await office.reads.statistics(of: site.tenant)
        let shown = try JSONParser.parse(body.bytes)["counters"]?["totalOrders"]
        let sum = TallySum(try await site.store.tallies(orders)).orders(status: nil, payment: nil)
        // What a process without Redis wrote, the others learn when their copy of the sums ends.
        if office.cache.isUp == false { #expect(shown == .number("\(sum)"), "seed \(seed)") }
        if let total { #expect(total == sum) }
      }
    }
  }

  @Test func countersFollowEachWriteAtOnce() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      for count in 1...5 {
        _ = try await office.placed([("A", 1)], as: ada)
        let shown = try JSONParser.parse(try await office.reads.statistics(of: site.tenant).bytes)
        #expect(shown["counters"]?["totalOrders"] == .number("\(count)"))
        #expect(shown["counters"]?["openOrders"] == .number("\(count)"))
      }
    }
  }
}

/// Some orders and what becomes of them, as a seed decides.
private func mix(_ seed: UInt64, _ office: Office, _ site: Site, _ ada: Actor) async throws {
  var chance = SplitMix(state: seed)
  for _ in 0..<5 {
    let id = try await office.placed([("A", 2), ("B", 3)], as: ada)
    for _ in 0..<Int.random(in: 0...6, using: &chance) {
      let deliveries = try await site.deliveries(id)
      switch Int.random(in: 0..<6, using: &chance) {
      case 0, 1:
        let status = [DeliveryStatus.pending, .dispatched, .delivered].randomElement(using: &chance) ?? .pending
        _ = await office.deliver(1, of: Bool.random(using: &chance) ? "A" : "B", from: id, as: ada, status: status)
      case 2:
        guard let delivery = deliveries.randomElement(using: &chance) else { continue }
        let status = DeliveryStatus.allCases.randomElement(using: &chance) ?? .delivered
        _ = await office.move(delivery, to: status, as: ada)
      case 3:
        guard let delivery = deliveries.randomElement(using: &chance) else { continue }
        _ = await office.invoice(delivery, as: ada)
      case 4:
        guard let invoice = try await site.store.invoices(of: id, tenant: site.tenant, after: nil, limit: 100).first
        else { continue }
        _ = await office.pay(invoice, invoice.due, as: ada)
      default:
        _ = Bool.random(using: &chance) ? await office.cancel(id, as: ada) : await office.close(id, as: ada)
      }
    }
  }
}
