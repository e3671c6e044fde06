import HubContracts
import HubRuntime
import Orders
import Testing

@testable import MongoStore

@Suite struct RenewalTests {
  private static let names = ["Elena Díaz", "Jürgen Müller-Lüdenscheid", "Conor O'Brien", "山田 太郎", "24/7 Service"]

  private func orders(_ count: Int) -> [Order] {
    (0..<count).map { index in
      Fixtures.order(
        number: "ORD-2026-\(100_000 + index)",
        customer: Customer(name: Text(Self.names[index % Self.names.count]), phone: "+49 170 \(1_000_000 + index)"),
        at: Fixtures.time(Int64(index / 3)), items: 1)
    }
  }

  /// A store with so many orders of the version before.
  private func withFormer(_ count: Int, _ body: (MongoStore, [Order]) async throws -> Void) async throws {
    try await withStore { store async throws in
      let orders = orders(count)
      try await fill(store, orders)
      try await FormerWords.write(all: orders, to: store)
      try await body(store, orders)
    }
  }

  /// All that a question finds, over its pages.
  private func found(_ question: Text, _ store: MongoStore, descending: Bool = true) async throws -> [Order] {
    var query = OrderQuery(tenant: Fixtures.tenant, search: question, descending: descending, limit: 17)
    var seen: [Order] = []
    repeat {
      let page = try await store.list(query)
      seen += page.orders
      query.cursor = page.next
    } while query.cursor != nil && seen.count < 1_000
    return seen
  }

  /// Takes steps until a look is over.
  private func look(_ store: MongoStore, now: Timestamp = Fixtures.time(), limit: Int = 50) async throws
    -> SearchRenewal
  {
    while true {
      let step = try await store.renewSearch(now: now, limit: limit)
      if case .underWay = step { continue }
      return step
    }
  }

  @Test func eachOrderIsFoundByTheWordsThatItHasWhileTheyAreRenewed() async throws {
    try await withFormer(300) { store, orders async throws in
      for steps in 0..<7 {
        if steps > 0 { _ = try await store.renewSearch(now: Fixtures.time(), limit: 50) }
        // What the version before found is found all the time, whichever orders are renewed, in order and once.
        for (question, name) in [
          ("Díaz", "Elena Díaz"), ("müller-lüd", "Jürgen Müller-Lüdenscheid"), ("o'brien", "Conor O'Brien"),
          ("山田", "山田 太郎"), ("elena", "Elena Díaz"),
        ] {
          for descending in [true, false] {
            var query = OrderQuery(tenant: Fixtures.tenant, search: Text(question), descending: descending, limit: 17)
            let wanted = expected(query, orders).filter { $0.customer.name == Text(name) }
            #expect(try await found(Text(question), store, descending: descending) == wanted, "\(question), \(steps)")
            query.skip = 20
            let page = try await store.list(query)
            #expect(page.orders == Array(wanted.dropFirst(20).prefix(17)), "\(question), \(steps)")
            #expect(page.total == Int64(wanted.count), "\(question), \(steps)")
          }
        }
        #expect(try await found("ORD-2026-100017", store) == [orders[17]])
        #expect(try await found("+49 170 1000017", store) == [orders[17]])
      }
      // What only today's words find.
      #expect(try await found("diaz", store).count == 60)
      #expect(try await found("mueller", store).count == 60)
      #expect(try await found("太郎", store).count == 60)
    }
  }

