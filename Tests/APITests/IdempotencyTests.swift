import HubContracts
import HubRuntime
import HubWire
import MongoStore
import Orders
import Testing

@testable import API

@Suite struct IdempotencyTests {
  private let order = #"{"customer":{"name":"Grace"},"items":[{"productId":"A","quantity":5,"unitPrice":3}]}"#

  @Test(arguments: [true, false]) func aRepeatIsGivenTheFirstAnswer(hasRedis: Bool) async throws {
    try await withShop { shop in
      let apis = [try await shop.process(hasRedis: hasRedis), try await shop.process(hasRedis: hasRedis)]
      let token = try shop.token(.employee)
      let first = try await apis[0].ask(.post, "/api/orders", token: token, key: "k-1", body: order)
      #expect(first.status == 201)
      #expect(first.header("Idempotent-Replayed") == nil)
      for api in apis {
        let again = try await api.ask(.post, "/api/orders", token: token, key: "k-1", body: order)
        #expect(again.status == 201)
        #expect(again.header("Idempotent-Replayed") == "true")
        #expect(again.reply.body.bytes == first.reply.body.bytes)
        let other = try await api.ask(
          .post, "/api/orders", token: token, key: "k-1", body: order.replacing("5", with: "6"))
        #expect(other.status == 422)
        #expect(other.code == "idempotency_key_reused")
      }
      let elsewhere = try await apis[0].ask(
        .post, "/api/orders", token: shop.token(.employee, tenant: "shop-2"), key: "k-1", body: order)
      #expect(elsewhere.status == 201)
      #expect(elsewhere.header("Idempotent-Replayed") == nil)
    }
  }

