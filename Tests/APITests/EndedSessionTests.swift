import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import MongoStore
import Orders
import Testing

@testable import API

/// What ends a user's sessions ends its tokens too, and lets it log in again if it may.
@Suite struct EndedSessionTests {
  private static let home = "198.51.100.1"

  /// Two processes, and ben, who is logged in; the clocks stand.
  private func withBen(
    _ body: (Shop, [OrderAPI], _ boss: String, _ login: JSON) async throws -> Void
  ) async throws {
    try await withShop { shop in
      for (user, role) in [("boss", Role.admin), ("ben", .employee)] { try await shop.addUser(user, role: role) }
      shop.clock.hold()
      var apis: [OrderAPI] = []
      for hasRedis in [true, false] {
        apis.append(
          try await shop.process(hasRedis: hasRedis, hasher: CountingHasher()) {
            $0.userLimitPerMinute = 0
            $0.loginLimitPerMinute = 0
            $0.loginAddressLimitPerMinute = 0
          })
      }
      let login = try await apis[0].logIn("ben", from: Self.home)
      try await body(shop, apis, shop.token(.admin, user: "boss"), login.json)
    }
  }

  private func status(_ api: OrderAPI, _ login: JSON) async throws -> String {
    let answer = try await api.ask(.get, "/api/orders", token: login["token"]?.text)
    return answer.code ?? "\(answer.status)"
  }

