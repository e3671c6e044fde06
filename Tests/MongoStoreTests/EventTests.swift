import HubContracts
import Orders
import Testing

@testable import MongoStore

@Suite struct EventTests {
  @Test func eventsAreReadByTheirNumbers() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      var writes = Fixtures.creation(of: order)
      writes.events = Fixtures.events(of: order, from: 1, to: 25)
      #expect(try await store.commit(writes) == .committed)
      #expect(try await store.events(of: order.id, after: 0, upTo: 25, limit: 100) == writes.events)
      #expect(try await store.events(of: order.id, after: 9, upTo: 25, limit: 3) == Array(writes.events[9..<12]))
      #expect(try await store.events(of: order.id, after: 20, upTo: 22, limit: 100) == Array(writes.events[20..<22]))
      #expect(try await store.events(of: order.id, after: 25, upTo: 25, limit: 100) == [])
      #expect(try await store.events(of: order.id, after: .max, upTo: .min, limit: 100) == [])
      #expect(try await store.events(of: order.id, after: -5, upTo: .max, limit: 2) == Array(writes.events[..<2]))
      let heads = try await store.eventHeads(of: order.id, upTo: 25, limit: 4)
      #expect(heads.map(\.seq) == [22, 23, 24, 25])
      #expect(heads.allSatisfy { $0.envelope.isEmpty })
      #expect(try await store.eventHeads(of: order.id, upTo: 0, limit: 4) == [])
    }
  }

  @Test func aWriteIsUnpublishedUntilItIsMarked() async throws {
    try await withStore { store async throws in
      let late = Fixtures.order(at: Fixtures.time(50))
      let early = Fixtures.order(at: Fixtures.time(10))
      for order in [late, early] { #expect(try await store.commit(Fixtures.creation(of: order)) == .committed) }
      #expect(try await store.commit(Fixtures.change(of: early).writes) == .committed)
      let first = UnpublishedWrite(orderID: early.id, firstSeq: 1, lastSeq: 2)
      let second = UnpublishedWrite(orderID: early.id, firstSeq: 3, lastSeq: 5)
      let third = UnpublishedWrite(orderID: late.id, firstSeq: 1, lastSeq: 2)
      #expect(try await store.unpublished(limit: 10) == [first, second, third])
      #expect(try await store.unpublished(limit: 2) == [first, second])
      #expect(try await store.unpublished(of: early.id) == [first, second])
      try await store.markPublished([first, third])
      try await store.markPublished([first])
      #expect(try await store.unpublished(limit: 10) == [second])
      #expect(try await store.unpublished(of: late.id) == [])
      #expect(try await store.events(of: early.id, after: 0, upTo: 2, limit: 5).map(\.endsWriteFrom) == [nil, nil])
    }
  }

  @Test func migratingTwiceMakesNothingTheSecondTime() async throws {
    try await withStore { store async throws in
      #expect(try await store.migrate() == [])
      try await store.write { worker in
        _ = try worker.run(.plain) {
          $0.string("dropIndexes", "orders" as StaticString)
          $0.string("index", Indexes.search)
        }
        _ = try worker.run(.plain) {
          $0.string("collMod", "invoices" as StaticString)
          $0.document("validator") { _ in }
        }
      }
      #expect(
        try await store.migrate() == ["index tenant_search_created of orders", "validator of invoices"])
    }
  }
}
