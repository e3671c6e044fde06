import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import MongoStore
import Orders
import Testing

@testable import API

/// Two tabs of a browser hold one refresh token and wake up together; a thief holds it too, and comes later.
@Suite struct RefreshLeewayTests {
  private static let home = "198.51.100.1"
  private static let thief = "203.0.113.66"

  private func withTabs(_ body: (Shop, [OrderAPI], _ token: String) async throws -> Void) async throws {
    try await withShop { shop in
      try await shop.addUser("ada")
      // What time it is must not depend on how long the machine takes.
      shop.clock.hold()
      let apis = [
        try await shop.process(hasher: CountingHasher()) { $0.refreshLimitPerMinute = 0 },
        try await shop.process(hasRedis: false, hasher: CountingHasher()) { $0.refreshLimitPerMinute = 0 },
      ]
      let token = try #require(try await apis[0].logIn(from: Self.home).json["refreshToken"]?.text)
      try await body(shop, apis, token)
    }
  }

  private func refresh(_ api: OrderAPI, _ token: String, from address: String = home) async throws -> String {
    let answer = try await api.use(token, from: address)
    #expect(answer.status == 200, "\(answer.code ?? "")")
    return try #require(answer.json["refreshToken"]?.text)
  }

  @Test func tabsThatRefreshAtOnceAtTwoProcessesGoOnAsOneSession() async throws {
    try await withTabs { shop, apis, first in
      var token = first
      for round in 0..<8 {
        let old = token
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
          for tab in 0..<6 { group.addTask { try await apis[tab % 2].use(old, from: Self.home) } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 200], "round \(round)")
        let next = Set(answers.compactMap { $0.json["refreshToken"]?.text })
        #expect(next.count == 1 && !next.contains(old))
        for answer in answers {
          let access = try #require(answer.json["token"]?.text)
          #expect(try await apis[0].ask(.get, "/api/orders", token: access).status == 200)
        }
        token = try #require(next.first)
        shop.clock.move(seconds: 3_600)
      }
    }
  }

  @Test func theTokenBeforeTheLastIsGoodForTenSecondsAndThenEndsTheSession() async throws {
    try await withTabs { shop, apis, first in
      let second = try await refresh(apis[0], first)
      shop.clock.move(ms: Rotation.leewayMs - 1)
      #expect(try await refresh(apis[1], first) == second)
      // Coming again does not begin the ten seconds anew.
      shop.clock.move(ms: 1)
      #expect(try await apis[1].use(first, from: Self.home).code == "refresh_token_reused")
      for api in apis { #expect(try await api.use(second, from: Self.home).code == "invalid_refresh_token") }
    }
  }

  @Test func theOneBeforeThatEndsTheSessionAtOnce() async throws {
    try await withTabs { _, apis, first in
      let second = try await refresh(apis[0], first)
      let third = try await refresh(apis[1], second)
      #expect(try await apis[0].use(first, from: Self.thief).code == "refresh_token_reused")
      #expect(try await apis[0].use(third, from: Self.home).status == 401)
    }
  }

  @Test func whoeverStealsATokenWithinTheLeewayHoldsTheSameOneAndIsFoundOutByTheNext() async throws {
    try await withTabs { shop, apis, first in
      let second = try await refresh(apis[0], first)
      #expect(try await refresh(apis[1], first, from: Self.thief) == second, "no session of its own")
      shop.clock.move(seconds: 600)
      let third = try await refresh(apis[0], second)
      shop.clock.move(seconds: 600)
      #expect(try await apis[1].use(second, from: Self.thief).code == "refresh_token_reused")
      #expect(try await apis[0].use(third, from: Self.home).status == 401)
    }
  }

  @Test(arguments: [true, false]) func whatEndedTheSessionEndsTheLeewayToo(logsOut: Bool) async throws {
    try await withTabs { shop, apis, first in
      let second = try await refresh(apis[0], first)
      if logsOut {
        #expect(try await apis[0].use(second, at: "/api/auth/logout", from: Self.home).status == 200)
      } else {
        let ada = try shop.actor(.employee)
        #expect(try await shop.store.setPassword("new", of: ada.user, tenant: ada.tenant, at: shop.clock.now()))
      }
      for token in [first, second] {
        #expect(try await apis[1].use(token, from: Self.home).code == "invalid_refresh_token")
      }
    }
  }

  @Test func aTabThatHasNotHeardOfTheLastRefreshLogsOutAllTheSame() async throws {
    try await withTabs { _, apis, first in
      let second = try await refresh(apis[0], first)
      #expect(try await apis[1].use(first, at: "/api/auth/logout", from: Self.home).status == 200)
      #expect(try await apis[0].use(second, from: Self.home).code == "invalid_refresh_token")
    }
  }

  @Test func nobodyCanTellTheNextTokenWithoutTheKey() throws {
    let ids = RandomIdentities()
    let (key, other) = (Array("the key of all processes".utf8), Array("another key".utf8))
    let first = RefreshToken(ids: ids, key: key)
    let next = RefreshToken(after: first.text, family: first.family, key: key)
    #expect(next == RefreshToken(after: first.text, family: first.family, key: key))
    #expect(next.family == first.family && next.text != first.text)
    #expect(RefreshToken(next.text, key: key) == next)
    #expect(RefreshToken(after: first.text, family: first.family, key: other).text != next.text)
    let unsigned = RefreshToken(after: "old", family: nil, key: key)
    #expect(unsigned == RefreshToken(after: "old", family: nil, key: key))
    #expect(unsigned.family != RefreshToken(after: "older", family: nil, key: key).family)
  }
}