  private func refresh(_ api: OrderAPI, _ login: JSON) async throws -> String {
    let answer = try await api.use(try #require(login["refreshToken"]?.text), from: Self.home)
    return answer.code ?? "\(answer.status)"
  }

  private static let ends: [(method: HTTPMethod, rest: String, body: String?)] = [
    (.patch, "", #"{"disabled":true}"#), (.patch, "", #"{"role":"customer"}"#),
    (.put, "/password", #"{"password":"right right"}"#), (.delete, "/sessions", nil),
  ]

  @Test(arguments: ends.indices) func itsTokensEndEverywhere(index: Int) async throws {
    let (method, rest, body) = Self.ends[index]
    try await withBen { shop, apis, boss, login in
      for api in apis { #expect(try await status(api, login) == "200") }
      let ended = try await apis[0].ask(method, "/api/users/ben\(rest)", token: boss, body: body)
      #expect(ended.status == 200 && ended.json["sessionsEnded"] == .number("1"))
      // The refresh token at once, wherever; the access token where it was ended at once, elsewhere with the next look.
      for api in apis { #expect(try await refresh(api, login) == "invalid_refresh_token") }
      #expect(try await status(apis[0], login) == "invalid_token")
      apis[1].end(try await shop.store.tokenEnds(after: nil))
      #expect(try await status(apis[1], login) == "invalid_token")
      #expect(try await apis[1].ask(.get, "/api/me", token: boss).status == 200, "nobody else's")
    }
  }

  @Test func whoLogsInInTheSameSecondIsIn() async throws {
    try await withBen { shop, apis, boss, first in
      var old = first
      for _ in 0..<3 {
        #expect(try await apis[0].ask(.delete, "/api/users/ben/sessions", token: boss).status == 200)
        apis[1].end(try await shop.store.tokenEnds(after: nil))
        let login = try await apis[1].logIn("ben", from: Self.home).json
        for api in apis { #expect(try await status(api, login) == "200") }
        let next = try await apis[0].use(try #require(login["refreshToken"]?.text), from: Self.home).json
        for api in apis { #expect(try await status(api, next) == "200") }
        for api in apis { #expect(try await status(api, old) == "invalid_token") }
        old = next
        shop.clock.move(ms: 300)
      }
    }
  }

  @Test func whoIsDisabledIsToldWhatAStrangerIsAndComesBackWhenEnabled() async throws {
    try await withBen { _, apis, boss, _ in
      _ = try await apis[0].ask(.patch, "/api/users/ben", token: boss, body: #"{"disabled":true}"#)
      let (off, stranger) = (
        try await apis[0].logIn("ben", from: Self.home), try await apis[0].logIn("nobody", from: Self.home)
      )
      #expect(off.status == 401 && off.reply.body.bytes == stranger.reply.body.bytes)
      _ = try await apis[1].ask(.patch, "/api/users/ben", token: boss, body: #"{"disabled":false}"#)
      let back = try await apis[0].logIn("ben", from: Self.home)
      #expect(back.status == 200)
      #expect(try await status(apis[0], back.json) == "200")
    }
  }

  @Test func aNewRoleIsThatOfTheNextTokens() async throws {
    try await withBen { _, apis, boss, _ in
      _ = try await apis[0].ask(.patch, "/api/users/ben", token: boss, body: #"{"role":"admin"}"#)
      let login = try await apis[1].logIn("ben", from: Self.home).json
      let token = try #require(login["token"]?.text)
      #expect(try await apis[1].ask(.get, "/api/users", token: token).status == 200)
      // A name is no reason to log in again.
      _ = try await apis[0].ask(.patch, "/api/users/ben", token: boss, body: #"{"name":"Ben"}"#)
      #expect(try await refresh(apis[0], login) == "200")
      #expect(try await status(apis[0], login) == "200")
    }
  }

  // MARK: One's own

  @Test func everybodySeesItselfWholeAndNobodyElse() async throws {
    try await withBen { shop, apis, _, login in
      let me = try await apis[0].ask(.get, "/api/me", token: login["token"]?.text)
      #expect(me.status == 200 && me.json["user"]?["user"]?.text == "ben")
      #expect(me.json["user"]?["role"]?.text == "employee" && me.json["user"]?["hasPassword"] == .bool(true))
      for role in Role.allCases {
        let own = try await apis[0].ask(.get, "/api/me", token: shop.token(role, user: "made"))
        #expect(own.status == 200 && own.json["user"]?["role"]?.text == role.rawValue)
        #expect(own.json["user"]?["hasPassword"] == .bool(false))
        let ben = try await apis[0].ask(.get, "/api/me", token: shop.token(role, user: "ben"))
        #expect(ben.json["user"]?["createdAt"] != nil && ben.json["user"]?["role"]?.text == role.rawValue)
        // There are no sessions of a name that cannot log in.
        let none = try await apis[0].ask(.delete, "/api/me/sessions", token: shop.token(role, user: "made"))
        #expect(none.code == "user_not_found")
      }
      #expect(try await apis[0].ask(.get, "/api/me").code == "token_required")
      #expect(
        try await apis[0].ask(.get, "/api/me", token: login["token"]?.text, query: [("user", "boss")]).status == 422)
    }
  }

  @Test(arguments: [Role.employee, .customer, .kiosk, .seller]) func itsOwnSessionsEndWithACount(role: Role)
    async throws
  {
    try await withShop { shop in
      try await shop.addUser("ann", role: role)
      let api = try await shop.process(hasher: CountingHasher())
      let logins = [
        try await api.logIn("ann", from: Self.home).json, try await api.logIn("ann", from: Self.home).json,
      ]
      let ended = try await api.ask(.delete, "/api/me/sessions", token: logins[0]["token"]?.text)
      #expect(ended.status == 200 && ended.json["sessionsEnded"] == .number("2"))
      for login in logins {
        #expect(try await refresh(api, login) == "invalid_refresh_token")
        #expect(try await api.ask(.get, "/api/me", token: login["token"]?.text).code == "invalid_token")
      }
    }
  }

  @Test func itsOwnPasswordTakesTheOldOne() async throws {
    try await withBen { shop, apis, _, login in
      let token = try #require(login["token"]?.text)
      func put(_ old: String, _ new: String, token: String) async throws -> Answer {
        try await apis[0].ask(
          .put, "/api/me/password", token: token, body: #"{"oldPassword":"\#(old)","password":"\#(new)"}"#)
      }
      let wrong = try await put("wrong", "a new password", token: token)
      #expect(wrong.status == 422 && wrong.code == "wrong_password")
      #expect(wrong.json["errors"]?.items.compactMap { $0["field"]?.text } == ["oldPassword"])
      #expect(try await put("right", "short", token: token).code == "validation_failed")
      #expect(
        try await put("right", "a new password", token: shop.token(.admin, user: "made")).code == "user_not_found")
      #expect(try await refresh(apis[0], login) == "200", "nothing has changed so far")
      let set = try await put("right", "a new password", token: token)
      #expect(set.status == 200 && set.json["sessionsEnded"] == .number("1"))
      #expect(try await put("a new password", "another one", token: token).code == "invalid_token")
      #expect(try await apis[1].logIn("ben", from: Self.home).status == 401)
      #expect(try await apis[1].logIn("ben", password: "a new password", from: Self.home).status == 200)
    }
  }

  @Test func whoHoldsAStolenTokenMayNotGuessThePasswordForLong() async throws {
    try await withShop { shop in
      try await shop.addUser("ben")
      let hasher = CountingHasher()
      let steady = MovedClock()
      let api = try await shop.process(hasRedis: false, hasher: hasher) { $0.steadyClock = steady.now }
      let token = try shop.token(.employee, user: "ben")
      var codes: [String?] = []
      for number in 0..<13 {
        codes.append(
          try await api.ask(
            .put, "/api/me/password", token: token,
            body: #"{"oldPassword":"guess \#(number)","password":"a new password"}"#
          ).code)
      }
      #expect(codes == (0..<13).map { $0 < 10 ? "wrong_password" : "rate_limited" })
      #expect(hasher.asked == 10)
    }
  }

  @Test func hashesTakeTurnsAsLogInsDo() async throws {
    try await withShop { shop in
      for user in ["ben", "cy"] { try await shop.addUser(user) }
      let held = Held()
      let api = try await shop.process(hasher: CountingHasher(held: held)) { $0.loginTurns = 1 }
      let token = try shop.token(.employee, user: "ben")
      let waiting = Task {
        try await api.ask(
          .put, "/api/me/password", token: token, body: #"{"oldPassword":"right","password":"a new password"}"#)
      }
      try await eventually("it has the turn") { held.count == 1 }
      let boss = try shop.token(.admin, user: "boss")
      let second = Task {
        try await api.ask(
          .put, "/api/users/cy/password", token: boss, body: #"{"password":"a new password"}"#)
      }
      try await eventually("the other waits for it") { api.logInLimits.logIns.waiting == 1 }
      held.letGo()
      #expect(try await waiting.value.status == 200)
      #expect(try await second.value.status == 200)
    }
  }
}