  @Test func oneThatWasKilledIsGoneOnWith() async throws {
    try await withFormer(300) { store, orders async throws in
      for _ in 0..<3 { #expect(try await store.renewSearch(now: Fixtures.time(), limit: 50) == .underWay(renewed: 50)) }
      // Another process, which knows nothing but what stands in the database.
      let other = MongoStore(store.options, log: store.log, metrics: Metrics())
      for _ in 0..<3 { #expect(try await other.renewSearch(now: Fixtures.time(), limit: 50) == .underWay(renewed: 50)) }
      #expect(try await other.renewSearch(now: Fixtures.time(), limit: 50) == .looked(renewed: 300))
      await other.close()
      #expect(try await found("diaz", store).count == 60)
      // Nothing else of an order has changed.
      #expect(Set(try await store.orders(orders.map(\.id)).map(\.id)).count == 300)
      #expect(try await store.order(orders[7].id, tenant: nil) == orders[7])
    }
  }

  @Test func severalAtOnceRenewEachOrderAndEnd() async throws {
    try await withFormer(1_000) { store, _ async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { _ = try await self.look(store) } }
        try await group.waitForAll()
      }
      let later = Timestamp(millis: Fixtures.time().millis + SearchRenewal.pauseMs)
      #expect(try await look(store, now: later) == .done)
      #expect(try await found("diaz", store).count == 200)
      #expect(try await store.renewSearch(now: later) == .done)
    }
  }

  @Test func whatTheVersionBeforeStillWritesIsRenewedByTheNextLook() async throws {
    try await withFormer(100) { store, orders async throws in
      #expect(try await look(store) == .looked(renewed: 100))
      try await FormerWords.write([orders[5]], to: store)
      let between = Timestamp(millis: Fixtures.time().millis + SearchRenewal.pauseMs - 1)
      #expect(try await store.renewSearch(now: between) == .waits)
      #expect(try await found("Díaz", store).contains(orders[5]))
      let next = Timestamp(millis: between.millis + 1)
      #expect(try await look(store, now: next) == .looked(renewed: 1))
      let last = Timestamp(millis: next.millis + SearchRenewal.pauseMs)
      #expect(try await look(store, now: last) == .done)
      #expect(try await found("diaz", store).contains(orders[5]))
      // A version before that comes back later is told of by hand.
      try await FormerWords.write([orders[5]], to: store)
      #expect(try await look(store, now: last) == .done)
      try await store.restartSearchRenewal()
      #expect(try await look(store, now: last) == .looked(renewed: 1))
      #expect(try await found("diaz", store).contains(orders[5]))
    }
  }

  @Test func anOrderThatIsWrittenKeepsItsWordsUntilTheyAreRenewed() async throws {
    try await withFormer(5) { store, orders async throws in
      var writes = WriteSet()
      var changed = orders[0]
      changed.version += 1
      writes.changedOrders = [Guarded(changed, expectedVersion: orders[0].version)]
      #expect(try await store.commit(writes) == .committed)
      #expect(try await found("diaz", store) == [])
      #expect(try await look(store) == .looked(renewed: 5))
      #expect(try await found("diaz", store).contains(changed))
    }
  }

  /// As a worker does whose step ends between the look at the place and the begin anew.
  @Test func aRenewalThatAWorkerMovesOnMeanwhileIsBegunAnewOrItIsSaid() async throws {
    try await withStore { store async throws in
      let moves = Locked(0)
      let move: @Sendable (MongoWorker, Int) throws -> Void = { worker, limit in
        guard
          moves.with({ count in
            count += 1; return count <= limit
          })
        else { return }
        let place = try #require(try worker.renewalPlace())
        #expect(try worker.move(from: place, to: RenewalPlace(step: place.step + 1, isDone: true)))
      }
      try await store.restartSearchRenewal { worker in try move(worker, 3) }
      #expect(moves.with { $0 } == 4)
      #expect(try await store.read { try $0.renewalPlace()?.isDone } == false)
      await #expect(throws: StoreError.self) {
        try await store.restartSearchRenewal { worker in try move(worker, .max) }
      }
      #expect(moves.with { $0 } == 4 + WalkPlace.restartTries)
    }
  }

  @Test func aNewDatabaseHasNothingToRenew() async throws {
    try await withStore { store async throws in
      #expect(try await store.renewSearch(now: Fixtures.time()) == .done)
      await #expect(throws: StoreError.self) { try await store.renewSearch(now: Fixtures.time(), limit: 0) }
      await #expect(throws: StoreError.self) { try await store.renewSearch(now: Fixtures.time(), limit: 1_001) }
    }
  }
}
