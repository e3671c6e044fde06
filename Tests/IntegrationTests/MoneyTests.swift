import Foundation
import HubTestSupport
import Orders
import Testing

/// Money over REST, in Redis and over the live side.
@Suite struct MoneyTests {
  @Test(arguments: [
    ("USD", ["3.33", "3.34", "3.33"], "0.001"), ("JPY", ["3", "4", "3"], "0.5"),
    ("KWD", ["3.333", "3.334", "3.333"], "0.0001"),
  ])
  func tenInThreeDeliveriesIsPaidInTheCurrencysOwnUnitsAndCompletes(
    currency: String, dues: [String], tooFine: String
  ) async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let order = try await ada.place(
      [("p1", "3")], extra: #","currency":"\#(currency)","discount":20,"advance":{"amount":0,"method":""}"#)
    #expect(order["advance"] == nil)
    for due in dues {
      let delivery = try await ada.deliver(order, "1", status: "delivered")["delivery"]
      #expect(delivery["currency"].text == currency)
      let invoice = try await ada.invoice(delivery)["invoice"]
      #expect([invoice["due"].value, delivery["value"].value] == [Double(due), Double(due)])
      let refused = try await ada.pay(invoice, tooFine)
      #expect(refused.outcome == "422 validation_failed")
      #expect(refused["detail"].text.contains("\(currency) has"))
      #expect(try await ada.pay(invoice, due).status == 201)
    }
    let now = try await ada.order(order)
    #expect([now["status"], now["paymentStatus"], now["paid"]] == ["completed", "paid", 10])
  }

