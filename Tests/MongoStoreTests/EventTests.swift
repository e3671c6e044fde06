import HubContracts
import Orders
import Testing

@testable import MongoStore

@Suite struct EventTests {
  @Test func aPageOfLargeEventsEndsAtAboutAMebibyte() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      var writes = Fixtures.creation(of: order)
      writes.events = Fixtures.events(of: order, from: 1, to: 12, bytes: 300_000)
      #expect(try await store.commit(writes) == .committed)
      var read: [Int64] = []
      for _ in 0..<4 {
        let page = try await store.events(of: order.id, after: read.last ?? 0, upTo: 12, limit: 100)
        #expect(page.count == 3)
        read += page.map(\.seq)
      }
      #expect(read == Array(1...12))
    }
  }

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

  @Test func aTransactionIsUnpublishedUntilItIsMarked() async throws {
    try await withStore { store async throws in
      let (one, other) = (Fixtures.order(), Fixtures.order())
      let entries = [
        OutboxEntry(
          id: OutboxID(high: 1, low: 1),
          writes: [
            UnpublishedWrite(orderID: one.id, firstSeq: 1, lastSeq: 2),
            UnpublishedWrite(orderID: other.id, firstSeq: 1, lastSeq: 2),
          ]),
        OutboxEntry(
          id: OutboxID(high: 1, low: 2), writes: [UnpublishedWrite(orderID: one.id, firstSeq: 3, lastSeq: 5)]),
      ]
      for (order, entry) in zip([one, other], entries) {
        var writes = Fixtures.creation(of: order)
        writes.outbox = entry
        #expect(try await store.commit(writes) == .committed)
      }
      #expect(try await store.unpublished(limit: 10) == entries)
      #expect(try await store.unpublished(limit: 1) == [entries[0]])
      #expect(try await store.unpublished(of: one.id) == [entries[0].writes[0], entries[1].writes[0]])
      #expect(try await store.unpublished(of: other.id) == [entries[0].writes[1]])
      try await store.markPublished([entries[0].id])
      try await store.markPublished([entries[0].id])
      #expect(try await store.unpublished(limit: 10) == [entries[1]])
      #expect(try await store.unpublished(of: other.id) == [])
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
