import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

@Suite struct PartTests {
  private func full(of order: Order) throws -> Part {
    var part = Fixtures.part(of: order)
    part.items = Fixtures.delivery(of: order).items
    let name = try #require(ParticularName("reason"))
    part.record = Particulars([
      .init(name, .text("too \u{0} dark")), .init(try #require(ParticularName("paid")), .money(Money(units: 7))),
    ])
    part.staffRecord = Particulars([.init(name, .flag(true))])
    return part
  }

  @Test func partsAreWrittenWithTheirOrderAndReadBack() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      let parts = [try full(of: order), Fixtures.part(of: order, number: 2), Fixtures.part(of: order, "shipment")]
      var (changed, writes) = Fixtures.change(of: order)
      writes.insertedParts = parts
      #expect(try await store.commit(writes) == .committed)
      func read(_ kind: PartKind? = nil, after: PartID? = nil, limit: Int = 100) async throws -> [Part] {
        try await store.parts(of: order.id, tenant: order.tenantID, kind: kind, after: after, limit: limit)
      }
      #expect(try await read() == parts)
      #expect(try await read(limit: 2) == Array(parts[..<2]))
      #expect(try await read(after: parts[1].id) == [parts[2]])
      #expect(try await read(PartKind("shipment")) == [parts[2]])
      #expect(try await read(PartKind("refund")) == [])
      #expect(
        try await store.parts(of: order.id, tenant: Fixtures.other, kind: nil, after: nil, limit: 100) == [])
      let audited = try await store.auditedOrders(after: nil, tenant: order.tenantID, limit: 10)
      #expect(audited.map(\.parts) == [parts])

      var moved = parts[0]
      moved.status = Status(rawValue: "approved")
      (changed, writes) = Fixtures.change(of: changed)
      writes.changedParts = [moved]
      #expect(try await store.commit(writes) == .committed)
      #expect(try await read() == [moved] + parts[1...])
    }
  }

  @Test func aPartIsWrittenOnlyWhereItsOrderStands() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      #expect(try await store.commit(Fixtures.creation(of: order)) == .committed)
      let part = Fixtures.part(of: order)
      var (changed, writes) = Fixtures.change(of: order)
      writes.insertedParts = [part]
      #expect(try await store.commit(writes) == .committed)
      // Decided upon what is old.
      var late = Fixtures.change(of: order).writes
      var moved = part
      moved.status = Status(rawValue: "approved")
      late.changedParts = [moved]
      #expect(try await store.commit(late) == .stale)
      // Two of one number, and one that is not there.
      var double = Fixtures.change(of: changed).writes
      double.insertedParts = [Fixtures.part(of: order)]
      #expect(try await store.commit(double) == .stale)
      var none = Fixtures.change(of: changed).writes
      none.changedParts = [Fixtures.part(of: order, number: 9)]
      #expect(try await store.commit(none) == .stale)
      #expect(
        try await store.parts(of: order.id, tenant: order.tenantID, kind: nil, after: nil, limit: 100) == [part])
      (changed, writes) = Fixtures.change(of: changed)
      writes.changedParts = [moved]
      #expect(try await store.commit(writes) == .committed)
    }
  }

  @Test func MongoDBRefusesWhatIsNoPart() async throws {
    try await withStore { store async throws in
      let order = Fixtures.order()
      var part = Fixtures.part(of: order)
      part.number = 0
      var writes = WriteSet()
      writes.insertedParts = [part]
      await #expect(throws: StoreError.self) { try await store.commit(writes) }
    }
  }
}
