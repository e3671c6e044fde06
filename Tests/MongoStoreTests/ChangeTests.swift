import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// Places in a tenant's changes.
@Suite struct ChangeTests {
  @Test func anOrderThatWasStampedEarlierAndCommittedLaterIsNotPassed() async throws {
    try await withStore { store async throws in
      let late = Fixtures.order(at: Fixtures.time(-5_000))
      let early = Fixtures.order(at: Fixtures.time())
      try await commit(Fixtures.creation(of: early), to: store, shard: 3, revision: 1)
      let place = try #require(try await store.changes(ask(nil))).next
      try await commit(Fixtures.creation(of: late), to: store, shard: 5, revision: 1)
      let page = try #require(try await store.changes(ask(place)))
      #expect(page.orders == [late])
      #expect(!page.hasMore)
      #expect(try await store.changes(ask(page.next)) == ChangePage(orders: [], next: page.next, hasMore: false))
    }
  }

  @Test func aWriteThatIsUnderWayIsNotPassed() async throws {
    try await withStore { store async throws in
      let (late, early) = (Fixtures.order(), Fixtures.order())
      let start = try #require(try await store.changes(ask(nil))).next
      let (isWritten, isReleased) = (Locked(false), Locked(false))
      let writes = counted(Fixtures.creation(of: late), shard: 5, revision: 1)
      let writing = Task {
        try await store.write { worker in
          try worker.transaction(deadlineMs: Int(HangLimit.ms)) { worker in
            for command in try CommitPlan(writes, to: &worker.writer).commands {
              _ = try worker.run(command.place, .write)
            }
            isWritten.with { $0 = true }
            #expect(blockUntil { isReleased.with { $0 } })
          }
        }
      }
      try await eventually("it is written and not committed") { isWritten.with { $0 } }
      try await commit(Fixtures.creation(of: early), to: store, shard: 3, revision: 1)
      let page = try #require(try await store.changes(ask(start)))
      #expect(page.orders == [early])
      isReleased.with { $0 = true }
      try await writing.value
      #expect(try #require(try await store.changes(ask(page.next))).orders == [late])
    }
  }

  @Test func whatOneTransactionWroteIsReadInPagesOfAnySize() async throws {
    try await withStore { store async throws in
      let start = try #require(try await store.changes(ask(nil))).next
      #expect(start.marks.isEmpty)
      var writes = WriteSet()
      let orders = (0..<5).map { _ in Fixtures.order() }
      writes.insertedOrders = orders
      for order in orders { writes.events += Fixtures.events(of: order, from: 1, to: order.version) }
      try await commit(writes, to: store, shard: 9, revision: 1)
      try await commit(Fixtures.creation(of: Fixtures.order(tenant: Fixtures.other)), to: store, shard: 9, revision: 1)
      let more = Fixtures.order()
      try await commit(Fixtures.creation(of: more), to: store, shard: 9, revision: 2)
      for limit in 1...7 {
        var (place, seen, pages) = (start, [OrderID](), 0)
        while true {
          let page = try #require(try await store.changes(ask(place, limit: limit)))
          #expect(page.orders.count <= limit)
          seen += page.orders.map(\.id)
          (place, pages) = (page.next, pages + 1)
          if !page.hasMore { break }
        }
        #expect(seen.sorted { "\($0)" < "\($1)" } == (orders + [more]).map(\.id).sorted { "\($0)" < "\($1)" })
        #expect(Set(seen).count == 6)
        #expect(pages == (6 + limit - 1) / limit)
        #expect(place == ChangePlace(marks: [9: .init(revision: 2)]))
      }
    }
  }

