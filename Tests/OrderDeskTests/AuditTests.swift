import HubContracts
import HubRuntime
import HubWire
import Orders
import Testing

@testable import MongoStore
@testable import OrderDesk
@testable import Worker

/// A store whose orders are written while they are read: an order's own part is older than what belongs to it.
private struct BusySource: PassingSource {
  let source: any AuditSource
  /// Writes an order; false when it is over.
  let write: @Sendable () async -> Bool

  func auditedOrders(after: OrderID?, tenant: TenantID?, limit: Int) async throws(StoreError) -> [AuditedOrder] {
    let before = try await source.auditedOrders(after: after, tenant: tenant, limit: limit)
    guard await write() else { return before }
    let now = try await source.auditedOrders(after: after, tenant: tenant, limit: limit)
    return zip(before, now).map { old, new in
      AuditedOrder(order: old.order, deliveries: new.deliveries, invoices: new.invoices, events: new.events)
    }
  }
}

@Suite struct AuditTests {
  @Test func anOrderThatIsWrittenAllTheWhileIsJudgedWhenItStandsStill() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      let id = try await office.placed([("A", 20)], as: ada)
      let left = Locked(6)
      let source = BusySource(source: site.store) {
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
