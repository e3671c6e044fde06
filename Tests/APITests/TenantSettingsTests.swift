import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import OrderDesk
import Orders
import Testing

@testable import API
@testable import MongoStore

/// The settings of a tenant over REST.
@Suite struct TenantSettingsTests {
  private static let box = SecretBox(current: SecretKey(String(repeating: "5", count: 64)))
  private static let order = #""customer":{"name":"G"},"items":[{"productId":"A","quantity":9,"unitPrice":10}]"#

  private func patch(
    _ api: OrderAPI, _ token: String, _ body: String, key: String? = nil, ifMatch: String? = nil
  ) async throws -> Answer {
    try await api.ask(
      .patch, "/api/tenant", token: token, key: key, body: body,
      further: ifMatch.map { [("If-Match", $0)] } ?? [])
  }

  @Test func whatIsSetComesBackAndTheRestIsAsTheProcessWasTold() async throws {
    try await withShop { shop in
      let (api, boss) = (try await shop.process(zone: "Europe/Berlin"), try shop.token(.admin, user: "boss"))
      let none = try await api.ask(.get, "/api/tenant", token: boss)
      #expect(none.status == 200 && none.header("ETag") == "\"0\"")
      #expect(
        none.json["tenant"]
          == (try JSONParser.parse(
            Array(
              #"{"id":"shop-1","version":0,"inForce":{"defaultWorkflow":"delivery","timeZone":"Europe/Berlin","currency":"EUR"}}"#
                .utf8))))
      let set = try await patch(api, boss, #"{"currency":"JPY","store":{"name":"Asha's"}}"#)
      #expect(set.status == 200 && set.json["success"] == .bool(true) && set.header("ETag") == "\"1\"")
      let tenant = try await api.ask(.get, "/api/tenant", token: boss).json["tenant"]
      #expect(tenant == set.json["tenant"])
      #expect(tenant?["version"] == .number("1") && tenant?["updatedBy"]?.text == "boss")
      #expect(tenant?["currency"]?.text == "JPY" && tenant?["store"]?["name"]?.text == "Asha's")
      #expect(tenant?["inForce"]?["currency"]?.text == "JPY")
      #expect(tenant?["inForce"]?["timeZone"]?.text == "Europe/Berlin")
      // Nothing changed: no version is made of it.
      #expect(try await patch(api, boss, #"{"currency":"JPY","smtp":null}"#).json["tenant"] == tenant)
      // Another tenant has its own.
      let other = try await api.ask(.get, "/api/tenant", token: shop.token(.admin, tenant: "shop-2"))
      #expect(other.json["tenant"]?["version"] == .number("0"))
      let gone = try await patch(api, boss, #"{"currency":null}"#)
      #expect(gone.json["tenant"]?["currency"] == nil && gone.json["tenant"]?["inForce"]?["currency"]?.text == "EUR")
    }
  }

  @Test func whoComesLateIsToldWhatChanged() async throws {
    try await withShop { shop in
      let (api, boss, ada) = (
        try await shop.process(secrets: Self.box), try shop.token(.admin, user: "boss"), try shop.token(.admin)
      )
      #expect(try await patch(api, boss, #"{"version":0,"currency":"INR"}"#).status == 200)
      #expect(try await patch(api, ada, #"{"store":{"name":"A"}}"#, ifMatch: "\"1\"").status == 200)
      #expect(try await patch(api, ada, #"{"escrow":{"secret":"hidden"}}"#, ifMatch: "*").status == 200)
      for late in [
        try await patch(api, boss, #"{"version":1,"currency":"USD"}"#),
        try await patch(api, boss, #"{"currency":"USD"}"#, ifMatch: "\"1\""),
      ] {
        #expect(late.status == 409 && late.code == "version_conflict")
        #expect(late.json["version"] == .number("3"))
        #expect(late.json["changed"]?.items.map(\.text) == ["store.name", "escrow.secret"])
        #expect(late.json["detail"]?.text?.contains("not 1; since then ada changed store.name, escrow.secret") == true)
      }
      let early = try await patch(api, boss, #"{"version":9,"currency":"USD"}"#)
      #expect(early.code == "version_conflict" && early.json["changed"]?.items.isEmpty == true)
      #expect(try await patch(api, boss, #"{"version":3,"currency":"USD"}"#, ifMatch: "\"2\"").status == 422)
      #expect(try await patch(api, boss, #"{"version":"3"}"#).code == "validation_failed")
      for header in ["3", "W/\"3\"", "\"x\"", "\"\"", "\"99999999999999999999\""] {
        #expect(try await patch(api, boss, "{}", ifMatch: header).code == "invalid_if_match", "\(header)")
      }
      #expect(try await api.ask(.get, "/api/tenant", token: boss).json["tenant"]?["currency"]?.text == "INR")
      let changes = try await api.ask(.get, "/api/tenant/changes", token: boss, query: [("limit", "2")])
      #expect(changes.json["changes"]?.items.map { $0["version"] } == [.number("3"), .number("2")])
      #expect(changes.json["changes"]?.items.map { $0["by"]?.text } == ["ada", "ada"])
      #expect(changes.json["nextBefore"] == .number("2"))
      let rest = try await api.ask(.get, "/api/tenant/changes", token: boss, query: [("before", "2")])
      #expect(rest.json["changes"]?.items.map { $0["members"]?.items.map(\.text) } == [["currency"]])
      #expect(rest.json["nextBefore"] == .null)
    }
  }

  @Test func changesAtOnceOfDifferentMembersAllCount() async throws {
    try await withShop { shop in
      let boss = try shop.token(.admin)
      let apis = [try await shop.process(), try await shop.process()]
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<6 {
          group.addTask {
            let body = #"{"payments":{"p\#(index)":{"account":"a\#(index)"}}}"#
            var status = 503
            // Whoever is overtaken too often is told to come again.
            for _ in 0..<20 where status == 503 {
              status = try await patch(apis[index % 2], boss, body).status
            }
            return status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses == Array(repeating: 200, count: 6))
      let tenant = try await apis[0].ask(.get, "/api/tenant", token: boss).json["tenant"]
      #expect(tenant?["version"] == .number("6"))
      for index in 0..<6 { #expect(tenant?["payments"]?["p\(index)"]?["account"]?.text == "a\(index)") }
    }
  }

  @Test func aSecretIsSealedAndNeverGivenBack() async throws {
    try await withShop { shop in
      let boss = try shop.token(.admin)
      let api = try await shop.process(secrets: Self.box)
      let body = #"{"carriers":{"generic":{"secret":"whsec_hidden"}},"smtp":{"host":"m.example","password":"hidden2"}}"#
      let first = try await patch(api, boss, body, key: "k1")
      #expect(first.status == 200 && first.json["tenant"]?["carriers"]?["generic"]?["secret"]?["set"] == .bool(true))
      let again = try await patch(api, boss, body, key: "k1")
      #expect(again.header("Idempotent-Replayed") == "true" && again.json == first.json)
      #expect(try await patch(api, boss, body.replacing("hidden2", with: "x"), key: "k1").status == 422)
      let shown = try await api.ask(.get, "/api/tenant", token: boss)
      for answer in [first, again, shown] {
        #expect(!String(decoding: answer.reply.body.bytes, as: UTF8.self).contains("hidden"))
      }
      let tenant = try #require(TenantID("shop-1"))
      let record = try #require(try await shop.store.settings(of: tenant))
      #expect(record.secrets.map(\.path) == ["carriers.generic.secret", "smtp.password"])
      #expect(try Self.box.open(record.secrets[0].sealed, of: tenant, at: "carriers.generic.secret") == "whsec_hidden")
      #expect(try Self.box.open(record.secrets[1].sealed, of: tenant, at: "smtp.password") == "hidden2")
      #expect(try await !shop.holds("hidden"), "nowhere in the database")
      // Another member is changed: the secret stays as it is sealed.
      _ = try await patch(api, boss, #"{"smtp":{"port":25}}"#)
      #expect(try await shop.store.settings(of: tenant)?.secrets == record.secrets)
      _ = try await patch(api, boss, #"{"smtp":{"password":null}}"#)
      #expect(try await shop.store.settings(of: tenant)?.secrets.map(\.path) == ["carriers.generic.secret"])
    }
  }

  @Test func withoutAKeyASecretIsRefusedAndNothingElse() async throws {
    try await withShop { shop in
      let (api, boss) = (try await shop.process(), try shop.token(.admin))
      let refused = try await patch(api, boss, #"{"currency":"INR","escrow":{"secret":"hidden"}}"#)
      #expect(refused.status == 422 && refused.code == "secrets_key_missing")
      #expect(refused.json["errors"]?.items.map { $0["field"]?.text } == ["escrow.secret"])
      #expect(try await shop.store.settings(of: try #require(TenantID("shop-1"))) == nil)
      #expect(try await patch(api, boss, #"{"currency":"INR","escrow":{"url":"https://e.example"}}"#).status == 200)
    }
  }

  @Test func onlyAnAdminMaySeeAndChangeThem() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      for role in Role.allCases where role != .admin {
        let token = try shop.token(role)
        #expect(try await api.ask(.get, "/api/tenant", token: token).status == 403)
        #expect(try await api.ask(.get, "/api/tenant/changes", token: token).status == 403)
        #expect(try await patch(api, token, #"{"currency":"INR"}"#).status == 403)
      }
      let boss = try shop.token(.admin)
      #expect(try await patch(api, boss, "[]").code == "validation_failed")
      #expect(try await patch(api, boss, "{").code == "invalid_json")
      #expect(try await patch(api, boss, #"{"timezone":"UTC"}"#).code == "validation_failed")
      #expect(api.bodyLimitBytes(method: .patch, path: "/api/tenant") == TenantRecord.limitBytes)
    }
  }

  // MARK: In force

  @Test(arguments: [true, false]) func aChangeIsInForceAtEveryProcess(hasRedis: Bool) async throws {
    try await withShop { shop in
      let boss = try shop.token(.admin)
      let here = try await shop.process(hasRedis: hasRedis, zone: "UTC")
      let there = try await shop.process(hasRedis: hasRedis, zone: "UTC")
      func currency(_ api: OrderAPI) async throws -> String? {
        let made = try await api.ask(.post, "/api/orders", token: boss, body: "{\(Self.order)}")
        return made.json["order"]?["currency"]?.text
      }
      for api in [here, there] { #expect(try await currency(api) == "EUR") }
      #expect(try await patch(here, boss, #"{"currency":"INR"}"#).status == 200)
      #expect(try await currency(here) == "INR", "at once where it was changed")
      if hasRedis {
        // No look is made in this test: it was heard of.
        try await eventually("it was heard of") { try await currency(there) == "INR" }
      } else {
        #expect(try await currency(there) == "EUR")
        try await shop.books.with { $0 }[1].round()
        #expect(try await currency(there) == "INR")
      }
      let named = try await there.ask(.post, "/api/orders", token: boss, body: "{\(Self.order),\"currency\":\"USD\"}")
      #expect(named.json["order"]?["currency"]?.text == "USD", "what an order names counts")
      let other = try await here.ask(
        .post, "/api/orders", token: shop.token(.admin, tenant: "shop-2"), body: "{\(Self.order)}")
      #expect(other.json["order"]?["currency"]?.text == "EUR")
    }
  }

  @Test func aDayAndAYearAreOnesOfTheTenantsZone() async throws {
    try await withShop { shop in
      let now = try #require(Timestamp(rfc3339: "2026-12-31T20:00:00Z"))
      shop.clock.set(now)
      let boss = try shop.token(.admin, at: now, seconds: 100_000)
      let api = try await shop.process(zone: "UTC")
      func place() async throws -> JSON? {
        try await api.ask(
          .post, "/api/orders", token: boss, body: "{\(Self.order),\"deliveryDate\":\"2027-01-02\"}"
        ).json["order"]
      }
      func deliver(_ order: JSON?) async throws -> Answer {
        try await api.ask(
          .post, "/api/orders/\(order?["id"]?.text ?? "")/deliveries", token: boss,
          body: #"{"items":[{"productId":"A","quantity":1}]}"#)
      }
      func today() async throws -> JSON? {
        try await api.ask(.get, "/api/orders/stats", token: boss).json["today"]?["count"]
      }
      let before = try await place()
      #expect(before?["orderNumber"]?.text == "ORD-2026-000001")
      #expect(before?["deliveryDate"]?.text == "2027-01-02T00:00:00.000Z")
      #expect(try await deliver(before).status == 201)
      #expect(try await today() == .number("1"))
      #expect(try await patch(api, boss, #"{"timeZone":"Asia/Kolkata"}"#).status == 200)
      // It is the first of January there, and what was counted the day before stays with that day.
      #expect(try await today() == .number("0"))
      let after = try await place()
      #expect(after?["orderNumber"]?.text == "ORD-2027-000001")
      #expect(after?["deliveryDate"]?.text == "2027-01-01T18:30:00.000Z")
      #expect(try await deliver(before).status == 201)
      #expect(try await today() == .number("1"))
      let list = try await api.ask(.get, "/api/deliveries/today", token: boss)
      #expect(list.json["day"]?.text == "2027-01-01" && list.json["deliveries"]?.items.count == 1)
      // And back again: numbers go on where they were, and days are what they were counted as.
      #expect(try await patch(api, boss, #"{"timeZone":null}"#).status == 200)
      #expect(try await place()?["orderNumber"]?.text == "ORD-2026-000002")
      #expect(try await today() == .number("1"))
    }
  }

  @Test func theSingleSumIsInTheTenantsCurrency() async throws {
    try await withShop { shop in
      let boss = try shop.token(.admin)
      let apis = [try await shop.process(), try await shop.process()]
      for (currency, quantity) in [("INR", 2), ("EUR", 3)] {
        let made = try await apis[0].ask(
          .post, "/api/orders", token: boss, body: "{\(Self.order),\"currency\":\"\(currency)\"}")
        let id = try #require(made.json["order"]?["id"]?.text)
        _ = try await apis[0].ask(
          .post, "/api/orders/\(id)/deliveries", token: boss,
          body: #"{"items":[{"productId":"A","quantity":\#(quantity)}]}"#)
      }
      func worth(_ api: OrderAPI) async throws -> JSON? {
        try await api.ask(.get, "/api/orders/stats", token: boss).json["today"]?["totalValue"]
      }
      for api in apis { try await eventually("it is shown") { try await worth(api) == .number("30") } }
      #expect(try await patch(apis[0], boss, #"{"currency":"INR"}"#).status == 200)
      // The sums that lay in Redis and at hand are made anew too.
      for api in apis { try await eventually("it is shown") { try await worth(api) == .number("20") } }
    }
  }

  @Test func theDefaultWorkflowIsOfOrdersThatNameNone() async throws {
    try await withShop { shop in
      let (api, boss) = (try await shop.process(), try shop.token(.admin))
      #expect(try await patch(api, boss, #"{"defaultWorkflow":"nonesuch"}"#).code == "validation_failed")
      #expect(try await patch(api, boss, #"{"defaultWorkflow":"delivery"}"#).status == 200)
      let made = try await api.ask(.post, "/api/orders", token: boss, body: "{\(Self.order)}")
      #expect(made.json["order"]?["workflow"]?.text == "delivery")
      // One that a later version of the hub set and this one does not know is asked for, and refused by name.
      let tenant = try #require(TenantID("shop-1"))
      var record = try #require(try await shop.store.settings(of: tenant))
      record.settings = Array(#"{"defaultWorkflow":"ofLater"}"#.utf8)
      record.revision += 1
      #expect(try await shop.store.write(record, replacing: record.revision - 1, change: nil, answer: nil) == .done)
      try await shop.books.with { $0 }[0].round()
      let refused = try await api.ask(.post, "/api/orders", token: boss, body: "{\(Self.order)}")
      #expect(refused.status == 422 && refused.json["detail"]?.text?.contains("ofLater") == true)
    }
  }
}

extension Shop {
  /// Whether a text stands in any document of tenants, their changes or kept answers, as it is.
  func holds(_ text: String) async throws -> Bool {
    try await store.read { worker in
      var isThere = false
      for collection in [Collection.tenants, .tenantChanges, .answers] {
        let found = try worker.find(Find(collection, limit: 0, filter: { _ in })) {
          document throws(BSONError) -> Bool in
          var values: [[UInt8]] = []
          while let (_, value) = try document.next() { values.append(Array(value.bytes)) }
          return values.contains { $0.contains(Array(text.utf8)) }
        }
        isThere = isThere || found.contains(true)
      }
      return isThere
    }
  }
}