  @Test func anOrderThatIsWrittenAgainComesAgainWhereverItWasWritten() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      try await commit(Fixtures.creation(of: order), to: store, shard: 0, revision: 1)
      let place = try #require(try await store.changes(ask(nil))).next
      let (second, change) = Fixtures.change(of: order)
      try await commit(change, to: store, shard: 1, revision: 1)
      // Twice before anybody asks: once, as it is now.
      let (third, again) = Fixtures.change(of: second)
      try await commit(again, to: store, shard: 0, revision: 2)
      let page = try #require(try await store.changes(ask(place)))
      #expect(page.orders == [third])
      #expect(page.next == ChangePlace(marks: [0: .init(revision: 2), 1: .init(revision: 1)]))
      // A repair moves a shard and no order.
      _ = try await store.repair(TallyScope(tenant: Fixtures.tenant, kind: .orders)) { _ in [:] }
      #expect(try #require(try await store.changes(ask(page.next))).orders == [])
    }
  }

  @Test func aPageOfWhatWasWrittenAgainSaysThatThereIsMore() async throws {
    try await withStore { store async throws in
      let start = try #require(try await store.changes(ask(nil))).next
      let (first, second) = (Fixtures.order(), Fixtures.order())
      try await commit(Fixtures.creation(of: first), to: store, shard: 4, revision: 1)
      try await commit(Fixtures.creation(of: second), to: store, shard: 4, revision: 2)
      let (changed, change) = Fixtures.change(of: first)
      try await commit(change, to: store, shard: 4, revision: 3)
      var (page, seen) = (try #require(try await store.changes(ask(start, limit: 1))), [[Order]]())
      seen.append(page.orders)
      while page.hasMore {
        page = try #require(try await store.changes(ask(page.next, limit: 1)))
        seen.append(page.orders)
      }
      #expect(seen == [[], [second], [changed]])
    }
  }

  /// One index key for each write, and none of it in the orders' indexes.
  @Test func onlyTheLastEventOfAWriteSaysWhereItStands() async throws {
    try await withStore { store async throws in
      let (order, other) = (Fixtures.order(), Fixtures.order())
      var writes = WriteSet()
      writes.insertedOrders = [order, other]
      // Two writes of one order among those of another.
      writes.events =
        Fixtures.events(of: order, from: 1, to: 2) + Fixtures.events(of: other, from: 1, to: 1)
        + Fixtures.events(of: order, from: 3, to: 3)
      try await commit(writes, to: store, shard: 4, revision: 1)
      let noted = try await store.read { worker in
        try worker.find(
          Find(.events, limit: 10, filter: { $0.document("changeShard") { $0.bool("$exists", true) } }),
          RecordedEvent.read)
      }
      #expect(Set(noted.map { "\($0.orderID) \($0.seq)" }) == ["\(order.id) 3", "\(other.id) 1"])
      #expect(!Indexes.all.contains { $0.collection == .orders && $0.keys.contains { "\($0.0)".hasPrefix("change") } })
    }
  }

  @Test func aCustomerIsGivenItsOwn() async throws {
    try await withStore { store async throws in
      let start = try #require(try await store.changes(ask(nil))).next
      let mine = Fixtures.order(customer: Customer(id: "grace", name: "Grace"))
      try await commit(Fixtures.creation(of: Fixtures.order()), to: store, shard: 2, revision: 1)
      try await commit(Fixtures.creation(of: mine), to: store, shard: 2, revision: 2)
      var query = ask(start)
      query.of = .customer("grace")
      let page = try #require(try await store.changes(query))
      #expect(page.orders == [mine])
      query.after = page.next
      #expect(try #require(try await store.changes(query)).orders == [])
    }
  }

  @Test func aPlaceAheadOfWhatIsStoredIsNotKnown() async throws {
    try await withStore { store async throws in
      try await commit(Fixtures.creation(of: Fixtures.order()), to: store, shard: 2, revision: 1)
      #expect(try await store.changes(ask(ChangePlace(marks: [2: .init(revision: 2)]))) == nil)
      #expect(try await store.changes(ask(ChangePlace(marks: [3: .init(revision: 1)]))) == nil)
      #expect(try await store.changes(ask(ChangePlace(marks: [2: .init(revision: 1)]))) != nil)
    }
  }

  private func ask(_ place: ChangePlace?, limit: Int = 100) -> ChangeQuery {
    ChangeQuery(tenant: Fixtures.tenant, after: place, limit: limit)
  }

  /// Commits as a lane does that counts in a shard.
  private func commit(_ writes: WriteSet, to store: MongoStore, shard: Int, revision: Int64) async throws {
    #expect(try await store.commit(counted(writes, shard: shard, revision: revision)) == .committed)
  }

  /// With the tallies of the orders that are written.
  private func counted(_ writes: WriteSet, shard: Int, revision: Int64) -> WriteSet {
    var writes = writes
    let tenants = Set((writes.insertedOrders + writes.changedOrders.map(\.value)).map(\.tenantID))
    writes.tallies = tenants.map {
      let scope = TallyScope(tenant: $0, kind: .orders)
      let tally = TallyShard(scope: scope, shard: shard, revision: revision, counts: [:])
      return Guarded(tally, expectedVersion: revision - 1)
    }
    return writes
  }
}