  @Test(arguments: [true, false]) func aKeyIsItsUsersAlone(hasRedis: Bool) async throws {
    try await withShop { shop in
      let apis = [try await shop.process(hasRedis: hasRedis), try await shop.process(hasRedis: hasRedis)]
      let users = ["ada", "bob", "cy"]
      // All at once, so that neither the mark of one nor its answer keeps another waiting.
      let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
        for (index, user) in users.enumerated() {
          let token = try shop.token(.employee, user: user)
          group.addTask {
            try await apis[index % 2].ask(.post, "/api/orders", token: token, key: "k-1", body: self.order)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.map(\.status) == [201, 201, 201])
      #expect(Set(answers.map(\.reply.body.bytes)).count == 3)
      for user in users {
        let token = try shop.token(.employee, user: user)
        let again = try await apis[0].ask(.post, "/api/orders", token: token, key: "k-1", body: order)
        #expect(again.header("Idempotent-Replayed") == "true")
        #expect(again.json["order"]?["createdBy"]?.text == user)
        let other = try await apis[1].ask(
          .post, "/api/orders", token: token, key: "k-1", body: order.replacing("5", with: "6"))
        #expect(other.code == "idempotency_key_reused")
      }
    }
  }

  @Test func anAnswerFromWhenKeysWereAWholeTenantsIsGivenToItsUserAndNobodyElse() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let tenant = try #require(TenantID("shop-1"))
      let old = KeptAnswer(
        key: AnswerKey(tenant: tenant, user: nil, route: "POST /api/orders", key: "k-1"),
        fingerprint: Digest.sha256Hex(Array("\(order)\nada".utf8)), status: 201, contentType: "application/json",
        body: Array(#"{"success":true,"order":{"id":"old"}}"#.utf8), at: SystemClock().now())
      #expect(try await shop.store.keep(old))
      let ada = try await api.ask(.post, "/api/orders", token: shop.token(.employee), key: "k-1", body: order)
      #expect(ada.header("Idempotent-Replayed") == "true")
      #expect(ada.reply.body.bytes == old.body)
      let bob = try await api.ask(
        .post, "/api/orders", token: shop.token(.employee, user: "bob"), key: "k-1", body: order)
      #expect(bob.status == 201 && bob.header("Idempotent-Replayed") == nil)
      let again = try await api.ask(
        .post, "/api/orders", token: shop.token(.employee, user: "bob"), key: "k-1", body: order)
      #expect(again.reply.body.bytes == bob.reply.body.bytes)
    }
  }

  /// Where no body is taken for an empty one, either repeats the other: the first decides what is kept.
  @Test(arguments: [nil, "{}", " { }\n"] as [String?], [nil, "{}"] as [String?]) func noBodyRepeatsAnEmptyOne(
    first: String?, then: String?
  )
    async throws
  {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let token = try shop.token(.admin)
      for deed in ["cancel", "close", "credit", "invoice"] {
        let (method, path) = try await ready(for: deed, api, token)
        let done = try await api.ask(method, path, token: token, key: "k-1", body: first)
        #expect(done.status < 300, "\(deed): \(done)")
        let again = try await api.ask(method, path, token: token, key: "k-1", body: then)
        #expect(again.reply.body.bytes == done.reply.body.bytes, "\(deed): \(again)")
        #expect(again.header("Idempotent-Replayed") == "true", "\(deed)")
        // What says something is another request.
        let other = try await api.ask(method, path, token: token, key: "k-1", body: #"{"reason":"late"}"#)
        #expect(other.code == (deed == "invoice" ? "validation_failed" : "idempotency_key_reused"), "\(deed): \(other)")
      }
    }
  }

  /// A version before kept whichever of the two came, under its own bytes.
  @Test(arguments: ["", "{}", "{ }"]) func anEmptyBodysAnswerOfAVersionBeforeIsGivenToEither(former: String)
    async throws
  {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let token = try shop.token(.admin)
      let tenant = try #require(TenantID("shop-1"))
      let ada = try #require(UserID("ada"))
      for deed in ["cancel", "close", "credit", "invoice", "sessions"] {
        let (method, path) = try await ready(for: deed, api, token)
        let (pattern, id) = try Self.route(deed, path)
        let kept = KeptAnswer(
          key: AnswerKey(tenant: tenant, user: ada, route: Text("\(method.rawValue) \(pattern)\(id)"), key: "k-1"),
          fingerprint: Digest.sha256Hex(Array("\(former)\nada".utf8)), status: 200, contentType: "application/json",
          body: Array(#"{"success":true,"former":true}"#.utf8), at: SystemClock().now())
        #expect(try await shop.store.keep(kept))
        for body in former == "{ }" ? ["{ }"] : [nil, "{}", "{ }"] {
          let answer = try await api.ask(method, path, token: token, key: "k-1", body: body)
          #expect(answer.reply.body.bytes == kept.body, "\(deed) \(body ?? "-"): \(answer)")
          #expect(answer.header("Idempotent-Replayed") == "true")
        }
      }
    }
  }

  /// A request that would do so, and what it needs.
  private func ready(for deed: String, _ api: OrderAPI, _ token: String) async throws -> (HTTPMethod, String) {
    if deed == "sessions" { return (.delete, "/api/me/sessions") }
    let order = try await place(api, token, units: 5)
    if deed == "cancel" { return (.patch, "/api/orders/\(order)/cancel") }
    let made = try await api.ask(
      .post, "/api/orders/\(order)/deliveries", token: token, body: #"{"items":[{"productId":"A","quantity":1}]}"#)
    if deed == "close" { return (.post, "/api/orders/\(order)/close") }
    let delivery = try #require(made.json["delivery"]?["id"]?.text)
    let path = "/api/orders/deliveries/\(delivery)/invoice"
    if deed == "invoice" { return (.post, path) }
    let invoice = try #require(try await api.ask(.post, path, token: token).json["invoice"]?["id"]?.text)
    return (.post, "/api/invoices/\(invoice)/credit")
  }

  /// The pattern of a path of `ready`, and its identity as an answer's key has it.
  private static func route(_ deed: String, _ path: String) throws -> (String, String) {
    let ids = path.split(separator: "/").filter { $0.utf8.count == 24 }
    let name = ["cancel": ":id", "close": ":id", "credit": ":id", "invoice": ":deliveryId"][deed]
    guard let id = ids.first, let name else { return (path, "") }
    return (path.replacing(id, with: name), " 24:\(id)")
  }

  @Test func aRefusalIsKeptUnderItsKey() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let token = try shop.token(.admin)
      let id = try await place(api, token, units: 5)
      let path = "/api/orders/\(id)/deliveries"
      let tooMuch = #"{"items":[{"productId":"A","quantity":6}]}"#
      let first = try await api.ask(.post, path, token: token, key: "k-1", body: tooMuch)
      #expect(first.status == 409)
      #expect(first.header("Idempotent-Replayed") == nil)
      // It stays the answer, even though it would be another one by now.
      #expect(try await api.ask(.patch, "/api/orders/\(id)/cancel", token: token).status == 200)
      let again = try await api.ask(.post, path, token: token, key: "k-1", body: tooMuch)
      #expect(again.status == 409)
      #expect(again.header("Idempotent-Replayed") == "true")
      #expect(again.reply.contentType == "application/problem+json")
      #expect(again.reply.body.bytes == first.reply.body.bytes)
    }
  }

  @Test(arguments: [true, false]) func aKeyIsOneHoweverThePathIsSpelt(hasRedis: Bool) async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: hasRedis)
      let token = try shop.token(.admin)
      let id = try await place(api, token, units: 5)
      let first = try #require(id.first?.asciiValue)
      let spelt = [id, id.uppercased(), "%\(String(first, radix: 16))\(id.dropFirst())"]
      let body = #"{"items":[{"productId":"A","quantity":1}]}"#
      var answers: [Answer] = []
      for id in spelt {
        answers.append(
          try await api.ask(.post, "/api/orders/\(id)/deliveries", token: token, key: "k-1", body: body))
      }
      #expect(answers.map(\.status) == [201, 201, 201])
      #expect(answers.map { $0.header("Idempotent-Replayed") } == [nil, "true", "true"])
      for path in ["/api//orders/\(id)/deliveries", "/api/orders/\(id)/deliveries/", "//api/orders/\(id)/deliveries"] {
        #expect(try await api.ask(.post, path, token: token, key: "k-1", body: body).status == 404, "\(path)")
      }
      let order = try #require(OrderID(id))
      let tenant = try #require(TenantID("shop-1"))
      #expect(try await shop.store.deliveries(of: order, tenant: tenant).count == 1)

