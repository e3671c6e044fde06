import HubContracts
import HubWire
import Orders
import Testing

@testable import MongoStore

/// A tenant's invoices over all orders.
@Suite struct InvoiceListTests {
  /// Invoices in all states, whose moments often fall together, a tenth of them another tenant's.
  private func fill(_ store: MongoStore, _ count: Int) async throws -> [Invoice] {
    let invoices = (0..<count).map { (index: Int) -> Invoice in
      let order = Fixtures.order(
        tenant: index % 10 == 9 ? Fixtures.other : Fixtures.tenant, at: Fixtures.time(Int64(index / 4)), items: 1)
      var invoice = Fixtures.invoice(of: Fixtures.delivery(of: order), number: "INV-2026-\(100_000 + index)")
      switch index * 5 % 8 {
      case 0: invoice.paid = invoice.total
      case 1: invoice.paid = Money(units: 1)
      case 2: invoice.advanceApplied = Money(units: 1)
      case 3: (invoice.advanceApplied, invoice.paid) = (Money(units: 1), Money(units: invoice.total.units - 1))
      case 4:
        invoice.creditNote = CreditNote(
          number: "CN-2026-\(100_000 + index)", reason: nil, refund: nil, at: Fixtures.time(), by: Fixtures.by)
      // What rounding leaves nothing of is paid; what it adds to is not.
      case 5: (invoice.total, invoice.rounding) = (Money(units: 4), Money(units: -4))
      case 6: (invoice.paid, invoice.rounding) = (invoice.total, Money(units: 3))
      default: break
      }
      return invoice
    }
    for start in stride(from: 0, to: count, by: 500) {
      var writes = WriteSet()
      writes.insertedInvoices = Array(invoices[start..<min(start + 500, count)])
      #expect(try await store.commit(writes) == .committed)
    }
    return invoices
  }

  /// As an older version left them: some of the invoices, or all.
  private func forgetStatus(_ store: MongoStore, ofThoseFrom first: String) async throws {
    try await store.write { worker in
      _ = try worker.run(.plain) {
        $0.string("update", Collection.invoices.rawValue)
        $0.documents("updates", CollectionOfOne(first)) { writer, first in
          writer.document("q") { $0.document("number") { $0.string("$gte", first) } }
          writer.document("u") { $0.document("$unset") { $0.int32("paymentStatus", 1) } }
          writer.bool("multi", true)
        }
      }
    }
  }

  private func expected(_ query: InvoiceQuery, _ invoices: [Invoice]) -> [Invoice] {
    invoices.filter { invoice in
      invoice.tenantID == query.tenant && invoice.createdAt >= (query.from ?? Timestamp(millis: 0))
        && invoice.createdAt < (query.before ?? Timestamp(millis: .max))
        && (query.statuses.isEmpty || query.statuses.contains(invoice.paymentStatus))
    }.sorted { ($1.createdAt, $1.id.high, $1.id.low) < ($0.createdAt, $0.id.high, $0.id.low) }
  }

  private var queries: [InvoiceQuery] {
    let times: [(Timestamp?, Timestamp?)] = [(nil, nil), (Fixtures.time(50), Fixtures.time(120))]
    let statuses: [[PaymentStatus]] = [
      [], [.unpaid], [.partiallyPaid], [.paid], [.refunded], [.unpaid, .partiallyPaid], [.partiallyRefunded],
    ]
    return times.flatMap { times in
      statuses.map {
        InvoiceQuery(tenant: Fixtures.tenant, statuses: $0, from: times.0, before: times.1, limit: 23)
      }
    }
  }

  private func expectAll(_ invoices: [Invoice], _ store: MongoStore) async throws {
    for var query in queries {
      let wanted = expected(query, invoices)
      #expect(!wanted.isEmpty || query.statuses == [.partiallyRefunded])
      var seen: [Invoice] = []
      while true {
        let page = try await store.invoices(query)
        seen += page
        guard page.count == query.limit, let last = page.last else { break }
        query.after = InvoicePlace(createdAt: last.createdAt, id: last.id)
      }
      #expect(seen == wanted, "\(query)")
    }
  }

  @Test func everyFilterGivesItsInvoicesInOrderOverPagesWhicheverVersionWroteThem() async throws {
    try await withStore { store async throws in
      let invoices = try await fill(store, 600)
      try await expectAll(invoices, store)
      try await forgetStatus(store, ofThoseFrom: "INV-2026-100300")
      try await expectAll(invoices, store)
      try await forgetStatus(store, ofThoseFrom: "INV-2026-100000")
      try await expectAll(invoices, store)
      for limit in [0, 1_001] {
        await #expect(throws: StoreError.self) {
          try await store.invoices(InvoiceQuery(tenant: Fixtures.tenant, limit: limit))
        }
      }
    }
  }

  @Test func whatAnOlderVersionWroteIsNamedAPartAtATime() async throws {
    try await withStore { store async throws in
      let invoices = try await fill(store, 300)
      try await forgetStatus(store, ofThoseFrom: "INV-2026-100000")
      var named: [Int] = []
      var last: Text?
      repeat {
        let step = try await store.nameStatus(ofInvoicesAfter: last, limit: 100)
        #expect(step.left == [] && step.postponed == [])
        named.append(step.changed)
        last = step.last
      } while last != nil
      #expect(named == [100, 100, 100, 0])
      #expect(try await store.nameStatus(ofInvoicesAfter: nil, limit: 1_000) == WalkStep())
      try await expectAll(invoices, store)
    }
  }

  @Test func noListScansSortsOrReadsMoreThanItsPage() async throws {
    try await withStore { store async throws in
      let invoices = try await fill(store, 2_000)
      for var query in queries {
        let wanted = expected(query, invoices)
        for middle in [nil, wanted.dropFirst(wanted.count / 2).first] {
          query.after = middle.map { InvoicePlace(createdAt: $0.createdAt, id: $0.id) }
          let filter = InvoiceFilter(query: query)
          let reading = try await explain(store) { filter.page(filter.query.limit) }
          #expect(reading.stages.isDisjoint(with: ["COLLSCAN", "SORT"]), "\(query): \(reading)")
          // Ranges of five states and of none, and those of the place's own moment.
          #expect(reading.documentsExamined <= Int64(query.limit) + 12, "\(query): \(reading)")
          #expect(reading.keysExamined <= Int64(query.limit) + 7 * 6, "\(query): \(reading)")
        }
      }
    }
  }
}