  @Test func aCurrencyThatNobodyKnowsIsRefusedWithWhatIsKnown() async throws {
    let ada = try await Hub.shared().caller()
    let reply = try await ada.post(
      "/api/orders",
      #"{"customer":{"name":"G"},"currency":"ZZZ","items":[{"productId":"p","quantity":1,"unitPrice":1}]}"#)
    #expect(reply.outcome == "422 validation_failed")
    #expect(reply["errors"][0]["field"] == "currency")
    #expect(reply["detail"].text.contains("ISO 4217"))
    #expect(try await ada.get("/api/orders")["pagination"]["total"] == 0)
  }

  @Test func aPriceMayBeFinerThanWhatIsPaidAndATotalIsNot() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "3")], price: "0.33333333", extra: #","discount":0.125"#)
    #expect(order["items"][0]["unitPrice"] == 0.33333333)
    #expect([order["subtotal"], order["discount"], order["total"]] == [1, 0.13, 0.87])
    let refused = try await ada.post(
      "/api/orders",
      #"{"customer":{"name":"G"},"currency":"JPY","advance":{"amount":0.5,"method":"cash"},"#
        + #""items":[{"productId":"p","quantity":1,"unitPrice":9}]}"#)
    #expect(refused["errors"][0]["field"] == "advance.amount")
  }

  @Test func todaysDeliveriesAreSummedByCurrencyInStatsInRedisAndByARecount() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    for (currency, price) in [("USD", "100"), ("JPY", "10000"), ("USD", "0.5"), ("BTC", "0.00000001")] {
      let order = try await ada.place([("p1", "1")], price: price, extra: #","currency":"\#(currency)""#)
      let delivery = try await ada.deliver(order, "1")["delivery"]
      #expect(try await ada.move(delivery, to: "delivered").status == 200)
    }
    let gone = try await ada.place([("p1", "1")], price: "7", extra: #","currency":"EUR""#)
    let delivery = try await ada.deliver(gone, "1")["delivery"]
    #expect(try await ada.move(delivery, to: "cancelled").status == 200)
    let today = try await ada.get("/api/orders/stats")["today"]
    #expect([today["count"], today["totalValue"], today["delivered"]] == [4, 100.5, 4])
    let totals: Document = .array([
      ["currency": "BTC", "value": 0.00000001], ["currency": "JPY", "value": 10_000],
      ["currency": "USD", "value": 100.5],
    ])
    #expect(today["totals"] == totals)
    let day = try await ada.get("/api/deliveries/today")["day"].text
    let port = hub.redisPort
    try await onThread {
      let key = "deliveries:today:\(day):\(ada.tenant)"
      let kept = Document(parsing: try RedisAsker.ask(port, "GET", key).first ?? "")
      #expect(kept["totals"] == totals)
      #expect(kept["totalValue"] == 100.5)
    }
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(!audit.output.contains(" \(ada.tenant) "), "\(audit)")
  }

  /// The documents that the version before this one wrote, of a tenant `legacy`: 10 USD in thirds of a cent, half paid, and
  /// others. Its tally of the day sums over currencies.
  @Test func whatAnOlderVersionWroteIsReadPaidCompletedAndAudited() async throws {
    let older = try await OlderDocuments.open()
    defer { older.end() }
    let api = try await older.start("api", "PORT")
    let ada = try Caller(ports: [api.port], tenant: "legacy", role: .admin)
    let orders = try await ada.get("/api/orders?sort=createdAt")["orders"].items
    #expect(orders.count == 8)
    let byName = Dictionary(orders.map { ($0["customer"]["name"].text, $0) }) { first, _ in first }
    func invoices(_ name: String) async throws -> [Document] {
      try await ada.get("/api/orders/\(try #require(byName[name]).id)/invoices")["invoices"].items
    }
    for name in byName.keys.sorted() {
      let order = try #require(byName[name])
      let isCoin = ["BTC", "ZZZ"].contains(order["currency"].text)
      for delivery in try await ada.deliveries(order) where delivery["invoiceId"] == nil {
        if delivery["status"] != "delivered" { #expect(try await ada.move(delivery, to: "delivered").status == 200) }
        #expect(try await ada.invoice(delivery).status == 201, "\(name)")
      }
      for invoice in try await invoices(name) where invoice["due"].value > 0 {
        let due = invoice["due"].value
        let places = isCoin ? 1e8 : order["currency"] == "JPY" ? 1 : 100
        #expect(abs(due * places - (due * places).rounded()) < 1e-6, "\(name) \(due)")
        #expect(try await ada.get("/api/invoices/\(invoice.id)")["invoice"]["due"] == invoice["due"])
        let paid = try await ada.pay(invoice, String(format: "%.8f", due))
        #expect(paid.status == 201, "\(name) \(paid)")
      }
      if order["items"][0]["remaining"].value > 0 {
        #expect(try await ada.post("/api/orders/\(order.id)/close").status == 200, "\(name)")
      }
      let now = try await ada.order(order)
      #expect([now["status"], now["paymentStatus"]] == ["completed", "paid"], "\(name)")
    }
    for (name, paid) in [("Partly", 10), ("Invoiced", 10), ("Done", 10), ("Odd", 1)] as [(String, Document)] {
      #expect(try await ada.order(try #require(byName[name]))["paid"] == paid, "\(name)")
    }
    #expect(try await older.audit().status == 0)
    // The tally of that day becomes one by currency.
    _ = try await older.start("worker", "WORKER_PORT")
    try await eventually("the worker has counted by currency") { try await older.isCountedByCurrency() }
    let audit = try await older.audit()
    #expect(audit.status == 0, "\(audit)")
  }

  @Test func aWorkerBringsWhatAnOlderVersionWroteUpToDateByItselfAndTheAuditAgreesBeforeAndAfter() async throws {
    let older = try await OlderDocuments.open()
    defer { older.end() }
    try await older.migrate()
    let before = try await older.audit()
    #expect(before.status == 0, "\(before)")
    #expect(try await older.orders().filter(\.awaitsRounding).count == 6)
    _ = try await older.start("worker", "WORKER_PORT")
    try await eventually("the worker has rounded and counted") {
      let waiting = try await older.orders().filter { $0.awaitsRounding && $0.invoices.issued > 0 }
      // What was completed is paid: nothing is asked for.
      return try await older.isCountedByCurrency() && waiting.map(\.status) == [DeliveryWorkflow.State.completed]
    }
    let audit = try await older.audit()
    #expect(audit.status == 0, "\(audit)")
  }
}
