import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

@Suite struct SearchRenewalTests {
  /// A worker that is killed in the midst of it leaves the rest to the next one, and orders are found all the time.
  @Test func aWorkerGoesOnWhereOneThatWasKilledStopped() async throws {
    let hub = try await Hub.own()
    defer { hub.end() }
    let ada = try hub.caller()
    let first = try await ada.place([("p1", "1")])
    let store = try hub.store()
    let orders = try await makeFormer(2_200, like: #require(OrderID(first.id)), store)

    func total(_ question: String) async throws -> Int {
      try await ada.get("/api/orders?search=\(question)&limit=1")["pagination"]["total"].whole
    }
    #expect(try await total("D%C3%ADaz") == 2_200)
    #expect(try await total("diaz") == 0)

    // The fourth step cannot end while somebody writes one of its orders.
    let isHeld = Locked(true)
    let holder = Task { try await hold(orders[1_700], store, while: { isHeld.with { $0 } }) }
    let killed = try Hub.start("worker", "WORKER_PORT", Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort))
    try await eventually("three steps are done") { try await place(store)?.step == 3 }
    killed.stop()
    isHeld.with { $0 = false }
    try await holder.value
    let left = try #require(try await place(store))
    #expect(!left.isDone && left.after == orders[1_499] && left.renewed == 1_500)
    // Those of either rule are found, and counted once.
    #expect(try await total("D%C3%ADaz") == 2_200)

    let next = try Hub.start("worker", "WORKER_PORT", Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort))
    defer { next.stop() }
    try await eventually("all orders are looked at") { try await place(store).map { $0.due.millis > 0 } ?? false }
    #expect(try await total("diaz") == 2_200)
    #expect(try await total("D%C3%ADaz") == 2_200)
    let idle = try await CommandLineRun.orderhub(["migrate", "--search"], hub: hub)
    #expect(idle.output == "everything was there already\n0 orders have new search words\n", "\(idle)")
    try await FormerState.write([orders[3]], store)
    #expect(try await total("diaz") == 2_199)
    let again = try await CommandLineRun.orderhub(["migrate", "--search"], hub: hub)
    #expect(again.output.hasSuffix("\n1 orders have new search words\n"), "\(again)")
    #expect(try await total("diaz") == 2_200)
    await store.close()
  }

  private func place(_ store: MongoStore) async throws -> RenewalPlace? {
    try await store.read { worker in try worker.renewalPlace() }
  }

  /// A database of the version before with so many orders of one name.
  private func makeFormer(_ count: Int, like id: OrderID, _ store: MongoStore) async throws -> [OrderID] {
    let found = try await store.order(id, tenant: nil)
    let pattern = try #require(found)
    let orders = (0..<count).map { index in
      Order(
        id: Identifier(high: pattern.id.high, low: UInt32(index)), tenantID: pattern.tenantID,
        number: "ORD-1999-\(100_000 + index)", workflow: pattern.workflow, status: pattern.status,
        paymentStatus: pattern.paymentStatus, version: pattern.version, currency: pattern.currency,
        customer: Customer(name: "Elena Díaz"), items: pattern.items, subtotal: pattern.subtotal,
        discount: pattern.discount, tax: pattern.tax, total: pattern.total, paid: pattern.paid, advance: nil,
        advanceApplied: .zero, invoices: pattern.invoices, deliveryCount: pattern.deliveryCount, notes: nil,
        deliveryDate: nil, createdBy: pattern.createdBy, createdAt: pattern.createdAt, updatedAt: pattern.updatedAt)
    }
    for start in stride(from: 0, to: count, by: 500) {
      var writes = WriteSet()
      writes.insertedOrders = Array(orders[start..<min(start + 500, count)])
      #expect(try await store.commit(writes) == .committed)
    }
    try await FormerState.write(orders.map(\.id), store)
    try await store.write { worker in
      _ = try worker.run(.plain) {
        $0.string("delete", Collection.migrations.rawValue)
        $0.documents("deletes", CollectionOfOne(0)) { writer, _ in
          writer.document("q") { _ in }
          writer.int32("limit", 0)
        }
      }
    }
    return orders.map(\.id)
  }

  /// Keeps an order in a transaction that is never committed.
  private func hold(_ order: OrderID, _ store: MongoStore, while isHeld: @escaping @Sendable () -> Bool) async throws {
    try await store.write { worker in
      try worker.beginTransaction()
      defer { worker.abortTransaction() }
      _ = try worker.run(.plain) {
        $0.string("update", Collection.orders.rawValue)
        $0.documents("updates", CollectionOfOne(order)) { writer, order in
          writer.document("q") { $0.identifier("_id", order) }
          writer.document("u") { $0.document("$set") { $0.bool("held", true) } }
        }
      }
      while isHeld() { usleep(5_000) }
    }
  }
}

/// What the version before wrote for Elena Díaz.
private enum FormerState {
  static func write(_ orders: [OrderID], _ store: MongoStore) async throws {
    try await store.write { worker in
      _ = try worker.run(.plain) {
        $0.string("update", Collection.orders.rawValue)
        $0.documents("updates", CollectionOfOne(orders)) { writer, orders in
          writer.document("q") { $0.document("_id") { $0.identifiers("$in", orders) } }
          writer.document("u") { $0.document("$set") { $0.strings("search", ["elena", "díaz"]) } }
          writer.bool("multi", true)
        }
      }
    }
  }
}
