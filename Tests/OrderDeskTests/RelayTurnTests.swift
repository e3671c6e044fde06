import HubContracts
import HubRuntime
import MongoStore
import Orders
import Testing

@testable import OrderDesk

@Suite struct RelayTurnTests {
  /// How much more the tenants of a backlog have left than one page holds.
  private static let backlog = 2 * Relay.roundLimit

  /// Entries of one order of a tenant, as if so many transactions had been left behind; older than any real one.
  private func leave(_ count: Int, of order: OrderID, _ tenant: TenantID?, from number: Int = 0, at site: Site)
    async throws
    -> [OutboxID]
  {
    let ids = (0..<count).map { OutboxID(high: 1, low: UInt32(number + $0)) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, id) in ids.enumerated() {
        // As many at a time as none of them has to wait long for.
        if number >= 8 { try await group.next() }
        group.addTask { () async throws in
          var writes = WriteSet()
          let write = UnpublishedWrite(orderID: order, tenant: tenant, firstSeq: 1, lastSeq: 1)
          writes.outbox = OutboxEntry(id: id, writes: [write])
          #expect(try await site.store.commit(writes) == .committed)
        }
      }
      try await group.waitForAll()
    }
    return ids
  }

  @Test func aTenantsBacklogDoesNotKeepOthersWaiting() async throws {
    try await withSite { site async throws in
      let dead = try await site.office(hasRedis: false)
      let (north, south) = (try site.actor(tenant: "north"), try site.actor(tenant: "south"))
      let large = try await dead.placed([("A", 1)], as: north)
      let left = try await leave(Self.backlog, of: large, north.tenant, at: site)
      // The newest of all.
      let small = try await dead.placed([("A", 1)], as: south)
      let store = FaultyStore(site.store, seed: 1)
      let alive = try await site.office(on: store)
      // Those that were not seen before wait for one more round.
      for _ in 0..<3 { _ = try await alive.relay.round() }
      let marks = store.marks.with { $0 }
      let waiting = try await site.store.unpublished(of: small)
      #expect(waiting == [])
      let first = try #require(marks.first)
      #expect(first.contains { !left.contains($0) }, "the other tenant's one is on the first page")
      #expect(first.count <= Relay.roundLimit)
      // The large tenant's go out from the oldest on, all of them.
      #expect(marks.flatMap(\.self).filter(left.contains) == left)
      for (id, tenant) in [(small, south.tenant), (large, north.tenant)] {
        let version = try #require(try await site.store.order(id, tenant: tenant)).version
        #expect(try await site.streamed(alive, id, of: tenant) == Array(1...version))
      }
    }
  }

  @Test func tenantsWithBacklogsHaveEqualPartsOfEachPage() async throws {
    try await withSite { site async throws in
      let dead = try await site.office(hasRedis: false)
      var left: [[OutboxID]] = []
      for number in 0..<3 {
        let actor = try site.actor(tenant: "t\(number)")
        let order = try await dead.placed([("A", 1)], as: actor)
        left.append(
          try await leave(Relay.roundLimit, of: order, actor.tenant, from: number * Relay.roundLimit, at: site))
      }
      let store = FaultyStore(site.store, seed: 1)
      let alive = try await site.office(on: store)
      // Those that were not seen before wait for one more round.
      for _ in 0..<3 { _ = try await alive.relay.round() }
      let marks = store.marks.with { $0 }
      for page in marks.prefix(2) {
        let parts = left.map { tenant in page.count(where: tenant.contains) }
        #expect(parts.allSatisfy { $0 == Relay.roundLimit / 3 }, "\(parts)")
      }
      for tenant in left { #expect(marks.flatMap(\.self).filter(tenant.contains) == tenant) }
    }
  }

  /// A hub that is replaced while it runs has left entries that name no tenant.
  @Test func whatNamesNoTenantHasItsTurnsToo() async throws {
    try await withSite { site async throws in
      let dead = try await site.office(hasRedis: false)
      let north = try site.actor(tenant: "north")
      let order = try await dead.placed([("A", 1)], as: north)
      let old = try await leave(Relay.roundLimit, of: order, nil, at: site)
      let new = try await leave(Relay.roundLimit, of: order, north.tenant, from: Relay.roundLimit, at: site)
      let store = FaultyStore(site.store, seed: 1)
      let alive = try await site.office(on: store)
      // Those that were not seen before wait for one more round.
      for _ in 0..<3 { _ = try await alive.relay.round() }
      let marks = store.marks.with { $0 }
      let first = try #require(marks.first)
      #expect(first.count(where: old.contains) == Relay.roundLimit / 2)
      #expect(first.count(where: new.contains) == Relay.roundLimit / 2)
      #expect(try await site.store.unpublished(limit: 1) == [])
    }
  }

  @Test func theTenantsOfWhatWaitsAreFoundInTheirOrder() async throws {
    try await withSite { site async throws in
      let ids = (0..<3).map { OutboxID(high: 1, low: $0) }
      let order = OrderID(high: 1, low: 1)
      let named = ["b", "a", "c"].map { TenantID($0) }
      func write(_ tenant: TenantID?) -> UnpublishedWrite {
        UnpublishedWrite(orderID: order, tenant: tenant, firstSeq: 1, lastSeq: 1)
      }
      for (id, part) in zip(ids, [[named[2], named[1]], [named[0]], [nil]]) {
        var writes = WriteSet()
        writes.outbox = OutboxEntry(id: id, writes: part.map(write))
        #expect(try await site.store.commit(writes) == .committed)
      }
      let store = site.store
      #expect(try await store.unpublishedTenants(after: nil, limit: 10).map(\.text) == ["a", "b", "c"])
      #expect(try await store.unpublishedTenants(after: nil, limit: 2).map(\.text) == ["a", "b"])
      #expect(try await store.unpublishedTenants(after: named[0], limit: 2).map(\.text) == ["c"])
      #expect(try await store.unpublishedTenants(after: named[2], limit: 2) == [])
      #expect(try await store.unpublished(of: try #require(named[1]), limit: 10).map(\.id) == [ids[0]])
      #expect(try await store.unpublished(of: try #require(named[0]), limit: 10).map(\.id) == [ids[1]])
      #expect(try await store.unpublished(limit: 10).map(\.id) == ids)
    }
  }
}
