import Foundation
import HubTestSupport
import Testing

@Suite struct InvoiceTests {
  @Test(arguments: [["1", "1", "1"], ["0.5", "0.000001", "2.499999"], ["2", "1"], ["0.7", "0.7", "0.7", "0.9"]])
  func invoicesSumToTheOrdersTotalToTheLastUnit(parts: [String]) async throws {
    let ada = try await Hub.shared().caller()
    // A third of a discount and a tax of 19 % leave rests on every line.
    let reply = try await ada.post(
      "/api/orders",
      """
      {"customer":{"name":"G"},"discount":0.1,"items":[{"productId":"p1","quantity":3,"unitPrice":0.33333333,
      "discount":0.07,"taxRate":0.19}]}
      """)
    let order = reply["order"]
    var invoices: [Document] = []
    for part in parts {
      let delivery = try await ada.deliver(order, part, status: "delivered")["delivery"]
      invoices.append(try await ada.invoice(delivery)["invoice"])
    }
    for name in ["subtotal", "discount", "tax", "total"] {
      // In units of 10⁻⁸, in which every amount here is whole.
      let sum = invoices.reduce(0) { $0 + ($1[name].value * 1e8).rounded() }
      #expect(sum == (order[name].value * 1e8).rounded(), "\(name)")
    }
    for invoice in invoices where invoice["due"].value > 0 {
      _ = try await ada.pay(invoice, invoice["due"].value.formatted)
    }
    #expect(try await ada.order(order)["status"] == "completed")
  }

  @Test func oneDeliveryHasOneInvoiceHoweverManyAskAtOnce() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "10")])
    let delivery = try await ada.deliver(order, "10", status: "delivered")["delivery"]
    let replies = try await atOnce(20) { try await ada.at($0).invoice(delivery) }
    let made = replies.filter { $0.status == 201 }
    #expect(made.count == 1)
    let invoice = try #require(made.first)["invoice"]
    for reply in replies where reply.status != 201 {
      #expect(reply.outcome == "409 already_invoiced", "\(reply)")
      #expect(reply["invoice"]["id"] == invoice["id"])
    }
    #expect(try await ada.get("/api/orders/\(order.id)/invoices")["invoices"] == .array([invoice]))
    #expect(try await ada.get("/api/invoices/\(invoice.id)")["invoice"] == invoice)
  }

  @Test func thirtyInvoicesAtOnceAreNumberedWithoutAGap() async throws {
    let ada = try await Hub.shared().caller()
    let deliveries = try await atOnce(30) { index in
      let order = try await ada.at(index).place([("p1", "1")])
      return try await ada.at(index).deliver(order, "1", status: "delivered")["delivery"]
    }
    // Half at each process; one that was told to come again does.
    let numbers = try await atOnce(30) { index in
      for _ in 0..<20 {
        let reply = try await ada.at(index).invoice(deliveries[index])
        if reply.status == 201 { return reply["invoice"]["invoiceNumber"].text }
        #expect(reply.status == 503, "\(reply)")
      }
      return "never"
    }
    let year = try #require(numbers[0].split(separator: "-").dropFirst().first)
    let wanted = (1...30).map { "INV-\(year)-0000\($0 < 10 ? "0" : "")\($0)" }
    #expect(numbers.sorted() == wanted)
  }

  @Test func anAdvanceIsAppliedAsFarAsItReaches() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "10")], extra: #","advance":{"amount":50,"method":"cash"}"#)
    #expect([order["paid"], order["paymentStatus"], order["total"]] == [50, "partially_paid", 100])
    var applied: [[Document]] = []
    for part in ["4", "4", "2"] {
      let delivery = try await ada.deliver(order, part, status: "delivered")["delivery"]
      let invoice = try await ada.invoice(delivery)["invoice"]
      applied.append([invoice["total"], invoice["advanceApplied"], invoice["due"]])
    }
    #expect(applied == [[40, 40, 0], [40, 10, 30], [20, 0, 20]])
  }

  @Test func aPaymentNeverExceedsWhatIsDueEvenWhenManyPayAtOnce() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "1")], price: "100")
    let delivery = try await ada.deliver(order, "1", status: "delivered")["delivery"]
    let invoice = try await ada.invoice(delivery)["invoice"]
    let replies = try await atOnce(10) { try await ada.at($0).pay(invoice, "30") }
    #expect(replies.count { $0.status == 201 } == 3)
    for reply in replies where reply.status != 201 { #expect(reply.code == "exceeds_due", "\(reply)") }
    #expect(try await ada.pay(invoice, "10.01")["due"] == 10)
    #expect(try await ada.pay(invoice, "0").status == 422)
    #expect(try await ada.pay(invoice, "-1").status == 422)
    let last = try await ada.pay(invoice, "10")
    #expect([last["order"]["status"], last["invoice"]["due"], last["order"]["paid"]] == ["completed", 0, 100])
    try await ada.expectSound(order)
  }

  @Test func anInvoicedDeliveryIsNotCancelled() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "10")])
    let delivery = try await ada.deliver(order, "4")["delivery"]
    #expect(try await ada.invoice(delivery).status == 201)
    #expect(try await ada.move(delivery, to: "cancelled").code == "delivery_invoiced")
    let gone = try await ada.deliver(order, "1")["delivery"]
    #expect(try await ada.move(gone, to: "cancelled").status == 200)
    #expect(try await ada.invoice(gone).code == "delivery_not_invoiceable")
  }
}

extension Double {
  /// The number with at most eight decimals and no exponent, as a request writes it.
  fileprivate var formatted: String { String(format: "%.8f", self) }
}
