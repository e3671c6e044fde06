import Foundation
import HubTestSupport
import Orders
import Testing

/// Invoices that are taken back, against the real servers.
@Suite struct CreditTests {
  private func invoiced(_ caller: Caller, _ status: String = "dispatched", price: String = "10") async throws
    -> (order: Document, delivery: Document, invoice: Document)
  {
    let order = try await caller.place([("p1", "2")], price: price)
    let delivery = try await caller.deliver(order, "2", status: status)["delivery"]
    let invoice = try await caller.invoice(delivery)["invoice"]
    return (order, delivery, invoice)
  }

  @Test func aFailedDeliveryIsNoDeadEndAndTheLiveSideHearsOfIt() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    let sold = try await invoiced(root)
    #expect(try await root.move(sold.delivery, to: "failed").status == 200)
    #expect(try await root.move(sold.delivery, to: "cancelled").code == "delivery_invoiced")
    let socket = try await hub.socket(root)
    let reply = try await root.credit(sold.invoice)
    #expect(reply.status == 201)
    let note = reply["creditNote"]
    #expect(note["number"].text.hasPrefix("CN-") && note["number"].text.hasSuffix("-000001"))
    #expect([note["reason"], note["refund"], note["by"]] == ["a mistake", nil, "ada"])
    #expect(reply["invoice"]["creditNote"] == note)
    #expect([reply["invoice"]["due"], reply["invoice"]["paymentStatus"]] == [0, "refunded"])
    #expect(reply["delivery"]["invoiceId"] == nil)
    let heard = try await socket.next(2)
    #expect(heard.map { $0["type"] } == ["invoice:credited", "order:updated"])
    #expect(heard[0]["data"] == ["invoice": reply["invoice"], "delivery": reply["delivery"]])
    #expect(try await root.get("/api/invoices/\(sold.invoice.id)")["invoice"] == reply["invoice"])

