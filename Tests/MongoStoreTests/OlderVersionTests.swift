import HubContracts
import Orders
import Testing

@testable import MongoStore

/// Processes of versions before credit notes beside this one's: what they do is done here as they do it.
@Suite struct OlderVersionTests {
  private func written(_ order: Order) -> WriteSet {
    var writes = Fixtures.change(of: order).writes
    writes.outbox = OutboxEntry(
      id: Fixtures.id(OutboxEntry.self),
      writes: [
        UnpublishedWrite(
          orderID: order.id, tenant: order.tenantID, firstSeq: order.version + 1, lastSeq: order.version + 3)
      ])
    return writes
  }

  /// Writes an order as an older version does: all in one transaction, with an entry of the outbox that names no form.
  private func writeAsOlder(_ writes: WriteSet, to store: MongoStore) async throws {
    let entry = try #require(writes.outbox)
    var rest = writes
    rest.outbox = nil
    try await store.write { [rest] worker in
      try worker.transaction(deadlineMs: 60_000) { worker in
        for command in try CommitPlan(rest, to: &worker.writer).commands { _ = try worker.run(command.place, .write) }
        var reply = try worker.run(.write) {
          $0.string("insert", Collection.outbox.rawValue)
          $0.documents("documents", CollectionOfOne(entry)) { writer, entry in
            writer.identifier("_id", entry.id)
            writer.documents("writes", entry.writes) {
              $0.identifier("orderId", $1.orderID)
              $0.string("tenant", $1.tenant?.text ?? "")
              $0.int64("first", $1.firstSeq)
              $0.int64("last", $1.lastSeq)
            }
          }
        }
        if let errors = try reply.optionalDocument("writeErrors") { throw BSONError.wrong("\(errors)") }
      }
    }
  }

  /// What an older version does when it starts: its own validators, and the indexes whose names it misses.
  private func startOlder(_ store: MongoStore) async throws {
    try await store.write { worker in
      for (collection, rules) in [
        (
          Collection.outbox,
          [("writes", .list(min: 1, max: 1_000, [("first", .whole(min: 1)), ("last", .whole(min: 1))]))]
        ),
        (.users, [("tenantId", .text), ("name", .text), ("passwordHash", .text)]),
      ] as [(Collection, [(StaticString, Validators.Rule)])] {
        _ = try worker.run(.plain) {
          $0.string("collMod", collection.rawValue)
          $0.document("validator") { $0.document("$jsonSchema") { Validators.write(rules, to: &$0) } }
        }
      }
      for index in [
        Indexes.Index(collection: .invoices, name: "delivery", keys: [("deliveryId", 1)], isUnique: true),
        Indexes.Index(collection: .deliveries, name: "tenant_day", keys: [("tenantId", 1), ("day", 1), ("_id", -1)]),
      ] {
        let names = try names(of: index.collection, worker)
        guard !names.contains(Text("\(index.name)")) else { continue }
        _ = try worker.run(.plain) {
          $0.string("createIndexes", index.collection.rawValue)
          $0.documents("indexes", CollectionOfOne(index)) { $1.write(to: &$0) }
        }
      }
    }
  }

  private func names(of collection: Collection, _ worker: MongoWorker) throws -> [Text] {
    var reply = try worker.run(.plain) { $0.string("listIndexes", collection.rawValue) }
    var cursor = try reply.document("cursor")
    return try cursor.documents("firstBatch") { index throws(BSONError) in try index.string("name") }
  }

  private func drop(_ index: StaticString, of collection: Collection, _ store: MongoStore) async throws {
    try await store.write { worker in
      _ = try worker.run(.plain) {
        $0.string("dropIndexes", collection.rawValue)
        $0.string("index", index)
      }
    }
  }

  @Test func noWriteOfAnOrderByAnOlderVersionIsTakenEvenAfterItHasStarted() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      for isStarted in [false, true] {
        if isStarted { try await startOlder(store) }
        await #expect(throws: StoreError.self) { try await writeAsOlder(written(order), to: store) }
        #expect(try await store.order(order.id, tenant: nil) == order)
        #expect(try await store.events(of: order.id, after: 0, upTo: 99, limit: 99).count == 2)
        #expect(try await store.deliveries(of: order.id, tenant: Fixtures.tenant) == [])
        #expect(try await store.unpublished(limit: 10) == [])
      }
      // This version's own are taken all the while.
      let writes = written(order)
      #expect(try await store.commit(writes) == .committed)
      #expect(try await store.unpublished(limit: 10) == [writes.outbox])
    }
  }

  @Test func whatAnOlderVersionLeftToBePublishedIsTakenOver() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      // A database that only the older version has seen.
      try await drop(Indexes.formBefore, of: .outbox, store)
      try await startOlder(store)
      let writes = written(order)
      try await writeAsOlder(writes, to: store)
      let made = try await store.migrate()
      for line in ["validator of outbox", "form of 1 in outbox", "index form_before of outbox"] {
        #expect(made.contains(line), "\(made)")
      }
      #expect(try await store.unpublished(limit: 10) == [writes.outbox])
      #expect(try await store.migrate() == [])
      let next = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: next)) == .committed)
      await #expect(throws: StoreError.self) { try await writeAsOlder(written(next), to: store) }
    }
  }

  @Test func whatAnOlderVersionsStartHasChangedIsPutRight() async throws {
    try await withStore { store async throws in
      try await startOlder(store)
      // A delivery whose invoice was credited is invoiced again, before and after.
      for round in 0..<2 {
        let order = Fixtures.order()
        let delivery = Fixtures.delivery(of: order)
        var writes = WriteSet()
        var credited = Fixtures.invoice(of: delivery, number: "INV-2026-\(round)0")
        credited.creditNote = CreditNote(
          number: "CN-2026-\(round)", reason: nil, refund: nil, at: Fixtures.time(), by: Fixtures.by)
        writes.insertedInvoices = [credited, Fixtures.invoice(of: delivery, number: "INV-2026-\(round)1")]
        #expect(try await store.commit(writes) == .committed)
        let made = try await store.migrate()
        if round == 0 {
          #expect(
            made.contains("validator of users") && made.contains("index tenant_day of deliveries is gone"), "\(made)")
        } else {
          #expect(made == [])
        }
      }
      // A user without a password is none to the older version.
      let user = User(
        tenant: Fixtures.tenant, name: Fixtures.by, role: .admin, passwordHash: nil, createdAt: Fixtures.time())
      #expect(try await store.add(user))
    }
  }

  @Test func theOlderIndexOfInvoicesGivesItsNameAway() async throws {
    try await withStore { store async throws in
      try await drop("delivery", of: .invoices, store)
      try await startOlder(store)
      let made = try await store.migrate()
      #expect(
        made.contains("index delivery of invoices is gone") && made.contains("index delivery of invoices"), "\(made)")
      #expect(try await store.migrate() == [])
      try await startOlder(store)
      #expect(try await !store.migrate().contains { $0.contains("invoices") })
    }
  }
}
