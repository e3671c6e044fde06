import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import MongoStore
import Orders
import Testing

@testable import API

/// Whoever is no admin any more undoes nothing of it at a process that has not heard of it yet, and no clock that is wrong
/// lets a token live.
@Suite struct EndedCallerTests {
  private static let home = "198.51.100.1"

  private static func open(_ options: inout OrderAPI.Options) {
    (options.userLimitPerMinute, options.loginLimitPerMinute, options.loginAddressLimitPerMinute) = (0, 0, 0)
  }

  /// A shop with two processes, of which the second never hears what the first has ended; and two admins, boss and eve.
  private func withEve(_ body: (Shop, [OrderAPI], _ boss: String, _ eve: String) async throws -> Void) async throws {
    try await withShop { shop in
      for user in ["boss", "eve"] { try await shop.addUser(user, role: .admin) }
      try await shop.addUser("ben")
      let apis = [
        try await shop.process(hasher: CountingHasher(), Self.open),
        try await shop.process(hasRedis: false, hasher: CountingHasher(), Self.open),
      ]
      let tokens = [
        try await apis[0].logIn("boss", from: Self.home).json["token"]?.text,
        try await apis[0].logIn("eve", from: Self.home).json["token"]?.text,
      ]
      try await body(shop, apis, #require(tokens[0]), #require(tokens[1]))
    }
  }

  /// How eve is no admin any more.
  private static let losses: [(method: HTTPMethod, rest: String, body: String?)] = [
    (.patch, "", #"{"disabled":true}"#), (.patch, "", #"{"role":"employee"}"#),
    (.put, "/password", #"{"password":"another one"}"#), (.delete, "/sessions", nil),
  ]

  /// All that writes users. What eve may not do to herself is refused before, or for the same reason.
  private static let deeds: [(method: HTTPMethod, path: String, body: String?)] = [
    (.patch, "/api/users/eve", #"{"disabled":false}"#), (.patch, "/api/users/eve", #"{"role":"admin"}"#),
    (.patch, "/api/users/boss", #"{"disabled":true}"#), (.patch, "/api/users/ben", #"{"role":"admin"}"#),
    (.put, "/api/users/ben/password", #"{"password":"mine from now on"}"#), (.delete, "/api/users/boss/sessions", nil),
    (.delete, "/api/users/eve/sessions", nil),
    (.post, "/api/users", #"{"user":"evil","role":"admin","password":"a long password"}"#),
    (.delete, "/api/me/sessions", nil),
    (.put, "/api/me/password", #"{"oldPassword":"right","password":"a long password"}"#),
  ]

  @Test(arguments: losses.indices) func whoIsNoAdminAnyMoreUndoesNothingAtAnotherProcess(index: Int) async throws {
    let (method, rest, body) = Self.losses[index]
    try await withEve { shop, apis, boss, eve in
      // The other process knows the token.
      #expect(try await apis[1].ask(.get, "/api/users", token: eve).status == 200)
      #expect(try await apis[0].ask(method, "/api/users/eve\(rest)", token: boss, body: body).status == 200)
      let tenant = try shop.actor(.admin).tenant
      let before = try await shop.store.users(tenant: tenant)
      for (number, (method, path, body)) in Self.deeds.enumerated() {
        // A new password of its own is judged by the old one before anything is written.
        if path == "/api/me/password", Self.losses[index].rest == "/password" { continue }
        let answer = try await apis[1].ask(method, path, token: eve, key: "k\(number)", body: body)
        #expect(answer.status == 401 && answer.code == "invalid_token", "\(method) \(path)")
      }
      #expect(try await shop.store.users(tenant: tenant) == before)
      // The boss is where it was, and acts on.
      #expect(try await apis[1].ask(.patch, "/api/users/ben", token: boss, body: #"{"name":"Ben"}"#).status == 200)
    }
  }

  @Test func aTokenOfAnotherProgramActsAsBeforeWhereThereIsNoRecord() async throws {
    try await withEve { shop, apis, _, _ in
      let made = try shop.token(.admin, user: "made")
      #expect(try await apis[0].ask(.patch, "/api/users/ben", token: made, body: #"{"name":"Ben"}"#).status == 200)
      // Where there is one it counts: ben is no admin, whatever a token says, and does not make himself one.
      let claimed = try shop.token(.admin, user: "ben")
      for (path, body) in [("/api/users/ben", #"{"role":"admin"}"#), ("/api/users/eve", #"{"disabled":true}"#)] {
        #expect(try await apis[0].ask(.patch, path, token: claimed, body: body).code == "invalid_token")
      }
      #expect(try await apis[0].ask(.get, "/api/users/ben", token: made).json["user"]?["role"]?.text == "employee")
    }
  }

  // MARK: Clocks

  /// At a process whose clock is so far off tokens are ended, or made, and at one whose clock is right the other.
  @Test(arguments: [-3_600, -20, 20, 3_600] as [Int64], [true, false])
  func noClockThatIsWrongLetsATokenLive(seconds: Int64, makes: Bool) async throws {
    try await withShop { shop in
      for (user, role) in [("boss", Role.admin), ("ben", .employee)] { try await shop.addUser(user, role: role) }
      let wrong = ShopClock()
      wrong.move(seconds: seconds)
      let right = try await shop.process(hasher: CountingHasher(), Self.open)
      let off = try await shop.process(hasher: CountingHasher(), clock: wrong, Self.open)
      let (maker, ender) = makes ? (off, right) : (right, off)
      let token = try #require(try await maker.logIn("ben", from: Self.home).json["token"]?.text)
      #expect(try await maker.ask(.get, "/api/me", token: token).status == 200)
      let boss = try #require(try await ender.logIn("boss", from: Self.home).json["token"]?.text)
      #expect(try await ender.ask(.delete, "/api/users/ben/sessions", token: boss).status == 200)
      for api in [right, off] {
        api.end(try await shop.store.tokenEnds(after: nil))
        #expect(try await api.ask(.get, "/api/me", token: token).code == "invalid_token")
      }
      // Who logs in again is in, where clocks are as far apart as they may be.
      guard abs(seconds) <= 30 else { return }
      for api in [right, off] {
        let login = try await api.logIn("ben", from: Self.home).json
        let next = try await api.use(try #require(login["refreshToken"]?.text), from: Self.home).json
        for token in [login["token"]?.text, next["token"]?.text] {
          for other in [right, off] { #expect(try await other.ask(.get, "/api/me", token: token).status == 200) }
        }
      }
    }
  }

  @Test func whoseSessionsEndWhileItLogsInIsToldWhatAStrangerIs() async throws {
    try await withShop { shop in
      for (user, role) in [("boss", Role.admin), ("ben", .employee)] { try await shop.addUser(user, role: role) }
      let held = Held()
      let slow = try await shop.process(hasher: CountingHasher(held: held), Self.open)
      let other = try await shop.process(hasRedis: false, Self.open)
      let waiting = Task { try await slow.logIn("ben", from: Self.home) }
      try await eventually("its password is looked at") { held.count == 1 }
      let ended = try await other.ask(
        .patch, "/api/users/ben", token: shop.token(.admin, user: "boss"), body: #"{"disabled":true}"#)
      #expect(ended.status == 200)
      held.letGo()
      let late = try await waiting.value
      #expect(late.status == 401 && late.code == "invalid_credentials")
    }
  }
}
