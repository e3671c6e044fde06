import HubContracts
import Orders
import Testing

@testable import MongoStore

@Suite struct CommitTests {
  @Test func aWriteIsReadBackWhole() async throws {
    try await withStore { store async throws in
      let order = Fixtures.full()
      var creation = Fixtures.creation(of: order)
      creation.insertedProducts = [Fixtures.product("SKU-1")]
      creation.ledger = [Fixtures.ledgerRow("SKU-1")]
      creation.answers = [Fixtures.answer("create")]
      let scope = TallyScope(tenant: Fixtures.tenant, kind: .orders)
      let tally = TallyShard(scope: scope, shard: 3, revision: 1, counts: ["open|unpaid": 1])
      creation.tallies = [Guarded(tally, expectedVersion: 0)]
      #expect(try await store.commit(creation) == .committed)

      #expect(try await store.order(order.id, tenant: Fixtures.tenant) == order)
      #expect(try await store.order(order.id, tenant: nil) == order)
      #expect(try await store.order(order.id, tenant: Fixtures.other) == nil)
      #expect(try await store.orders([order.id, Fixtures.id(Order.self)]) == [order])
      #expect(try await store.tally(scope, shard: 3) == tally)
      #expect(try await store.tally(scope, shard: 4).revision == 0)
      #expect(try await store.tallies(scope) == [tally])
      #expect(try await store.tallies(everyTenant: .orders) == [tally])
      #expect(try await store.keptAnswer(creation.answers[0].key, for: "f") == creation.answers[0])
      #expect(try await store.products(["SKU-1", "SKU-2"], tenant: Fixtures.tenant) == creation.insertedProducts)
      #expect(try await store.products(tenant: Fixtures.tenant, after: nil, limit: 5) == creation.insertedProducts)
      #expect(try await store.products(tenant: Fixtures.tenant, after: "SKU-1", limit: 5) == [])
      #expect(
        try await store.ledger(product: "SKU-1", tenant: Fixtures.tenant, after: nil, limit: 5) == creation.ledger)

      let (changed, change) = Fixtures.change(of: order)
      #expect(try await store.commit(change) == .committed)
      #expect(try await store.order(order.id, tenant: nil) == changed)
      let delivery = change.insertedDeliveries[0]
      #expect(try await store.deliveries(of: order.id, tenant: Fixtures.tenant) == [delivery])
      #expect(try await store.deliveries(of: order.id, tenant: Fixtures.other) == [])
      #expect(try await store.delivery(delivery.id, tenant: Fixtures.tenant) == delivery)
      var today = DeliveryQuery(tenant: Fixtures.tenant, from: delivery.day, through: delivery.day, limit: 9)
      #expect(try await store.deliveries(today) == [delivery])
      today.after = DeliveryPlace(day: delivery.day, id: delivery.id)
      #expect(try await store.deliveries(today) == [])
    }
  }

  /// Whatever a rule can change, alone and in a transaction with others.
  @Test func aChangeWritesTheWholeState() async throws {
    try await withStore { store async throws in
      let placed = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: placed)) == .committed)
      var order = placed
      order.version += 1
      (order.status, order.paymentStatus) = (Status(rawValue: "completed"), .paid)
      for index in order.items.indices {
        order.items[index].delivered = order.items[index].quantity
        order.items[index].received = order.items[index].quantity
        order.items[index].invoiced = order.items[index].quantity
      }
      (order.subtotal, order.discount) = (Money(units: 7), Money(units: 1))
      (order.tax, order.total) = (Money(units: 2), Money(units: 8))
      (order.paid, order.advanceApplied) = (Money(units: 3), Money(units: 4))
      order.invoices = InvoiceCount(issued: 2, settled: 1)
      (order.deliveryCount, order.cancelReason, order.closeReason) = (2, "why", "because")
      order.updatedAt = Fixtures.time(9)
      var writes = WriteSet()
      writes.changedOrders = [Guarded(order, expectedVersion: placed.version)]
      #expect(try await store.commit(writes) == .committed)
      #expect(try await store.order(placed.id, tenant: nil) == order)
    }
  }

  @Test func aStaleVersionWritesNothing() async throws {
    try await withStore { store async throws in
      let (one, two) = (Fixtures.order(), Fixtures.order())
      var both = Fixtures.creation(of: one)
      both.insertedOrders.append(two)
      #expect(try await store.commit(both) == .committed)
      var writes = Fixtures.change(of: one).writes
      writes.changedOrders.append(Guarded(Fixtures.change(of: two).order, expectedVersion: 1))
      #expect(try await store.commit(writes) == .stale)
      #expect(try await store.order(one.id, tenant: nil) == one)
      #expect(try await store.deliveries(of: one.id, tenant: Fixtures.tenant) == [])
      #expect(try await store.events(of: one.id, after: 0, upTo: 99, limit: 99).count == 2)
    }
  }

  @Test func aSingleGuardedDocumentIsGuardedToo() async throws {
    try await withStore { store async throws in
      var writes = WriteSet()
      writes.insertedProducts = [Fixtures.product("A")]
      #expect(try await store.commit(writes) == .committed)
      #expect(try await store.commit(writes) == .stale)
      var product = Fixtures.product("A")
      product.version = 2
      writes = WriteSet()
      writes.changedProducts = [Guarded(product, expectedVersion: 1)]
      #expect(try await store.commit(writes) == .committed)
      #expect(try await store.commit(writes) == .stale)
      writes.changedProducts = [Guarded(product, expectedVersion: 2)]
      await #expect(throws: StoreError.self) { try await store.commit(writes) }
      #expect(try await store.commit(WriteSet()) == .committed)
    }
  }

  @Test func whatIsUniqueIsUnique() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order(number: "ORD-1")
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      #expect(try await store.commit(Fixtures.creation(of: Fixtures.order(number: "ORD-1"))) == .stale)
      let elsewhere = Fixtures.order(number: "ORD-1", tenant: Fixtures.other)
      #expect(try await store.commit(Fixtures.creation(of: elsewhere)) == .committed)

      let delivery = Fixtures.delivery(of: order)
      var writes = WriteSet()
      writes.insertedInvoices = [Fixtures.invoice(of: delivery, number: "INV-1")]
      writes.invoiceNumbers = [InvoiceNumbering(tenant: Fixtures.tenant, year: 2026, expectedLast: 0, last: 1)]
      #expect(try await store.commit(writes) == .committed)
      #expect(try await store.lastNumber(.invoice, tenant: Fixtures.tenant, year: 2026) == 1)
      #expect(try await store.lastNumber(.invoice, tenant: Fixtures.tenant, year: 2025) == 0)
      #expect(try await store.commit(writes) == .stale)
      writes.insertedInvoices = [Fixtures.invoice(of: delivery, number: "INV-2")]
      writes.invoiceNumbers = [InvoiceNumbering(tenant: Fixtures.tenant, year: 2026, expectedLast: 1, last: 2)]
      #expect(try await store.commit(writes) == .stale)
      #expect(try await store.lastNumber(.invoice, tenant: Fixtures.tenant, year: 2026) == 1)
      #expect(try await store.invoices(of: order.id, tenant: Fixtures.tenant, after: nil, limit: 10).count == 1)

      // Once the first is credited, the delivery may have another one; and again.
      var change = WriteSet()
      let note = { (number: String) in
        CreditNote(number: number, reason: nil, refund: nil, at: Fixtures.time(), by: Fixtures.by)
      }
      var credited = try #require(
        try await store.invoices(of: order.id, tenant: Fixtures.tenant, after: nil, limit: 10).first)
      credited.creditNote = note("CN-1")
      change.changedInvoices = [credited]
      #expect(try await store.commit(change) == .committed)
      #expect(try await store.commit(writes) == .committed)
      var second = writes.insertedInvoices[0]
      second.creditNote = note("CN-1")
      change.changedInvoices = [second]
      // Two notes of one number cannot be; of another tenant's they can.
      #expect(try await store.commit(change) == .stale)
      second.creditNote = note("CN-2")
      change.changedInvoices = [second]
      change.invoiceNumbers = [
        InvoiceNumbering(.credit, tenant: Fixtures.tenant, year: 2026, expectedLast: 0, last: 2)
      ]
      #expect(try await store.commit(change) == .committed)
      #expect(try await store.lastNumber(.credit, tenant: Fixtures.tenant, year: 2026) == 2)
      #expect(try await store.lastNumber(.invoice, tenant: Fixtures.tenant, year: 2026) == 2)
      #expect(try await store.years(of: .credit, tenant: Fixtures.tenant) == [2026])
      let notes = try await store.numbers(of: .credit, tenant: Fixtures.tenant, prefix: "CN-", after: "CN-1", limit: 9)
      #expect(notes == ["CN-2"])
    }
  }

  @Test func anAnswerThatIsThereEndsTheWrite() async throws {
    try await withStore { store async throws in
      let first = Fixtures.answer("two")
      #expect(try await store.keep(first))
      #expect(try await !store.keep(first))
      let order = Fixtures.order()
      var writes = Fixtures.creation(of: order)
      writes.answers = [Fixtures.answer("one"), Fixtures.answer("two"), Fixtures.answer("three")]
      #expect(try await store.commit(writes) == .answered([first.key]))
      #expect(try await store.order(order.id, tenant: nil) == nil)
      #expect(try await store.keptAnswer(writes.answers[0].key, for: "f") == nil)
    }
  }

  @Test func aTallyMovesOnlyFromItsRevision() async throws {
    try await withStore { store async throws in
      let scope = TallyScope(tenant: Fixtures.tenant, kind: .deliveries(day: "2026-06-01"))
      var writes = Fixtures.creation(of: Fixtures.order())
      writes.tallies = [
        Guarded(TallyShard(scope: scope, shard: 0, revision: 1, counts: ["pending": 1]), expectedVersion: 0)
      ]
      #expect(try await store.commit(writes) == .committed)
      var second = Fixtures.creation(of: Fixtures.order())
      second.tallies = writes.tallies
      #expect(try await store.commit(second) == .stale)
      second.tallies = [
        Guarded(TallyShard(scope: scope, shard: 0, revision: 2, counts: ["pending": 2]), expectedVersion: 1)
      ]
      #expect(try await store.commit(second) == .committed)
      #expect(try await store.tallies(scope).map(\.counts) == [["pending": 2]])
    }
  }

  @Test func ofManyWritersOfOneOrderExactlyOneWins() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      let outcomes = try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
        for _ in 0..<24 { group.addTask { try await store.commit(Fixtures.change(of: order).writes) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.filter { $0 == .committed }.count == 1)
      #expect(outcomes.filter { $0 == .stale }.count == 23)
      #expect(try await store.deliveries(of: order.id, tenant: Fixtures.tenant).count == 1)
      #expect(try await store.events(of: order.id, after: 0, upTo: 99, limit: 99).map(\.seq) == [1, 2, 3, 4, 5])
    }
  }

  @Test func ofManyWritersOfOneKeyExactlyOneWins() async throws {
    try await withStore { store async throws in
      let outcomes = try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
        for _ in 0..<16 {
          group.addTask {
            var writes = Fixtures.creation(of: Fixtures.order())
            writes.answers = [Fixtures.answer("same")]
            return try await store.commit(writes)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.filter { $0 == .committed }.count == 1)
      #expect(outcomes.filter { $0 == .answered([Fixtures.answer("same").key]) }.count == 15)
    }
  }

  @Test func invoiceNumbersHaveNoGapsUnderTwentyWriters() async throws {
    try await withStore { store async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            for _ in 0..<200 {
              let last = try await store.lastNumber(.invoice, tenant: Fixtures.tenant, year: 2026)
              let delivery = Fixtures.delivery(of: Fixtures.order())
              var writes = WriteSet()
              writes.insertedInvoices = [Fixtures.invoice(of: delivery, number: "INV-\(last + 1)")]
              writes.invoiceNumbers = [
                InvoiceNumbering(tenant: Fixtures.tenant, year: 2026, expectedLast: last, last: last + 1)
              ]
              if try await store.commit(writes) == .committed { return }
            }
            Issue.record("a writer never got its turn")
          }
        }
        try await group.waitForAll()
      }
      #expect(try await store.lastNumber(.invoice, tenant: Fixtures.tenant, year: 2026) == 20)
      let numbers = try await store.numbers(
        of: .invoice, tenant: Fixtures.tenant, prefix: "INV-", after: nil, limit: 100)
      let expected = (1...20).map { "INV-\($0)" }
      #expect(numbers == expected.sorted())
    }
  }

  @Test func orderNumbersAreTakenOnce() async throws {
    try await withStore { store async throws in
      let taken = try await withThrowingTaskGroup(of: Int64.self) { group in
        for _ in 0..<20 {
          group.addTask { try await store.takeOrderNumbers(tenant: Fixtures.tenant, year: 2026, count: 5) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let firsts: [Int64] = Array(stride(from: 1, to: 100, by: 5))
      #expect(taken.sorted() == firsts)
      #expect(try await store.takeOrderNumbers(tenant: Fixtures.tenant, year: 2027, count: 1) == 1)
      await #expect(throws: StoreError.self) {
        try await store.takeOrderNumbers(tenant: Fixtures.tenant, year: 2026, count: 0)
      }
    }
  }

  @Test func aWriteLargerThanOneCommandIsStillOneWrite() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      var writes = Fixtures.creation(of: order)
      writes.events = Fixtures.events(of: order, from: 1, to: 40, bytes: 500_000)
      writes.ledger = (0..<10_100).map { _ in Fixtures.ledgerRow("A") }
      var writer = BSONWriter()
      #expect(try CommitPlan(writes, to: &writer).commands.count == 5)
      #expect(try await store.commit(writes) == .committed)
      // They come to more than one page.
      var read: [RecordedEvent] = []
      for _ in 0..<40 where read.count < 40 {
        read += try await store.events(of: order.id, after: read.last?.seq ?? 0, upTo: 40, limit: 100)
      }
      #expect(read == writes.events)
    }
  }

  @Test func theServerItselfRefusesWhatMustNotBe() async throws {
    try await withStore { store async throws in
      var order = Fixtures.order()
      order.items[0].delivered = Quantity(millionths: -1)
      await #expect(throws: StoreError.self) { try await store.commit(Fixtures.creation(of: order)) }
      order = Fixtures.order(items: 0)
      await #expect(throws: StoreError.self) { try await store.commit(Fixtures.creation(of: order)) }
      #expect(try await store.order(order.id, tenant: nil) == nil)
    }
  }
}
