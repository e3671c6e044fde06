import HubContracts
import HubRuntime
import HubWire
import Orders
import Testing

@testable import MongoStore
@testable import OrderDesk
@testable import Worker

/// A store whose orders are written while they are read: an order's own part is older than what belongs to it.
private struct BusySource: AuditSource {
  let store: any AuditSource
  /// Writes an order; false when it is over.
  let write: @Sendable () async -> Bool

  func auditedOrders(after: OrderID?, tenant: TenantID?, limit: Int) async throws(StoreError) -> [AuditedOrder] {
    let before = try await store.auditedOrders(after: after, tenant: tenant, limit: limit)
    guard await write() else { return before }
    let now = try await store.auditedOrders(after: after, tenant: tenant, limit: limit)
    return zip(before, now).map { old, new in
      AuditedOrder(order: old.order, deliveries: new.deliveries, invoices: new.invoices, events: new.events)
    }
  }

  func auditedProducts(tenant: TenantID, after: Text?, limit: Int) async throws(StoreError) -> [AuditedProduct] {
    try await store.auditedProducts(tenant: tenant, after: after, limit: limit)
  }
  func tenants() async throws(StoreError) -> [TenantID] { try await store.tenants() }
  func years(of series: NumberSeries, tenant: TenantID) async throws(StoreError) -> [Int] {
    try await store.years(of: series, tenant: tenant)
  }
  func numbers(
    of series: NumberSeries, tenant: TenantID, prefix: String, after: String?, limit: Int
  ) async throws(StoreError) -> [String] {
    try await store.numbers(of: series, tenant: tenant, prefix: prefix, after: after, limit: limit)
  }
  func allTallies(after: TallyShard?, limit: Int) async throws(StoreError) -> [TallyShard] {
    try await store.allTallies(after: after, limit: limit)
  }
  func recount(_ scope: TallyScope) async throws(StoreError) -> [RecountRow] { try await store.recount(scope) }
  func repair(
    _ scope: TallyScope, counts: @escaping @Sendable ([RecountRow]) -> [Text: Int64]
  ) async throws(StoreError) -> TallyRepair { try await store.repair(scope, counts: counts) }
}

@Suite struct AuditTests {
  @Test func anOrderThatIsWrittenAllTheWhileIsJudgedWhenItStandsStill() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      let id = try await office.placed([("A", 20)], as: ada)
      let left = Locked(6)
      let source = BusySource(store: site.store) {
        guard
          left.with({ left in
            left -= 1; return left >= 0
          })
        else { return false }
        return await office.deliver(1, from: id, as: ada).status == 201
      }
      #expect(try await Audit(source: source).run(repair: false) { _ in }.findings == [])
      #expect(left.with { $0 } < 0, "it was looked at until nobody wrote")
      #expect(try await site.deliveries(id).count == 6)
      // What is wrong and stands still is told, however often it is looked at.
      try await site.damage(.orders, "\(id)", set: "version", to: 99)
      let findings = try await Audit(source: source).run(repair: false) { _ in }.findings
      #expect(findings.contains { $0.area == "order" && $0.detail.hasPrefix("version is 99") }, "\(findings)")
    }
  }
}
