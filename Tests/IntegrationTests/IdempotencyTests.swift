import Foundation
import HubTestSupport
import Orders
import Testing

@Suite struct IdempotencyTests {
  private let body = #"{"customer":{"name":"G"},"items":[{"productId":"p1","quantity":1,"unitPrice":1}]}"#

  @Test func theSameKeyAndBodyGiveTheFirstAnswerAgain() async throws {
    let ada = try await Hub.shared().caller()
    let first = try await ada.at(0).post("/api/orders", body, key: "k-1")
    let again = try await ada.at(1).post("/api/orders", body, key: "k-1")
    #expect(first.status == 201)
    #expect(again.status == 201)
    #expect(first.headers["idempotent-replayed"] == nil)
    #expect(again.headers["idempotent-replayed"] == "true")
    #expect(again.text == first.text)
    #expect(try await ada.get("/api/orders")["pagination"]["total"] == 1)
  }

  @Test func theSameKeyWithAnotherBodyIsRefused() async throws {
    let ada = try await Hub.shared().caller()
    _ = try await ada.post("/api/orders", body, key: "k-1")
    let other = try await ada.post("/api/orders", body.replacingOccurrences(of: "\"G\"", with: "\"H\""), key: "k-1")
    #expect(other.outcome == "422 idempotency_key_reused")
    #expect(try await ada.get("/api/orders")["pagination"]["total"] == 1)
  }

  @Test func usersOfATenantMayUseOneKey() async throws {
    let ada = try await Hub.shared().caller()
    let bob = try ada.other("bob", .employee)
    let first = try await ada.at(0).post("/api/orders", body, key: "k-1")
    let second = try await bob.at(1).post("/api/orders", body, key: "k-1")
    #expect(first.status == 201 && second.status == 201)
    #expect(second.headers["idempotent-replayed"] == nil && first["order"].id != second["order"].id)
    #expect(try await bob.at(0).post("/api/orders", body, key: "k-1").text == second.text)
    #expect(try await ada.at(1).post("/api/orders", body, key: "k-1").text == first.text)
  }

