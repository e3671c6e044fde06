import HubContracts
import HubRuntime
import HubTestSupport
import MongoStore
import Orders
import Testing

/// Stock and its places over a whole hub: every answer is held against the description.
@Suite struct InventoryTests {
  @Test func goodsAreMovedListedAndAudited() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let root = try ada.other("root", .admin)
    for id in ["chair", "desk"] {
      #expect(try await root.post("/api/products", #"{"productId":"\#(id)","unitPrice":2}"#).status == 201)
    }
    let path = "/api/products/desk/stock"
    #expect(try await ada.post(path, #"{"kind":"receipt","quantity":8}"#).status == 201)
    let held = try await ada.post(path, #"{"from":"available","to":"on_hold","quantity":3,"reason":"wet"}"#, key: "a")
    #expect(held.status == 201 && held["movement"]["from"] == "available" && held["movement"]["to"] == "on_hold")
    let again = try await ada.post(path, #"{"from":"available","to":"on_hold","quantity":3,"reason":"wet"}"#, key: "a")
    #expect(again.text == held.text && again.headers["idempotent-replayed"] == "true")
    #expect(
      try await ada.post(path, #"{"from":"on_hold","to":"damaged","quantity":4,"reason":"torn"}"#).outcome
        == "409 exceeds_stock")
    #expect(
      try await ada.post(path, #"{"from":"on_hold","to":"shelf","quantity":1,"reason":"dry"}"#).outcome
        == "422 validation_failed")
    #expect(try await ada.post(path, #"{"from":"on_hold","to":"damaged","quantity":1,"reason":"torn"}"#).status == 201)

    let (order, tenant) = (RandomIdentities().next(Order.self), try #require(TenantID(ada.tenant)))
    try await hub.reserve(2, of: "desk", for: order, tenant)
    let list = try await ada.get("/api/inventory?limit=1")
    #expect(list["inventory"].items.map { $0["productId"] } == ["chair"])
    let next = try await ada.get("/api/inventory?cursor=\(list["pagination"]["nextCursor"].text)")
    let desk = next["inventory"][0]
    #expect(
      ["available", "reserved", "onHold", "damaged"].map { desk[$0] } == [3, 2, 2, 1] as [Document], "\(next)")
    let open = try await ada.get("/api/inventory/desk/reservations")
    #expect(open["reserved"] == 2 && open["reservations"].items.count == 1)
    let row = open["reservations"][0]
    #expect(row["orderId"] == .string("\(order)") && row["owner"] == "cleo" && row["quantity"] == 2)
    #expect(row["expiresAt"] == "2030-01-01T00:00:00.000Z" && row["orderNumber"] == .null)
    #expect(try await ada.get("/api/inventory/chair/reservations")["reservations"] == .array([]))
    #expect(try await ada.get("/api/inventory/nothing/reservations").outcome == "404 product_not_found")
    #expect(try await ada.get("/api/inventory/desk/reservations?cursor=1").outcome == "422 validation_failed")
    let ledger = try await ada.get("/api/products/desk/ledger")["ledger"].items
    #expect(Set(ledger.map { $0["kind"].text }) == ["receipt", "transfer", "reserved"])
    let customer = try ada.other("cleo", .customer)
    for path in ["/api/inventory", "/api/inventory/desk/reservations"] {
      #expect(try await customer.get(path).outcome == "403 forbidden")
    }

    try await hub.misreckon("desk", tenant)
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    let finding = "\(ada.tenant)  desk  reserved is 9, its ledger sums to 2"
    #expect(audit.output.contains(finding), "\(audit)")
    let repair = try await CommandLineRun.orderhub(["audit", "--repair"], hub: hub)
    #expect(repair.output.contains("\(finding)  [repaired]"), "\(repair)")
    #expect(try await ada.get("/api/inventory/desk/reservations")["reserved"] == 2)
    let after = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(!after.output.contains(" \(ada.tenant) "), "\(after)")
  }
}

extension Hub {
  /// Sets units aside as a step of a workflow does, for an order that is not there.
  fileprivate func reserve(_ units: Int64, of id: Text, for order: OrderID, _ tenant: TenantID) async throws {
    let store = try store()
    let read = try #require(try await store.products([id], tenant: tenant).first)
    let quantity = Quantity(millionths: units * Quantity.scale)
    var next = read
    next.onHand = try #require(read.onHand.subtracting(quantity))
    next.reserved = quantity
    next.version += 1
    var writes = WriteSet()
    writes.changedProducts = [Guarded(next, expectedVersion: read.version)]
    writes.ledger = [
      LedgerRow(
        id: RandomIdentities().next(LedgerRow.self), tenantID: tenant, productID: id, kind: .reserved,
        onHand: Quantity(millionths: -quantity.millionths), reserved: quantity, orderID: order,
        hold: LedgerRow.Hold(seq: 2, owner: "cleo", expiresAt: Timestamp(millis: 1_893_456_000_000)),
        by: try #require(UserID("ada")), at: SystemClock().now())
    ]
    let outcome = try await store.commit(writes)
    await store.close()
    #expect(outcome == .committed)
  }

  /// Has a product say that 9 are reserved, whatever its ledger says.
  fileprivate func misreckon(_ id: Text, _ tenant: TenantID) async throws {
    let store = try store()
    let read = try #require(try await store.products([id], tenant: tenant).first)
    var next = read
    next.reserved = Quantity(millionths: 9 * Quantity.scale)
    next.version += 1
    var writes = WriteSet()
    writes.changedProducts = [Guarded(next, expectedVersion: read.version)]
    let outcome = try await store.commit(writes)
    await store.close()
    #expect(outcome == .committed)
  }
}
