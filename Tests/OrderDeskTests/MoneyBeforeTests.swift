import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

/// What older versions wrote of money, and its being brought up to date.
@Suite struct MoneyBeforeTests {
  /// A clock that stands until a look is due.
  private final class LookClock: HubClock {
    private let ms = Locked<Int64>(1_790_000_000_000)
    func now() -> Timestamp { Timestamp(millis: ms.with { $0 }) }
    func nextLook() { ms.with { $0 += WalkPlace.pauseMs } }
  }

  /// A worker's part, as each worker makes it anew.
  private func moneyBefore(
    _ source: any MoneyBeforeSource, _ office: Office, _ clock: LookClock, limit: Int = 2, log: Log = quiet,
    metrics: Metrics = Metrics()
  ) throws -> MoneyBefore {
    MoneyBefore(
      source: source, desk: office.desk, user: try #require(UserID("worker")), clock: clock, log: log, metrics: metrics,
      limit: limit, pause: .zero)
  }

  /// Orders with an invoice each, as an older version wrote them: it asks for a third of a cent too much. By identity.
  private func olderOrders(_ count: Int, _ site: Site, _ office: Office) async throws -> [OrderID] {
    let ada = try site.actor()
    var ids: [OrderID] = []
    for _ in 0..<count {
      let id = try await office.placed([("A", 2)], as: ada)
      #expect(await office.deliver(1, from: id, as: ada, status: .delivered).status == 201)
      for delivery in try await site.deliveries(id) { #expect(await office.invoice(delivery, as: ada).status == 201) }
      ids.append(id)
    }
    try await site.change(.orders) { $0.document("$unset") { $0.int32("decimals", 1) } }
    try await site.change(.invoices) { $0.document("$inc") { $0.int64("total", 333_333) } }
    try await site.store.restartMoneyWalks()
    return ids.sorted { "\($0)" < "\($1)" }
  }

  private func rounded(_ ids: [OrderID], _ site: Site) async throws -> [OrderID] {
    let orders = try await site.store.orders(ids)
    return ids.filter { id in orders.contains { $0.id == id && $0.rounding != nil } }
  }

  @Test func ordersThatCannotBeRoundedHoldUpNoOthersAndAreTold() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      let ids = try await olderOrders(7, site, office)
      // More than a page of those that come first.
      for id in ids.prefix(4) { try await site.damage(.orders, "\(id)", set: "invoices.issued", to: 5) }
      let (clock, pages, metrics) = (LookClock(), Pages(), Metrics())
      let source = WatchedSource(store: site.store)
      let worker = try moneyBefore(
        source, office, clock, log: Log(level: .info, sink: pages), metrics: metrics)
      #expect(try await worker.round()[.orders] == 3)
      #expect(try await rounded(ids, site) == Array(ids.suffix(3)))
      #expect(metrics.render().contains(#"orderhub_money_before_left{walk="orders"} 4"#))
      #expect(try await site.store.place(of: .orders).last?.names == ids.prefix(4).map { Text("\($0)") })
      let told = try #require(pages.lines.first { $0.level == .warning })
      #expect(told.fields.contains { $0.0 == "first" && $0.1 == ids.prefix(4).map { "\($0)" }.joined(separator: " ") })

      // Nothing is looked at before the next look is due; that one finds nothing more to do, and is the last.
      let read = source.pages.with { $0 }
      try await worker.round()
      #expect(source.pages.with { $0 } == read)
      clock.nextLook()
      #expect(try await worker.round()[.orders] == 0)
      #expect(try await site.store.place(of: .orders).isDone)
      let all = source.pages.with { $0 }
      for _ in 0..<3 {
        clock.nextLook()
        try await worker.round()
        try await moneyBefore(source, office, clock).round()
      }
      #expect(source.pages.with { $0 } == all)
      #expect(metrics.render().contains(#"orderhub_money_before_left{walk="orders"} 4"#))

      // Somebody has mended one, and has them looked at again.
      try await site.damage(.orders, "\(ids[2])", set: "invoices.issued", to: 1)
      try await site.store.restartMoneyWalks()
      #expect(try await worker.round()[.orders] == 1)
      #expect(metrics.render().contains(#"orderhub_money_before_left{walk="orders"} 3"#))
    }
  }

  @Test func aWorkerThatWasKilledIsGoneOnAfter() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      let ids = try await olderOrders(9, site, office)
      let clock = LookClock()
      let begun = Locked<Task<Void, any Error>?>(nil)
      var source = WatchedSource(store: site.store)
      let pages = source.pages
      source.atPage = { _ in
        if pages.with({ $0[.orders]?.count }) == 3 { begun.with { $0?.cancel() } }
      }
      let worker = try moneyBefore(source, office, clock)
      let gate = Locked(false)
      let task = Task {
        try await eventually("it may begin") { gate.with { $0 } }
        try await worker.round()
      }
      begun.with { $0 = task }
      gate.with { $0 = true }
      _ = await task.result
      // What it had begun it may have ended.
      let done = try await rounded(ids, site)
      #expect(done == Array(ids.prefix(done.count)) && [4, 6].contains(done.count))
      let next = WatchedSource(store: site.store)
      #expect(try await moneyBefore(next, office, clock).round()[.orders] == 9 - done.count)
      let afters = stride(from: done.count - 1, to: 9, by: 2).map { Text("\(ids[$0])") }
      #expect(next.pages.with { $0[.orders] } == afters)
      #expect(try await rounded(ids, site) == ids)
    }
  }

  @Test func severalWorkersRoundEachOrderOnce() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      let ids = try await olderOrders(9, site, office)
      let clock = LookClock()
      var versions: [OrderID: Int64] = [:]
      for order in try await site.store.orders(ids) { versions[order.id] = order.version }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
          let worker = try moneyBefore(site.store, office, clock)
          group.addTask { _ = try await worker.round() }
        }
        try await group.waitForAll()
      }
      #expect(try await rounded(ids, site) == ids)
      for order in try await site.store.orders(ids) { #expect(order.version == versions[order.id].map { $0 + 2 }) }
    }
  }

  @Test func aDocumentThatCannotBeReadHoldsUpNoOthers() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      let ids = try await olderOrders(3, site, office)
      try await site.damage(.orders, "\(ids[0])", set: "currency", to: 5)
      let broken = try #require(
        try await site.store.invoices(of: ids[0], tenant: site.tenant, after: nil, limit: 1).first)
      try await site.damage(.invoices, "\(broken.id)", set: "currency", to: 5)
      let metrics = Metrics()
      let worker = try moneyBefore(site.store, office, LookClock(), limit: 1, metrics: metrics)
      #expect(try await worker.round()[.orders] == 2)
      #expect(try await rounded(Array(ids.dropFirst()), site) == Array(ids.dropFirst()))
      // What is rounded is written with its status.
      try await site.change(.invoices) { $0.document("$unset") { $0.int32("paymentStatus", 1) } }
      try await site.store.restartMoneyWalks()
      #expect(try await worker.round()[.invoices] == 2)
      for walk in ["orders", "invoices"] {
        #expect(metrics.render().contains(#"orderhub_money_before_left{walk="\#(walk)"} 1"#))
      }
    }
  }

  @Test func invoicesOfAnOlderVersionAreGivenTheirStatus() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      _ = try await olderOrders(5, site, office)
      let source = WatchedSource(store: site.store)
      let worker = try moneyBefore(source, office, LookClock())
      #expect(try await worker.round()[.orders] == 5)
      let written = InvoiceQuery(tenant: site.tenant, statuses: [.paid, .partiallyPaid, .unpaid], limit: 10)
      let before = try await site.store.invoices(written)
      #expect(before.count == 5)
      try await site.change(.invoices) { $0.document("$unset") { $0.int32("paymentStatus", 1) } }
      try await site.store.restartMoneyWalks()
      #expect(try await worker.round()[.invoices] == 5)
      #expect(source.pages.with { $0[.invoices]?.suffix(3).count } == 3)
      let named = try await site.store.read { worker in
        try worker.count(.invoices, hint: "_id_", limit: 0) { $0.string("paymentStatus", "unpaid" as StaticString) }
      }
      #expect(named == 5)
      #expect(try await site.store.invoices(written).map(\.id) == before.map(\.id))
    }
  }

  /// A delivery whose order is gone cannot tell its currency; those of other tallies can.
  @Test func aTallyThatCannotBeCountedByCurrencyHoldsUpNoOthers() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      var orders: [OrderID] = []
      let tenants = ["aaa", "bbb", "ccc"]
      for tenant in tenants {
        let ada = try site.actor(tenant: tenant)
        let id = try await office.placed([("A", 2)], as: ada)
        #expect(await office.deliver(1, from: id, as: ada, status: .delivered).status == 201)
        orders.append(id)
      }
      try await site.change(.deliveries) { $0.document("$unset") { $0.int32("currency", 1) } }
      try await site.change(.tallies) { $0.document("$set") { $0.int64("counts.value", 7) } }
      try await site.remove(.orders, "\(orders[0])")
      try await site.store.restartMoneyWalks()
      let metrics = Metrics()
      try await moneyBefore(site.store, office, LookClock(), limit: 1, metrics: metrics).round()
      for (tenant, isCounted) in zip(tenants, [false, true, true]) {
        let scope = TallyScope(tenant: try #require(TenantID(tenant)), kind: .deliveries(day: "2026-11-20"))
        let shards = try await site.store.tallies(scope)
        #expect(shards.contains { $0.counts["value"] != nil } == !isCounted, "\(tenant)")
        #expect(shards.contains { $0.counts["value:EUR"] != nil } == isCounted, "\(tenant)")
      }
      #expect(try await site.store.place(of: .tallies).last?.names == ["deliveries:2026-11-20:aaa"])
    }
  }

  /// As a worker does whose step ends between the look at the place and the begin anew.
  @Test(arguments: [1, 3, WalkPlace.restartTries]) func aWalkThatAWorkerMovesOnMeanwhileIsBegunAnewOrItIsSaid(
    times: Int
  ) async throws {
    try await withSite { site in
      let moves = Locked(0)
      var source = WatchedSource(store: site.store)
      source.afterPlace = { [store = site.store] (walk, place) async throws(StoreError) in
        guard walk == .orders,
          moves.with({
            $0 += 1; return $0 <= times
          })
        else { return }
        _ = try await store.move(walk, from: place, to: place.moved(by: WalkStep(), now: Timestamp(millis: 1)))
      }
      if times < WalkPlace.restartTries {
        try await source.restartMoneyWalks()
        for walk in MoneyWalk.allCases {
          let place = try await site.store.place(of: walk)
          #expect(!place.isDone && place.looks == 0 && place.last == nil, "\(walk): \(place)")
        }
      } else {
        await #expect(throws: StoreError.self) { try await source.restartMoneyWalks() }
        #expect(try await site.store.place(of: .orders).looks == Int64(times))
      }
    }
  }

  @Test func aNewDatabaseHasNothingToLookAt() async throws {
    try await withSite { site in
      let office = try await site.office(hasRedis: false)
      let source = WatchedSource(store: site.store)
      try await moneyBefore(source, office, LookClock()).round()
      #expect(source.pages.with { $0 }.isEmpty)
    }
  }
}

extension Site {
  /// Changes all documents of a collection, past every guard.
  fileprivate func change(_ collection: Kept, _ change: @escaping @Sendable (inout BSONWriter) -> Void) async throws {
    try await store.write { worker in
      _ = try worker.run(.plain) {
        $0.string("update", collection.rawValue)
        $0.documents("updates", CollectionOfOne(())) { writer, _ in
          writer.document("q") { _ in }
          writer.document("u", change)
          writer.bool("multi", true)
        }
      }
    }
  }
}
