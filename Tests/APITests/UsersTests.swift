import Credentials
import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API
@testable import MongoStore

/// Users over REST, as admins see and change them.
@Suite struct UsersTests {
  private static let home = "198.51.100.1"

  /// A process of a shop of which boss is an admin that can log in.
  private func withBoss(
    hasher: (any PasswordHasher)? = nil, _ body: (Shop, OrderAPI, _ boss: String) async throws -> Void
  ) async throws {
    try await withShop { shop in
      try await shop.addUser("boss", role: .admin)
      let api = try await shop.process(hasher: hasher ?? CountingHasher()) { $0.userLimitPerMinute = 0 }
      try await body(shop, api, shop.token(.admin, user: "boss"))
    }
  }

  @Test func anAdminAddsFindsAndChangesUsers() async throws {
    try await withBoss { shop, api, boss in
      shop.clock.hold()
      let added = try await api.ask(
        .post, "/api/users", token: boss,
        body: #"{"user":"ben","role":"employee","name":" Ben\u202e Okri ","password":"a long password"}"#)
      #expect(added.status == 201)
      let ben = added.json["user"]
      #expect(ben?["user"]?.text == "ben" && ben?["tenant"]?.text == "shop-1" && ben?["role"]?.text == "employee")
      #expect(ben?["name"]?.text == "Ben Okri")
      #expect(ben?["disabled"] == .bool(false) && ben?["hasPassword"] == .bool(true))
      #expect(added.json["sessionsEnded"] == .number("0"))
      #expect(try await api.ask(.get, "/api/users/ben", token: boss).json["user"] == ben)
      #expect(try await api.logIn("ben", password: "a long password", from: Self.home).status == 200)
      let dots = try await api.ask(.post, "/api/users", token: boss, body: #"{"user":"...","role":"customer"}"#)
      #expect(dots.status == 201)
      #expect(try await api.ask(.get, "/api/users/...", token: boss).json["user"] == dots.json["user"])
      let bare = try await api.ask(.post, "/api/users", token: boss, body: #"{"user":"a/b%","role":"customer"}"#)
      #expect(bare.json["user"]?["hasPassword"] == .bool(false) && bare.json["user"]?["name"] == .null)
      let escaped = try await api.ask(.get, "/api/users/a%2Fb%25", token: boss)
      #expect(escaped.json["user"] == bare.json["user"])
      #expect(try await api.logIn("a/b%", password: "", from: Self.home).code == "invalid_credentials")
      let changed = try await api.ask(
        .patch, "/api/users/ben", token: boss, body: #"{"role":"customer","disabled":true,"name":""}"#)
      #expect(changed.status == 200 && changed.json["sessionsEnded"] == .number("1"))
      let now = changed.json["user"]
      #expect(now?["role"]?.text == "customer" && now?["disabled"] == .bool(true) && now?["name"] == .null)
      #expect(try await api.ask(.get, "/api/users/ben", token: boss).json["user"] == now)
    }
  }

  @Test func usersAreListedByNameAndByWhatTheyAre() async throws {
    try await withBoss { shop, api, boss in
      for user in ["cy", "ada", "bea"] { try await shop.addUser(user) }
      try await shop.addUser("abe", tenant: "shop-2", role: .admin)
      _ = try await api.ask(.patch, "/api/users/cy", token: boss, body: #"{"disabled":true}"#)
      func names(_ query: [(String, String)]) async throws -> (names: [String], next: String?) {
        let answer = try await api.ask(
          .get, "/api/users", token: boss, query: query.map { (name: $0.0, value: $0.1) })
        #expect(answer.status == 200)
        return (
          answer.json["users"]?.items.compactMap { $0["user"]?.text } ?? [],
          answer.json["pagination"]?["nextCursor"]?.text
        )
      }
      #expect(try await names([]).names == ["ada", "bea", "boss", "cy"])
      #expect(try await names([("role", "admin")]).names == ["boss"])
      #expect(try await names([("status", "disabled")]).names == ["cy"])
      #expect(try await names([("status", "active"), ("role", "employee")]).names == ["ada", "bea"])
      let first = try await names([("limit", "3")])
      #expect(first.names == ["ada", "bea", "boss"] && first.next == "boss")
      let second = try await names([("limit", "3"), ("cursor", "boss")])
      #expect(second.names == ["cy"] && second.next == nil)
      for (name, value) in [
        ("role", "root"), ("status", "away"), ("limit", "0"), ("limit", "101"), ("cursor", "a b"), ("page", "2"),
      ] {
        let refused = try await api.ask(.get, "/api/users", token: boss, query: [(name, value)])
        #expect(refused.code == "validation_failed", "\(name)=\(value)")
      }
    }
  }

  @Test(arguments: [
    (#"{}"#, ["user", "user", "role"]), (#"{"user":"a b","role":"employee"}"#, ["user"]),
    (#"{"user":".","role":"employee"}"#, ["user"]), (#"{"user":"..","role":"admin"}"#, ["user"]),
    (#"{"user":"\u00e9","role":"employee"}"#, ["user"]), (#"{"user":"eve","role":"root"}"#, ["role"]),
    (#"{"user":{"$gt":""},"role":["admin"]}"#, ["user", "user", "role"]),
    (#"{"user":"eve","role":"admin","password":"seven77"}"#, ["password"]),
    (#"{"user":"eve","role":"admin","name":"\u200b\u2800x\u0007"}"#, ["name"]),
    (#"{"user":"eve","role":"admin","passwordHash":"x"}"#, ["passwordHash"]),
  ]) func aUserThatIsNoneIsRefused(body: String, fields: [String]) async throws {
    try await withBoss { shop, api, boss in
      let refused = try await api.ask(.post, "/api/users", token: boss, body: body)
      #expect(refused.status == 422 && refused.code == "validation_failed")
      #expect(refused.json["errors"]?.items.compactMap { $0["field"]?.text } == fields)
      #expect(try await api.ask(.get, "/api/users", token: boss).json["users"]?.items.count == 1)
    }
  }

  @Test func aPasswordFollowsTheRuleAndIsNeverGivenBack() async throws {
    let hasher = try Argon2Hasher()
    defer { hasher.close() }
    try await withBoss(hasher: hasher) { _, api, boss in
      _ = try await api.ask(.post, "/api/users", token: boss, body: #"{"user":"ben","role":"employee"}"#)
      func put(_ password: String) async throws -> Answer {
        try await api.ask(.put, "/api/users/ben/password", token: boss, body: "{\"password\":\"\(password)\"}")
      }
      #expect(try await put("seven77").code == "validation_failed")
      #expect(try await put(String(repeating: "x", count: 1_025)).code == "validation_failed")
      #expect(try await put("nobody sees\u{200b} it").code == "password_not_allowed")
      #expect(try await api.ask(.put, "/api/users/ben/password", token: boss, body: "{}").status == 422)
      #expect(try await api.ask(.get, "/api/users/ben", token: boss).json["user"]?["hasPassword"] == .bool(false))
      let set = try await put("cafe\u{301} au lait")
      #expect(set.status == 200 && set.json["user"]?["hasPassword"] == .bool(true))
      for answer in [set, try await api.ask(.get, "/api/users", token: boss)] {
        let text = String(decoding: answer.reply.body.bytes, as: UTF8.self)
        #expect(!text.contains("argon2") && !text.contains("lait"))
      }
      // As every password: it does not matter how the accent is written.
      #expect(try await api.logIn("ben", password: "caf\u{e9} au lait", from: Self.home).status == 200)
      #expect(try await put("another long one").json["sessionsEnded"] == .number("1"))
    }
  }

  @Test func aNameIsTakenOnce() async throws {
    try await withBoss { shop, api, boss in
      let body = #"{"user":"ben","role":"employee"}"#
      #expect(try await api.ask(.post, "/api/users", token: boss, body: body).status == 201)
      #expect(try await api.ask(.post, "/api/users", token: boss, body: body).code == "user_exists")
      let other = try shop.token(.admin, user: "boss", tenant: "shop-2")
      #expect(try await api.ask(.post, "/api/users", token: other, body: body).status == 201)
    }
  }

  /// What is asked of one user.
  private static let aboutOne: [(method: HTTPMethod, rest: String, body: String?)] = [
    (.get, "", nil), (.patch, "", #"{"role":"admin"}"#), (.put, "/password", #"{"password":"a long password"}"#),
    (.delete, "/sessions", nil),
  ]

  @Test(arguments: aboutOne.indices) func anotherTenantsUserIsNotThere(index: Int) async throws {
    let (method, rest, body) = Self.aboutOne[index]
    try await withBoss { shop, api, boss in
      try await shop.addUser("eve", tenant: "shop-2")
      let eve = try shop.actor(.employee, user: "eve", tenant: "shop-2")
      let before = try await shop.store.user(eve.user, tenant: eve.tenant)
      for name in ["eve", "nobody", "%C3%A9", "a%20b"] {
        let answer = try await api.ask(method, "/api/users/\(name)\(rest)", token: boss, body: body)
        #expect(answer.status == 404 && answer.code == "user_not_found", "\(name)")
      }
      #expect(try await shop.store.user(eve.user, tenant: eve.tenant) == before)
      for role in Role.allCases where role != .admin {
        let answer = try await api.ask(
          method, "/api/users/boss\(rest)", token: shop.token(role, user: "boss"), body: body)
        #expect(answer.code == "forbidden", "\(role)")
      }
    }
  }

  @Test func anAdminNeitherDisablesNorDemotesItself() async throws {
    try await withBoss { shop, api, boss in
      try await shop.addUser("second", role: .admin)
      let before = try await api.ask(.get, "/api/users/boss", token: boss).json
      for body in [#"{"disabled":true}"#, #"{"role":"employee"}"#, #"{"name":"Boss","role":"system"}"#] {
        let refused = try await api.ask(.patch, "/api/users/boss", token: boss, body: body)
        #expect(refused.status == 409 && refused.code == "own_account", "\(body)")
      }
      #expect(try await api.ask(.get, "/api/users/boss", token: boss).json == before)
      // Its own password takes the old one.
      let own = try await api.ask(
        .put, "/api/users/boss/password", token: boss, body: #"{"password":"a new password"}"#)
      #expect(own.status == 409 && own.code == "own_account")
      #expect(
        try await api.ask(
          .patch, "/api/users/boss", token: boss, body: #"{"name":"Boss","role":"admin","disabled":false}"#
        ).status == 200)
      #expect(try await api.ask(.patch, "/api/users/boss", token: boss, body: "{}").code == "validation_failed")
    }
  }

  @Test func theLastAdminStaysWhoeverAsks() async throws {
    try await withBoss { shop, api, _ in
      // A token that another program made, for a name that cannot log in.
      let root = try shop.token(.admin, user: "root")
      for body in [#"{"disabled":true}"#, #"{"role":"employee"}"#] {
        let refused = try await api.ask(.patch, "/api/users/boss", token: root, body: body)
        #expect(refused.status == 409 && refused.code == "last_admin", "\(body)")
      }
      #expect(try await api.logIn("boss", from: Self.home).status == 200)
    }
  }

  @Test func ofTwoAdminsWhoDisableEachOtherAtTwoProcessesOneStays() async throws {
    try await withShop { shop in
      let apis = [try await shop.process { $0.userLimitPerMinute = 0 }, try await shop.process(hasRedis: false)]
      for round in 0..<20 {
        let tenant = "t\(round)"
        for user in ["ada", "bob"] { try await shop.addUser(user, tenant: tenant, role: .admin) }
        let (ada, bob) = (
          try shop.token(.admin, user: "ada", tenant: tenant), try shop.token(.admin, user: "bob", tenant: tenant)
        )
        async let first = apis[0].ask(.patch, "/api/users/bob", token: ada, body: #"{"disabled":true}"#)
        async let second = apis[1].ask(.patch, "/api/users/ada", token: bob, body: #"{"role":"employee"}"#)
        let outcomes = try await [first, second].map { $0.code ?? "\($0.status)" }
        // Who comes second is none any more.
        #expect(outcomes.sorted() == ["200", "invalid_token"], "\(outcomes)")
      }
    }
  }

  @Test func aRepeatIsGivenTheFirstAnswerAndKeepsNoTraceOfThePassword() async throws {
    try await withBoss { shop, api, boss in
      let body = #"{"user":"ben","role":"employee","password":"a long password"}"#
      let first = try await api.ask(.post, "/api/users", token: boss, key: "k", body: body)
      let again = try await api.ask(.post, "/api/users", token: boss, key: "k", body: body)
      #expect(first.status == 201 && again.status == 201 && again.header("Idempotent-Replayed") == "true")
      #expect(again.reply.body.bytes == first.reply.body.bytes)
      let other = body.replacing("long", with: "short")
      let refused = try await api.ask(.post, "/api/users", token: boss, key: "k", body: other)
      #expect(refused.code == "idempotency_key_reused")
      let plain = Digest.sha256Hex(Array(body.utf8) + Array("\nboss".utf8))
      let kept = try await shop.store.read { worker in
        try worker.find(Find(.answers, limit: 10) { _ in }) { answer throws(BSONError) in
          let fingerprint: String = try answer.string("fingerprint")
          return fingerprint
        }
      }
      #expect(kept.count == 1 && !kept.contains(plain))
      // The other writes too: once, and then the same answer.
      for (method, rest, body) in Self.aboutOne where method != .get {
        let path = "/api/users/ben\(rest)"
        let first = try await api.ask(method, path, token: boss, key: "k", body: body)
        let again = try await api.ask(method, path, token: boss, key: "k", body: body)
        #expect(first.status == 200 && again.reply.body.bytes == first.reply.body.bytes, "\(path)")
        #expect(again.header("Idempotent-Replayed") == "true")
      }
    }
  }
}