    #expect(try await root.move(sold.delivery, to: "cancelled").status == 200)
    let cancelled = try await root.patch("/api/orders/\(sold.order.id)/cancel")
    #expect(cancelled["order"]["status"] == "cancelled")
    try await root.expectSound(sold.order)
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(!audit.output.contains(" \(root.tenant) "), "\(audit)")
  }

  @Test func theOrderCanBeClosedInsteadOrTheDeliveryInvoicedAgain() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    let order = try await root.place([("p1", "3")])
    _ = try await root.deliver(order, "1", status: "delivered")
    let failed = try await root.deliver(order, "2", status: "dispatched")["delivery"]
    let invoice = try await root.invoice(failed)["invoice"]
    #expect(try await root.move(failed, to: "failed").status == 200)
    #expect(try await root.credit(invoice).status == 201)
    #expect(try await root.move(failed, to: "cancelled").status == 200)
    #expect(try await root.post("/api/orders/\(order.id)/close")["order"]["status"] == "delivered")

    let sold = try await invoiced(root, "delivered")
    #expect(try await root.pay(sold.invoice, "15").status == 201)
    let credited = try await root.credit(sold.invoice)
    #expect(credited["order"]["credit"] == ["amount": 15, "applied": 0])
    let again = try await root.invoice(sold.delivery)
    #expect(again.status == 201)
    #expect([again["invoice"]["advanceApplied"], again["invoice"]["due"]] == [15, 5])
    #expect(again["order"]["credit"] == ["amount": 15, "applied": 15])
    #expect(try await root.pay(again["invoice"], "5")["order"]["status"] == "completed")
    #expect(try await root.get("/api/orders/\(sold.order.id)/invoices")["invoices"].items.count == 2)
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(!audit.output.contains(" \(root.tenant) "), "\(audit)")
  }

  @Test func whatWasPaidIsRefundedIfAskedFor() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    let sold = try await invoiced(root)
    #expect(try await root.credit(sold.invoice, refund: "cash").outcome == "409 nothing_to_refund")
    #expect(try await root.pay(sold.invoice, "12.5").status == 201)
    let reply = try await root.credit(sold.invoice, refund: "cash")
    #expect(reply["creditNote"]["refund"] == ["amount": 12.5, "method": "cash"])
    #expect(
      [reply["order"]["paid"], reply["order"]["paymentStatus"], reply["order"]["credit"]] == [0, "unpaid", .missing])
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(!audit.output.contains(" \(root.tenant) "), "\(audit)")
  }

  @Test func onlyAnAdminMayAndABodyThatIsWrongIsToldSo() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    let sold = try await invoiced(root)
    let path = "/api/invoices/\(sold.invoice.id)/credit"
    #expect(try await root.other("eve", .employee).post(path, "{}").status == 403)
    #expect(try await hub.caller(role: .admin).post(path, "{}").outcome == "404 invoice_not_found")
    for (body, field) in [
      (#"{"reason":1}"#, "reason"), (#"{"refund":{}}"#, "refund.method"),
      (#"{"refund":{"method":""}}"#, "refund.method"),
      (#"{"refund":{"method":"x","amount":1}}"#, "refund.amount"), (#"{"amount":5}"#, "amount"),
    ] {
      let refused = try await root.post(path, body)
      #expect(refused.status == 422, "\(body)")
      #expect(refused["errors"][0]["field"].text == field)
    }
    #expect(try await root.post(path, "{}").status == 201)
  }

  /// Nothing must be said of it.
  @Test func anInvoiceIsCreditedWithoutABody() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    let sold = try await invoiced(root)
    let path = "/api/invoices/\(sold.invoice.id)/credit"
    let reply = try await root.post(path)
    #expect(reply.status == 201, "\(reply)")
    #expect([reply["creditNote"]["reason"], reply["creditNote"]["refund"]] == [nil, nil])
    #expect(try await root.post(path).outcome == "409 already_credited")
  }

  @Test func creditedTwiceAtOnceItIsCreditedOnce() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    let sold = try await invoiced(root)
    #expect(try await root.pay(sold.invoice, "20").status == 201)
    let replies = try await atOnce(16) { try await root.at($0).credit(sold.invoice) }
    let made = replies.filter { $0.status == 201 }
    #expect(made.count == 1)
    for reply in replies where reply.status != 201 {
      #expect(reply.outcome == "409 already_credited", "\(reply)")
      #expect(reply["invoice"]["creditNote"] == made.first?["creditNote"])
    }
    #expect(try await root.order(sold.order)["credit"]["amount"] == 20)
    // By one key it is one answer.
    let other = try await invoiced(root)
    let first = try await root.credit(other.invoice, key: "k")
    let repeated = try await root.at(1).credit(other.invoice, key: "k")
    #expect(first.status == 201)
    #expect(repeated.text == first.text)
    #expect(repeated.headers["idempotent-replayed"] == "true")
    try await root.expectSound(sold.order)
  }

  @Test func creditAgainstPaymentsAtOnceComesOutAsIfOneCameFirst() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    for round in 0..<4 {
      let sold = try await invoiced(root)
      let replies = try await atOnce(9) { index in
        index == 4 ? try await root.at(round).credit(sold.invoice) : try await root.at(index).pay(sold.invoice, "2")
      }
      #expect(replies[4].status == 201)
      let paid = replies.enumerated().filter { $0.offset != 4 && $0.element.status == 201 }.count
      for (index, reply) in replies.enumerated() where index != 4 && reply.status != 201 {
        #expect(reply.outcome == "409 invoice_credited", "\(reply)")
      }
      let order = try await root.order(sold.order)
      #expect(order["paid"].whole == 2 * paid)
      #expect(order["credit"] == (paid == 0 ? .missing : ["amount": .number(Double(2 * paid)), "applied": 0]))
      try await root.expectSound(sold.order)
    }
    let audit = try await CommandLineRun.orderhub(["audit"], hub: hub)
    #expect(!audit.output.contains(" \(root.tenant) "), "\(audit)")
  }

  @Test func creditNotesOfManyOrdersAtOnceAreNumberedWithoutAGap() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    let sold = try await atOnce(20) { try await invoiced(root.at($0)).invoice }
    let numbers = try await atOnce(20) { index in
      for _ in 0..<20 {
        let reply = try await root.at(index).credit(sold[index])
        if reply.status == 201 { return reply["creditNote"]["number"].text }
        #expect(reply.status == 503, "\(reply)")
      }
      return "never"
    }
    let year = try #require(numbers[0].split(separator: "-").dropFirst().first)
    #expect(numbers.sorted() == (1...20).map { "CN-\(year)-0000\($0 < 10 ? "0" : "")\($0)" })
  }

  @Test func aCustomerSeesThatItsInvoiceWasCreditedAndNotWhy() async throws {
    let hub = try await Hub.shared()
    let root = try hub.caller(role: .admin)
    let placed = try await root.post(
      "/api/orders",
      #"{"customer":{"id":"grace","name":"G"},"items":[{"productId":"p1","quantity":1,"unitPrice":9}]}"#)["order"]
    let delivery = try await root.deliver(placed, "1")["delivery"]
    let invoice = try await root.invoice(delivery)["invoice"]
    #expect(try await root.credit(invoice).status == 201)
    let grace = try root.other("grace", .customer)
    let seen = try await grace.get("/api/orders/\(placed.id)/invoices")
    let note = seen["invoices"][0]["creditNote"]
    #expect(note["number"].text.hasPrefix("CN-"))
    #expect([note["reason"], note["by"]] == [.missing, .missing])
    let events = try await grace.events(placed)
    let heard = try #require(events.first { $0["type"] == "invoice:credited" })
    #expect(heard["data"]["invoice"]["creditNote"] == note)
    #expect(!seen.text.contains("a mistake"))
  }
}
