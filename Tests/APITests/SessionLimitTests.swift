import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import MongoStore
import Orders
import Testing

@testable import API

@Suite struct SessionLimitTests {
  @Test(arguments: ["/api/auth/refresh", "/api/auth/logout"])
  func unknownTokensOfOneAddressAreFewAndCheap(path: String) async throws {
    try await withShop { shop in
      try await shop.addUser("ada")
      let users = CountingUsers(shop.store)
      // Without Redis, whose clock nobody moves: a minute's worth, and nothing that is earned meanwhile.
      let steady = MovedClock()
      let api = try await shop.process(hasRedis: false, users: users, hasher: CountingHasher()) {
        $0.steadyClock = steady.now
      }
      let good = try #require(try await api.logIn(from: "198.51.100.1").json["refreshToken"]?.text)
      let before = users.asked
      var statuses: [Int: Int] = [:]
      // Three times three hundred at once: more of them would meet the limit of what strangers may have under way.
      for round in 0..<3 {
        let some = try await withThrowingTaskGroup(of: Int.self) { group in
          for number in round * 300..<(round + 1) * 300 {
            // Half of them look like the hub's own.
            let made = number % 2 == 0 ? "made-up-\(number)" : "\(number)" + good.dropFirst(4)
            group.addTask { try await api.use(made, at: path, from: "203.0.113.66").status }
          }
          return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        statuses.merge(some) { $0 + $1 }
      }
      #expect(users.asked - before == 60, "\(statuses)")
      #expect(users.atOnce <= api.options.sessionTurns)
      #expect(statuses[429] == 840)
      let refused = try await api.use("made-up", at: path, from: "203.0.113.66")
      #expect(refused.code == "rate_limited")
      #expect(refused.header("Retry-After") != nil)
      // Whoever has a token of the hub's at the same address is not kept from using it.
      #expect(try await api.use(good, at: path, from: "203.0.113.66").status == 200)
    }
  }

  @Test func manyAddressesNeverHoldMoreThanTheirShareOfMongoDB() async throws {
    try await withShop { shop in
      try await shop.addUser("ada")
      let held = Held()
      let users = CountingUsers(shop.store, held: held)
      let warm = try await shop.process(hasher: CountingHasher())
      let good = try #require(try await warm.logIn(from: "198.51.100.1").json["refreshToken"]?.text)
      let api = try await shop.process(users: users)
      let crowd = Task {
        try await withThrowingTaskGroup(of: Int.self) { group in
          for number in 0..<900 {
            let path = number % 2 == 0 ? "/api/auth/refresh" : "/api/auth/logout"
            group.addTask {
              try await api.use("made-up-\(number)", at: path, from: "10.\(number / 250).\(number % 250).1").status
            }
          }
          return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
      }
      let queue = api.logInLimits.sessions
      try await eventually("all places are taken") {
        held.count == api.options.sessionTurns && queue.waiting == LogInLimits.sessionPlaces
      }
      // Others go on: they share no thread with these.
      let token = try shop.token(.employee)
      for _ in 0..<20 { #expect(try await api.ask(.get, "/api/orders", token: token).status == 200) }
      // And a session's own token goes before them all.
      let refreshed = Task { try await api.use(good, from: "203.0.113.66") }
      try await eventually("it waits") { queue.waiting == LogInLimits.sessionPlaces + 1 }
      for _ in 0...api.options.sessionTurns + 1 {
        let before = users.asked
        held.letOneGo()
        try await eventually("the next has its turn") { users.asked > before }
      }
      held.letGo()
      #expect(try await refreshed.value.status == 200)
      let statuses = try await crowd.value
      #expect(Set(statuses.keys).isSubset(of: [200, 401, 503]))
      #expect((statuses[503] ?? 0) > 0)
      #expect(users.atOnce <= api.options.sessionTurns)
    }
  }

  @Test func aSessionIsLimitedByItselfWhereverItsTokenIsUsed() async throws {
    try await withShop { shop in
      for user in ["ada", "bob"] { try await shop.addUser(user) }
      let users = CountingUsers(shop.store)
      let steady = MovedClock()
      let api = try await shop.process(hasRedis: false, users: users, hasher: CountingHasher()) {
        $0.refreshLimitPerMinute = 5
        $0.steadyClock = steady.now
      }
      var token = try #require(try await api.logIn(from: "198.51.100.1").json["refreshToken"]?.text)
      var statuses: [Int] = []
      for number in 0..<9 {
        let answer = try await api.use(token, from: "10.0.\(number).1")
        statuses.append(answer.status)
        token = answer.json["refreshToken"]?.text ?? token
      }
      #expect(statuses == [200, 200, 200, 200, 200, 429, 429, 429, 429])
      let other = try #require(try await api.logIn("bob", from: "198.51.100.2").json["refreshToken"]?.text)
      #expect(try await api.use(other, from: "198.51.100.1").status == 200)
    }
  }

  @Test func aTokenFromBeforeTokensWereSignedIsGoodOnceAndThenReplacedByOne() async throws {
    try await withShop { shop in
      try await shop.addUser("ada")
      let api = try await shop.process()
      let old = RandomIdentities().token(bytes: 32)
      let now = SystemClock().now()
      try await shop.store.open(
        Session(
          tokenHash: Digest.sha256Hex(old.utf8), actor: try shop.actor(.employee), createdAt: now,
          expiresAt: Timestamp(millis: now.millis + 60_000)))
      let answer = try await api.use(old, from: "198.51.100.1")
      #expect(answer.status == 200)
      let next = try #require(answer.json["refreshToken"]?.text)
      #expect(next.utf8.count <= 256)
      let read = try #require(RefreshToken(Text(next), key: api.options.signingKey))
      let third = try #require(try await api.use(next, from: "198.51.100.1").json["refreshToken"]?.text)
      #expect(RefreshToken(Text(third), key: api.options.signingKey)?.family == read.family)
      #expect(RefreshToken(Text(third), key: Array("another key".utf8)) == nil)
      // Signed with a key that is no more: MongoDB knows it still.
      let later = try await shop.process { $0.signingKey = Array("another key".utf8) }
      #expect(try await later.use(third, from: "198.51.100.1").status == 200)
      #expect(try await api.use(next, from: "198.51.100.1").code == "refresh_token_reused")
    }
  }
}
