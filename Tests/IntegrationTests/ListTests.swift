import Foundation
import HubTestSupport
import Orders
import Testing

/// Lists over all orders, and orders by their number, over HTTP.
@Suite struct ListTests {
  /// All that a list has, page by page.
  private func walk(_ caller: Caller, _ path: String, _ name: String) async throws -> [Document] {
    var seen: [Document] = []
    var cursor = ""
    for _ in 0..<50 {
      let page = try await caller.get("\(path)&limit=2\(cursor)")
      guard page.status == 200 else { throw TestServerError("no page: \(page)") }
      #expect(page[name].items.count <= 2)
      #expect(page["pagination"]["limit"] == 2)
      seen += page[name].items
      guard case .string(let next) = page["pagination"]["nextCursor"] else { return seen }
      cursor = "&cursor=\(next)"
    }
    throw TestServerError("a list of more than 50 pages")
  }

  @Test func anOrderIsReadAndWrittenByItsNumber() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "3")], extra: #","notes":"n""#)
    let number = order["orderNumber"].text
    let delivered = try await ada.post(
      "/api/orders/\(number)/deliveries", #"{"items":[{"productId":"p1","quantity":1}]}"#)
    #expect(delivered["delivery"]["orderId"].text == order.id)
    for view in ["", "/remaining", "/progress", "/events", "/deliveries", "/invoices"] {
      for process in 0..<2 {
        let byNumber = try await ada.at(process).get("/api/orders/\(number)\(view)")
        #expect(byNumber.status == 200, "\(byNumber)")
        #expect(byNumber.body == (try await ada.get("/api/orders/\(order.id)\(view)")).body)
      }
    }
    let eve = try await Hub.shared().caller()
    #expect(try await eve.get("/api/orders/\(number)").outcome == "404 order_not_found")
    let own = try await eve.place([("p1", "1")])
    // Each tenant counts for itself: one number names the order of who asks.
    if own["orderNumber"] == order["orderNumber"] {
      #expect(try await eve.get("/api/orders/\(number)")["order"].id == own.id)
    }
    let grace = try ada.other("grace", .customer)
    #expect(try await grace.get("/api/orders/\(number)").outcome == "404 order_not_found")
  }

  @Test func deliveriesAreListedByDayAndStatus() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "9")])
    var made: [(day: String, status: String, id: String)] = []
    for (day, status) in [
      ("2026-05-01", "pending"), ("2026-05-02", "dispatched"), ("2026-05-02", "delivered"), ("2026-05-02", "pending"),
      ("2026-05-04", "pending"),
    ] {
      let reply = try await ada.post(
        "/api/orders/\(order.id)/deliveries",
        #"{"items":[{"productId":"p1","quantity":1}],"date":"\#(day)","status":"\#(status)"}"#)
      #expect(reply.status == 201, "\(reply)")
      made.append((day, status, reply["delivery"].id))
    }
    func expectList(_ query: String, _ fits: ((day: String, status: String, id: String)) -> Bool) async throws {
      let seen = try await walk(ada, "/api/deliveries?\(query)", "deliveries").map(\.id)
      // The newest day first, and of a day the newest.
      #expect(seen == made.filter(fits).map(\.id).reversed(), "\(query)")
    }
    try await expectList("") { _ in true }
    try await expectList("day=2026-05-02") { $0.day == "2026-05-02" }
    try await expectList("from=2026-05-02") { $0.day >= "2026-05-02" }
    try await expectList("to=2026-05-02") { $0.day <= "2026-05-02" }
    try await expectList("from=2026-05-02&to=2026-05-03&status=pending") {
      $0.day == "2026-05-02" && $0.status == "pending"
    }
    try await expectList("status=pending,delivered") { ["pending", "delivered"].contains($0.status) }
    // A delivery that moves on is in the other list at once.
    #expect(try await ada.move(["id": .string(made[4].id)], to: "dispatched").status == 200)
    made[4].status = "dispatched"
    try await expectList("status=pending") { $0.status == "pending" }
    try await expectList("status=dispatched") { $0.status == "dispatched" }
    let whole = try await ada.get("/api/deliveries?day=2026-05-01")["deliveries"][0]
    #expect(whole == (try await ada.deliveries(order)).first)
    #expect(try await ada.get("/api/deliveries?day=2026-05-03").body["deliveries"] == .empty)
    for query in ["day=2026-05-32", "day=2026-05-01&to=2026-05-01", "status=open", "cursor=x", "limit=101", "sort=day"]
    {
      #expect(try await ada.get("/api/deliveries?\(query)").outcome == "422 validation_failed", "\(query)")
    }
    try await expectClosed("/api/deliveries", ada)
  }

  @Test func invoicesAreListedByStatusAndMonth() async throws {
    let root = try await Hub.shared().caller(role: .admin)
    var invoices: [Document] = []
    for _ in 0..<5 {
      let order = try await root.place([("p1", "1")])
      invoices.append(try await root.invoice(try await root.deliver(order, "1")["delivery"])["invoice"])
    }
    func expectList(_ query: String, _ places: [Int]) async throws {
      let seen = try await walk(root, "/api/invoices?\(query)", "invoices").map(\.id)
      #expect(seen == places.reversed().map { invoices[$0].id }, "\(query)")
    }
    try await expectList("status=unpaid", [0, 1, 2, 3, 4])
    #expect(try await root.pay(invoices[1], "4").status == 201)
    #expect(try await root.pay(invoices[2], "10").status == 201)
    #expect(try await root.credit(invoices[3]).status == 201)
    try await expectList("", [0, 1, 2, 3, 4])
    try await expectList("status=unpaid", [0, 4])
    try await expectList("status=partially_paid", [1])
    try await expectList("status=unpaid,partially_paid", [0, 1, 4])
    try await expectList("status=paid", [2])
    try await expectList("status=refunded", [3])
    let month = String(invoices[0]["createdAt"].text.prefix(7))
    let last = String(invoices[4]["createdAt"].text.prefix(7))
    // A month may end while this runs.
    if month == last { try await expectList("month=\(month)&status=unpaid,paid", [0, 2, 4]) }
    try await expectList("month=2020-02", [])
    let shown = try await root.get("/api/invoices?status=partially_paid")["invoices"][0]
    #expect(shown == (try await root.get("/api/invoices/\(invoices[1].id)"))["invoice"])
    for query in ["month=2026-13", "month=2026-01-01", "status=open", "cursor=x", "limit=0", "customer=a"] {
      #expect(try await root.get("/api/invoices?\(query)").outcome == "422 validation_failed", "\(query)")
    }
    try await expectClosed("/api/invoices", root)
  }

  /// Customers, sellers and kiosks read what hangs on their own orders there.
  private func expectClosed(_ path: String, _ caller: Caller) async throws {
    for role in Role.allCases {
      let reply = try await caller.other("grace", role).get(path)
      #expect(reply.outcome == (role.sight == .business ? "200" : "403 forbidden"), "\(role)")
    }
    let other = try await Hub.shared().caller().get(path)
    #expect([other["deliveries"], other["invoices"]].contains(.empty))
    #expect(other["pagination"]["nextCursor"] == nil)
  }

  @Test func ordersAreListedByCustomerAndSeveralStatusesAndSortedByTotalAndDeliveryDate() async throws {
    let ada = try await Hub.shared().caller()
    var orders: [Document] = []
    for (customer, price, date) in [
      ("grace", "5", "2026-05-02"), ("ben", "7", nil), ("grace", "5", "2026-05-01"), ("grace", "9", nil),
      ("ben", "5", "2026-05-02"),
    ] as [(String, String, String?)] {
      let wish = date.map { #","deliveryDate":"\#($0)""# } ?? ""
      let reply = try await ada.post(
        "/api/orders",
        #"{"customer":{"id":"\#(customer)","name":"Grace Hopper"}\#(wish),"items":["#
          + #"{"productId":"p1","quantity":2,"unitPrice":\#(price)}]}"#)
      #expect(reply.status == 201, "\(reply)")
      orders.append(reply["order"])
    }
    _ = try await ada.deliver(orders[0], "2", status: "delivered")
    _ = try await ada.deliver(orders[4], "1")
    let grace = try ada.other("grace", .customer)
    func expectList(_ query: String, _ places: [Int], by caller: Caller? = nil) async throws {
      let seen = try await walk(caller ?? ada, "/api/orders?\(query)", "orders").map(\.id)
      #expect(seen == places.map { orders[$0].id }, "\(query)")
    }
    try await expectList("customer=ben", [4, 1])
    try await expectList("customer=nobody", [])
    try await expectList("status=delivered,in_progress", [4, 0])
    try await expectList("status=open&customer=grace&sort=createdAt", [2, 3])
    try await expectList("sort=total", [0, 2, 4, 1, 3])
    try await expectList("sort=-total", [3, 1, 4, 2, 0])
    try await expectList("sort=deliveryDate", [1, 3, 2, 0, 4])
    try await expectList("sort=-deliveryDate", [4, 0, 2, 3, 1])
    try await expectList("sort=-deliveryDate&status=open,delivered", [0, 2, 3, 1])
    try await expectList("sort=total&customer=grace&paymentStatus=unpaid", [0, 2, 3])
    try await expectList("sort=-total&search=hopper&status=open", [3, 1, 2])
    try await expectList("sort=total", [0, 2, 3], by: grace)
    try await expectList("customer=grace&sort=-createdAt", [3, 2, 0], by: grace)
    #expect(try await grace.get("/api/orders?customer=ben").outcome == "422 validation_failed")
    let counted = try await ada.get("/api/orders?status=open,delivered&limit=1")["pagination"]
    #expect([counted["total"], counted["totalPages"]] == [4, 4])
    let other = try await Hub.shared().caller()
    for query in ["customer=grace", "sort=total", "status=open,delivered"] {
      #expect(try await other.get("/api/orders?\(query)")["orders"] == .empty, "\(query)")
    }
    let place = try await ada.get("/api/orders?sort=total&limit=1")["pagination"]["nextCursor"].text
    for query in [
      "status=open,", "status=open&status=delivered", "customer=a%20b", "sort=status", "sort=-total&cursor=x",
      "cursor=\(place)", "sort=deliveryDate&cursor=\(place)",
    ] {
      #expect(try await ada.get("/api/orders?\(query)").outcome == "422 validation_failed", "\(query)")
    }
  }
}
