import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API

@Suite struct LogInTests {
  private static let attacker = "203.0.113.66"

  @Test(arguments: [true, false]) func elevenWrongGuessesDoNotKeepTheirVictimOut(hasRedis: Bool) async throws {
    try await withShop { shop in
      try await shop.addUser("ada")
      // With Redis the clock is Redis's own.
      let steady = MovedClock()
      let api = try await shop.process(hasRedis: hasRedis, hasher: CountingHasher()) { $0.steadyClock = steady.now }
      let device = try #require(try await api.logIn(from: "198.51.100.1").json["deviceToken"]?.text)
      var guesses: [Int] = []
      for number in 0..<11 {
        guesses.append(try await api.logIn(password: "guess \(number)", from: Self.attacker).status)
      }
      #expect(guesses.prefix(5).allSatisfy { $0 == 401 })
      #expect(guesses.contains(429))
      if !hasRedis { #expect(guesses == [401, 401, 401, 401, 401, 429, 429, 429, 429, 429, 429]) }
      // Somewhere else, and on a device that nobody knows.
      #expect(try await api.logIn(from: "198.51.100.2").status == 200)
      // Now from as many addresses as it takes to use up what all strangers may try.
      for number in 0..<60 {
        _ = try await api.logIn(password: "guess", from: "203.0.113.\(number)")
      }
      if !hasRedis {
        let stranger = try await api.logIn(from: "198.51.100.3")
        #expect(stranger.status == 429)
        #expect(stranger.header("Retry-After") != nil)
      }
      // The device that was let in before is let in again, wherever it is.
      for address in ["198.51.100.1", Self.attacker, "2001:db8::9"] {
        #expect(try await api.logIn(device: device, from: address).status == 200, "\(address)")
      }
      #expect(try await api.logIn(cookie: "a=b; orderhub-device=\(device)", from: Self.attacker).status == 200)
    }
  }

  @Test func aDeviceIsKnownForItsUserOnlyAndForItsTimeOnly() async throws {
    try await withShop { shop in
      for user in ["ada", "bob"] { try await shop.addUser(user) }
      try await shop.addUser("ada", tenant: "shop-2")
      let api = try await shop.process(hasher: CountingHasher())
      let first = try await api.logIn(from: "198.51.100.1")
      let device = try #require(first.json["deviceToken"]?.text)
      #expect(
        first.header("Set-Cookie")
          == "orderhub-device=\(device); Path=/api/auth; Max-Age=15552000; HttpOnly; SameSite=Strict")
      let key = api.options.signingKey
      let now = SystemClock().now()
      func read(_ text: String, user: String = "ada", tenant: String = "shop-1", days: Int64 = 0) throws -> DeviceToken?
      {
        let actor = try shop.actor(.employee, user: user, tenant: tenant)
        return DeviceToken(
          Text(text), tenant: actor.tenant, user: actor.user, key: key,
          now: Timestamp(millis: now.millis + days * 86_400_000)
        )
      }
      let known = try #require(try read(device))
      #expect(try read(device, days: 179)?.name == known.name)
      #expect(try read(device, days: 181) == nil)
      #expect(try read(device, user: "bob") == nil)
      #expect(try read(device, tenant: "shop-2") == nil)
      for broken in [
        "", ".", "..", "a.b.c", device + "0", String(device.dropLast()), "0" + device.dropFirst(),
        device.replacing(".", with: ".0"), String(repeating: "x", count: 100_000),
      ] where broken != device {
        #expect(try read(broken) == nil, "\(broken.prefix(80))")
      }
      // It goes on being known from its last log-in, under its name.
      let again = try #require(try await api.logIn(device: device, from: "198.51.100.1").json["deviceToken"]?.text)
      #expect(try read(again)?.name == known.name)
      // What is no token of a device is no reason to refuse; what is far too long is.
      #expect(try await api.logIn(device: "nonsense", from: "198.51.100.9").status == 200)
      #expect(
        try await api.logIn(device: String(repeating: "x", count: 257), from: "198.51.100.9").status == 422)
    }
  }

  @Test func headersThatAreListsAreReadInAllTheirLines() {
    func request(_ headers: [(Text, Text)]) -> HTTPRequest {
      HTTPRequest(method: .post, path: "/", headers: headers.map { (name: $0.0, value: $0.1) })
    }
    let cookies = request([("Cookie", "a=b"), ("Accept", "c"), ("cookie", "c=d; orderhub-device=x; e")])
    #expect(DeviceToken.cookie(of: cookies) == "x")
    #expect(DeviceToken.cookie(of: request([("Cookie", "a=b"), ("Cookie", "")])) == nil)
    #expect(request([("Accept", "a, b"), ("Host", "h"), ("ACCEPT", "c")]).list("Accept") == "a, b, c")
    #expect(request([("Accept", "")]).list("Accept") == "" && request([]).list("Accept") == nil)
    // Each proxy adds how it was asked; the first was asked by the browser.
    for (lines, isSecure) in [
      (["https"], true), (["HTTPS, http"], true), (["https", "http"], true), (["http", "https"], false), ([], false),
      (["", "https"], false),
    ] as [([Text], Bool)] {
      let cookie = DeviceToken.setCookie("x", for: request(lines.map { ("X-Forwarded-Proto", $0) }))
      #expect(cookie.value.hasSuffix("; Secure") == isSecure, "\(lines)")
    }
  }

  @Test func aKnownDeviceThatGuessesIsLimitedByItself() async throws {
    try await withShop { shop in
      try await shop.addUser("ada")
      let steady = MovedClock()
      let api = try await shop.process(hasRedis: false, hasher: CountingHasher()) { $0.steadyClock = steady.now }
      func device() async throws -> String {
        try #require(try await api.logIn(from: "198.51.100.\(Int.random(in: 1...250))").json["deviceToken"]?.text)
      }
      let (stolen, own) = (try await device(), try await device())
      var statuses: [Int] = []
      for _ in 0..<14 { statuses.append(try await api.logIn(password: "x", device: stolen, from: "192.0.2.1").status) }
      #expect(statuses == (0..<14).map { $0 < 10 ? 401 : 429 })
      #expect(try await api.logIn(device: own, from: "192.0.2.1").status == 200)
    }
  }

  @Test func neighboursInOneIPv6NetworkAreOneAddress() async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false, hasher: CountingHasher()) {
        $0.loginAddressLimitPerMinute = 3
        $0.steadyClock = MovedClock().now
      }
      var statuses: [Int] = []
      for number in 0..<6 {
        statuses.append(try await api.logIn("u\(number)", from: "2001:db8:0:7::\(number)").status)
      }
      #expect(statuses == [401, 401, 401, 429, 429, 429])
      #expect(try await api.logIn("u", from: "2001:db8:0:8::1").status == 401)
    }
  }

  @Test func guessesFromManyAddressesLeaveTurnsForEverybodyElse() async throws {
    try await withShop { shop in
      for tenant in ["shop-1", "shop-2"] { try await shop.addUser("ada", tenant: tenant) }
      let held = Held()
      let users = CountingUsers(shop.store)
      let warm = try await shop.process(hasher: CountingHasher())
      let device = try #require(try await warm.logIn(from: "198.51.100.1").json["deviceToken"]?.text)
      let hasher = CountingHasher(held: held)
      let api = try await shop.process(users: users, hasher: hasher)
      // Somebody of both tenants was here before.
      for tenant in ["shop-1", "shop-2"] {
        _ = try await api.ask(.get, "/api/products", token: shop.token(.employee, tenant: tenant))
      }
      let guesses = Task {
        await withTaskGroup(of: Int.self) { group in
          for number in 0..<300 {
            group.addTask {
              let address = "10.\(number / 250).\(number % 250).1"
              // At users of one tenant, and at tenants that are made up.
              let tenant = number % 2 == 0 ? "shop-1" : "made-up-\(number)"
              let answer = try? await api.logIn("u\(number)", tenant: tenant, password: "guess", from: address)
              return answer?.status ?? 0
            }
          }
          return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
      }
      let queue = api.logInLimits.logIns
      try await eventually("all places are taken") { held.count == 2 && queue.waiting == LogInLimits.logInPlaces }
      let own = Task { try await api.logIn(device: device, from: Self.attacker) }
      try await eventually("a known device waits") { queue.waiting == LogInLimits.logInPlaces + 1 }
      let other = Task { try await api.logIn(tenant: "shop-2", from: "198.51.100.7") }
      // As many turns as there are groups of those who wait, a few more for those who have one now.
      let done = Locked(0)
      for task in [own, other] {
        Task {
          _ = await task.result
          done.with { $0 += 1 }
        }
      }
      var turns = 0
      while done.with({ $0 }) < 2, turns < 20 {
        let before = hasher.asked
        held.letOneGo()
        turns += 1
        try await eventually("the next has its turn") { hasher.asked > before }
      }
      try await eventually("both are answered") { done.with { $0 } == 2 }
      #expect(try await own.value.status == 200)
      #expect(try await other.value.status == 200)
      held.letGo()
      let statuses = await guesses.value
      #expect(Set(statuses.keys).isSubset(of: [401, 503]))
      #expect((statuses[401] ?? 0) <= LogInLimits.logInPlaces + 2 + turns)
      #expect(users.atOnce <= 2, "MongoDB is asked by those who have a turn")
      #expect(queue.isEmpty)
    }
  }

  @Test func noAnswerTellsWhetherAUserExists() async throws {
    try await withShop { shop in
      try await shop.addUser("ada")
      let held = Held()
      let users = CountingUsers(shop.store)
      let hasher = CountingHasher()
      let api = try await shop.process(users: users, hasher: hasher) { $0.loginTurns = 1 }
      let there = try await api.logIn("ada", password: "wrong", from: "198.51.100.1")
      let missing = try await api.logIn("eve", password: "wrong", from: "198.51.100.2")
      #expect(there.reply.body.bytes == missing.reply.body.bytes)
      #expect(there.reply.headers.map { "\($0)" } == missing.reply.headers.map { "\($0)" })
      #expect([hasher.asked, hasher.unknown, users.asked] == [2, 1, 2], "each cost one look and one hash")
      // When all places are taken nobody is looked up before it is refused.
      let busyUsers = CountingUsers(shop.store)
      let busy = try await shop.process(users: busyUsers, hasher: CountingHasher(held: held)) { $0.loginTurns = 1 }
      let crowd = Task {
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<65 { group.addTask { _ = try? await busy.logIn("u\(number)", from: "10.0.\(number).1") } }
        }
      }
      try await eventually("all places are taken") { busy.logInLimits.logIns.waiting == LogInLimits.logInPlaces }
      var bodies: [[UInt8]] = []
      for user in ["ada", "eve"] {
        let answer = try await busy.logIn(user, from: "10.1.\(bodies.count).1")
        #expect(answer.status == 503)
        #expect(answer.header("Retry-After") != nil)
        bodies.append(answer.reply.body.bytes)
      }
      #expect(bodies[0] == bodies[1])
      #expect(busyUsers.asked == 1)
      held.letGo()
      await crowd.value
    }
  }
}
