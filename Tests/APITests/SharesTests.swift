import HubContracts
import HubRuntime
import HubWire
import Orders
import Testing

@testable import API
@testable import OrderDesk

@Suite struct SharesTests {
  /// Has so many requests of a party under way while `body` runs.
  private func busy(
    _ api: OrderAPI, _ count: Int, of actor: Actor, _ body: () async throws -> Void
  ) async throws {
    let held = Locked(0)
    let (stream, end) = AsyncStream<Void>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count {
        group.addTask {
          try await api.shares.admit(Party(actor)) {
            held.with { $0 += 1 }
            for await _ in stream {}
          }
        }
      }
      while held.with({ $0 }) < count { await Task.yield() }
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
      end.finish()
      try await group.waitForAll()
      try outcome.get()
    }
  }

  /// Whether the places were the API's or the store's: slow down, and not that the database is away.
  @Test(arguments: [(Lack.user, 429, "1"), (.household, 429, "1"), (.all, 503, "1")])
  func whatTheStoreHasNoPlaceForIsAnOverload(lack: Lack, status: Int, retryAfter: String) async throws {
    try await withShop { shop in
      let api = try await shop.process()
      for error in [StoreError.overloaded(lack), lack] as [any Error] {
        let problem = api.problem(for: error, log: api.log)
        #expect(problem.status == status)
        #expect(problem.code == "overloaded")
        #expect(problem.canRetry)
        #expect(problem.headers.first { $0.name == "Retry-After" }?.value == retryAfter)
      }
      // A write that meets it in its lane says the same.
      guard case .overloaded(lack) = Outcome(StoreError.overloaded(lack)) else {
        Issue.record("\(lack)")
        return
      }
      #expect(api.problem(for: StoreError.unavailable("x"), log: api.log).code == "unavailable")
    }
  }

  @Test func whoHasItsPartOfWhatIsUnderWayIsToldSoOnEachRouteAndOthersAreAnswered() async throws {
    try await withShop { shop in
      let api = try await shop.process {
        $0.pendingLimit = 8
        $0.userLimitPerMinute = 0
      }
      let ada = try shop.actor(.admin)
      try await busy(api, 4, of: ada) {
        for route in OrderAPI.routes where route.access != .open {
          let path = OpenAPI.path(route).replacing("{id}", with: "0123456789abcdef01234567")
            .replacing("{deliveryId}", with: "0123456789abcdef01234567")
          let answer = try await api.ask(route.method, path, token: shop.token(.admin), body: "{}")
          #expect(answer.status == 429, "\(path)")
          #expect(answer.code == "overloaded")
          #expect(answer.header("Retry-After") == "1")
        }
        for token in [try shop.token(.admin, user: "ben"), try shop.token(.admin, tenant: "shop-2")] {
          #expect(try await api.ask(.get, "/api/orders", token: token).status == 200)
          _ = try await place(api, token)
        }
        for path in ["/healthz", "/readyz"] { #expect(try await api.ask(.get, path).status == 200) }
      }
      #expect(try await api.ask(.get, "/api/orders", token: shop.token(.admin)).status == 200)
    }
  }

  @Test func aTenantsUsersTogetherLeavePlacesToOtherTenants() async throws {
    try await withShop { shop in
      let api = try await shop.process { $0.pendingLimit = 12 }
      try await busy(api, 6, of: shop.actor(.admin)) {
        try await busy(api, 2, of: shop.actor(.admin, user: "ben")) {
          let cleo = try await api.ask(.get, "/api/orders", token: shop.token(.admin, user: "cleo"))
          #expect(cleo.status == 429)
          #expect(cleo.json["detail"]?.text?.contains("this tenant") == true)
          #expect(try await api.ask(.get, "/api/orders", token: shop.token(.admin, tenant: "shop-2")).status == 200)
        }
      }
    }
  }

  @Test func whoHasNoTokenLeavesPlacesToThoseWhoHave() async throws {
    try await withShop { shop in
      let api = try await shop.process { $0.pendingLimit = 4 }
      let (stream, end) = AsyncStream<Void>.makeStream()
      let held = Locked(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask {
            try await api.shares.admit(.strangers) {
              held.with { $0 += 1 }
              for await _ in stream {}
            }
          }
        }
        while held.with({ $0 }) < 2 { await Task.yield() }
        let login = #"{"tenant":"shop-1","user":"ada","password":"a long password"}"#
        let guess = try await api.ask(.post, "/api/auth/login", body: login)
        #expect(guess.status == 503)
        #expect(guess.code == "overloaded")
        #expect(try await api.ask(.get, "/api/orders", token: shop.token(.admin)).status == 200)
        #expect(try await api.ask(.get, "/healthz").status == 200)
        end.finish()
        try await group.waitForAll()
      }
    }
  }

  @Test func aLongBodyIsReadAndRefusedAsAShortOneIs() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let token = try shop.token(.admin)
      let items = (0..<500).map { #"{"productId":"P\#($0)","name":"A product of many","quantity":1,"unitPrice":2}"# }
      let body = { (items: [String]) in #"{"customer":{"name":"Ada"},"items":[\#(items.joined(separator: ","))]}"# }
      #expect(body(items).utf8.count > Shares.longBytes)
      #expect(try await api.ask(.post, "/api/orders", token: token, body: body(items)).status == 201)
      let tooMany = try await api.ask(.post, "/api/orders", token: token, body: body(items + items))
      #expect(tooMany.status == 422)
      #expect(tooMany.json["errors"]?.items.first?["field"]?.text == "items")
      #expect(try await api.ask(.post, "/api/orders", token: token, body: body(items) + "}").code == "invalid_json")
      let list = try await api.ask(.get, "/api/orders", token: token)
      #expect(list.json["orders"]?.items.first?["items"]?.items.count == 500)
    }
  }
}