      for product in ["a6", "A6"] {
        let made = #"{"productId":"\#(product)","name":"A","unitPrice":1}"#
        #expect(try await api.ask(.post, "/api/products", token: token, body: made).status == 201)
      }
      let receipt = #"{"kind":"receipt","quantity":1}"#
      var moved: [Answer] = []
      for product in ["a6", "a%36", "A6"] {
        moved.append(
          try await api.ask(.post, "/api/products/\(product)/stock", token: token, key: "k-2", body: receipt))
      }
      #expect(moved.map(\.status) == [201, 201, 201])
      #expect(moved.map { $0.header("Idempotent-Replayed") } == [nil, "true", nil], "a product's id keeps its case")
    }
  }

  @Test func whatWasNotUnderstoodMayBeSentAgainCorrected() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let token = try shop.token(.admin)
      let wrong = try await api.ask(
        .post, "/api/orders", token: token, key: "k-1", body: order.replacing("5", with: "0"))
      #expect(wrong.status == 422)
      #expect(try await api.ask(.post, "/api/orders", token: token, key: "k-1", body: order).status == 201)
    }
  }

  @Test(arguments: [true, false]) func oneKeyAtOnceInTwoProcessesIsOneWrite(hasRedis: Bool) async throws {
    try await withShop { shop in
      let apis = [try await shop.process(hasRedis: hasRedis), try await shop.process(hasRedis: hasRedis)]
      let token = try shop.token(.employee)
      for round in 0..<6 {
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
          for index in 0..<6 {
            group.addTask {
              try await apis[index % 2].ask(.post, "/api/orders", token: token, key: "k-\(round)", body: self.order)
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count { $0.status == 201 && $0.header("Idempotent-Replayed") == nil } == 1)
        for answer in answers where answer.status != 201 {
          #expect(answer.status == 409)
          #expect(answer.code == "idempotency_key_in_use")
          #expect(answer.header("Retry-After") == "1")
        }
        #expect(Set(answers.filter { $0.status == 201 }.map(\.reply.body.bytes)).count == 1)
      }
      let tenant = try #require(TenantID("shop-1"))
      #expect(try await shop.store.list(OrderQuery(tenant: tenant)).orders.count == 6)
    }
  }

  @Test func ofTwoProcessesThatWantTheLastOfItBothGiveTheKeysFirstAnswer() async throws {
    try await withShop { shop in
      // Without Redis nothing but the store's own key keeps the two apart.
      let apis = [try await shop.process(hasRedis: false), try await shop.process(hasRedis: false)]
      let token = try shop.token(.employee)
      for round in 0..<12 {
        let id = try await place(apis[0], token, units: 1)
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
          for api in apis {
            group.addTask {
              try await api.ask(
                .post, "/api/orders/\(id)/deliveries", token: token, key: "k-\(round)",
                body: #"{"items":[{"productId":"A","quantity":1}]}"#)
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.map(\.status) == [201, 201])
        #expect(answers[0].reply.body.bytes == answers[1].reply.body.bytes)
      }
    }
  }

  @Test(arguments: ["", " ", "ä", String(repeating: "k", count: 256)]) func aKeyThatIsNoneIsRefused(key: String)
    async throws
  {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let answer = try await api.ask(.post, "/api/orders", token: shop.token(.employee), key: key, body: order)
      #expect(answer.status == 400)
      #expect(answer.code == "invalid_idempotency_key")
    }
  }
}