  @Test(arguments: ["Authorization", "Idempotency-Key", "Content-Type", "Origin", "Last-Event-ID"])
  func aHeaderThatComesTwiceIsRefusedOnBothPortsAndNothingIsWritten(name: String) async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    var headers = ["\(name): a", "\(name): a"]
    if name == "Authorization" { headers = Array(repeating: "Authorization: Bearer \(ada.token ?? "")", count: 2) }
    if name == "Content-Type" { headers = Array(repeating: "Content-Type: application/json", count: 2) }
    if name != "Authorization" { headers.append("Authorization: Bearer \(ada.token ?? "")") }
    let (lines, ports) = (headers, [(hub.apis[0].port, "/api/orders"), (hub.live.port, "/socket.io/")])
    try await onThread {
      for (port, path) in ports {
        let client = try RawClient(port: port)
        let body = #"{"customer":{"name":"G"},"items":[{"productId":"p1","quantity":1,"unitPrice":1}]}"#
        try client.request("POST", path, headers: lines, body: body)
        let answer = try client.answer()
        let problem = Document(parsing: answer.body)
        #expect(answer.status == 400 && answer.headers["content-type"] == "application/problem+json", "\(path)")
        #expect(problem["detail"].text == "\(name) was sent twice", "\(answer.body)")
      }
    }
    #expect(try await ada.get("/api/orders")["pagination"]["total"] == 0)
  }

  @Test func aKeyBelongsToItsTenantAndRoute() async throws {
    let hub = try await Hub.shared()
    let (ada, eve) = (try hub.caller(), try hub.caller())
    let first = try await ada.post("/api/orders", body, key: "shared")
    let second = try await eve.post("/api/orders", body, key: "shared")
    #expect(second.status == 201)
    #expect(second.headers["idempotent-replayed"] == nil)
    #expect(first["order"].id != second["order"].id)
    let elsewhere = try await ada.deliver(first["order"], "1", key: "shared")
    #expect(elsewhere.status == 201)
    #expect(elsewhere.headers["idempotent-replayed"] == nil)
  }

  @Test func twentyAtOnceWithOneKeyHaveOneEffect() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "100")])
    let replies = try await atOnce(20) { try await ada.at($0).deliver(order, "1", key: "one") }
    let made = replies.filter { $0.status == 201 && $0.headers["idempotent-replayed"] == nil }
    #expect(made.count == 1)
    for reply in replies {
      switch reply.status {
      case 201: #expect(reply.text == made.first?.text)
      default: #expect(reply.outcome == "409 idempotency_key_in_use", "\(reply)")
      }
    }
    #expect(try await ada.deliveries(order).count == 1)
    #expect(try await ada.deliver(order, "1", key: "one").headers["idempotent-replayed"] == "true")
  }

  @Test func aRefusalThatARuleDecidedIsKeptLikeAnyAnswer() async throws {
    let ada = try await Hub.shared().caller()
    let order = try await ada.place([("p1", "1")])
    let refused = try await ada.deliver(order, "2", key: "k")
    let again = try await ada.deliver(order, "2", key: "k")
    #expect(refused.outcome == "409 exceeds_remaining")
    #expect(again.status == 409)
    #expect(again.headers["idempotent-replayed"] == "true")
    #expect(again.text == refused.text)
  }

  @Test func aRequestThatWasNotUnderstoodMayBeCorrectedUnderItsKey() async throws {
    let ada = try await Hub.shared().caller()
    #expect(try await ada.post("/api/orders", "{}", key: "k").status == 422)
    #expect(try await ada.post("/api/orders", "{", key: "k").status == 400)
    #expect(try await ada.post("/api/orders", body, key: "k").status == 201)
  }

  @Test func everyKeyedRouteReplays() async throws {
    let ada = try await Hub.shared().caller(role: .admin)
    let order = try await ada.place([("p1", "10")])
    let delivered = try await ada.deliver(order, "2", status: "delivered")["delivery"]
    let pending = try await ada.deliver(order, "2")["delivery"]
    let invoice = try await ada.invoice(delivered)["invoice"]
    let doomed = try await ada.place([("p1", "10")])
    let calls: [(method: String, path: String, body: String)] = [
      ("PATCH", "/api/orders/deliveries/\(pending.id)/status", #"{"status":"dispatched"}"#),
      ("POST", "/api/orders/deliveries/\(pending.id)/invoice", ""),
      ("POST", "/api/invoices/\(invoice.id)/payments", #"{"amount":1,"method":"cash"}"#),
      ("POST", "/api/invoices/\(invoice.id)/credit", #"{"reason":"wrong","refund":{"method":"cash"}}"#),
      ("POST", "/api/orders/\(order.id)/close", ""), ("PATCH", "/api/orders/\(doomed.id)/cancel", ""),
      ("POST", "/api/products", #"{"productId":"x","unitPrice":1}"#), ("PATCH", "/api/products/x", #"{"name":"X"}"#),
      ("POST", "/api/products/x/stock", #"{"kind":"receipt","quantity":3}"#),
    ]
    for call in calls {
      let replies = [
        try await ada.at(0).call(call.method, call.path, body: call.body, headers: ["Idempotency-Key: same"]),
        try await ada.at(1).call(call.method, call.path, body: call.body, headers: ["Idempotency-Key: same"]),
      ]
      #expect(replies[0].status < 300, "\(call) \(replies[0])")
      #expect(replies[0].headers["idempotent-replayed"] == nil, "\(call)")
      #expect(replies[1].headers["idempotent-replayed"] == "true", "\(call)")
      #expect(replies[0].text == replies[1].text)
    }
    #expect(try await ada.get("/api/products/x")["product"]["stock"]["onHand"] == 3)
  }

  @Test(arguments: ["", " ", "ä", String(repeating: "k", count: 256)])
  func aKeyThatIsNoneIsRefused(key: String) async throws {
    let ada = try await Hub.shared().caller()
    let reply = try await ada.post("/api/orders", body, key: key)
    #expect(reply.status == 400, "\(reply)")
    #expect(try await ada.get("/api/orders")["pagination"]["total"] == 0)
  }
}
