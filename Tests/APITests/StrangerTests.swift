import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API

/// What bounds each route that may be called without a token, or with a bad one. A route that is new stands here before
/// it is served.
@Suite struct StrangerTests {
  private enum Bound {
    /// `LogInLimits`: of the address, of the address for the user, of the user; then turns.
    case logIn
    /// `LogInLimits`: of the session, or of the address; then turns.
    case session
    /// One question at a time, whose answer all share.
    case sharedQuestion
    /// Bytes that are there already, or are made of numbers that are: MongoDB and Redis are not asked.
    case atHand
  }

  private static let table: [String: Bound] = [
    "POST /api/auth/login": .logIn,
    "POST /api/auth/refresh": .session,
    "POST /api/auth/logout": .session,
    "GET /readyz": .sharedQuestion,
    "GET /": .atHand,
    "GET /healthz": .atHand,
    "GET /metrics": .atHand,
    "GET /openapi.json": .atHand,
    "GET /schemas/workflow.json": .atHand,
    // Made once, whoever asks first, and however many.
    "GET /docs": .atHand,
    "GET /docs/api": .atHand,
    "GET /docs/:page": .atHand,
  ]

  @Test func everyOpenRouteHasABound() {
    let open = OrderAPI.routes.filter { $0.access == .open }.map { "\($0.method.rawValue) \($0.pattern)" }
    #expect(Set(open) == Set(Self.table.keys))
  }

  @Test(arguments: table.keys.sorted()) func aThousandCallsOfOneAddressCostWhatTheBoundSays(route: String) async throws
  {
    let words = route.split(separator: " ").map(String.init)
    let method = try #require(HTTPMethod(rawValue: words[0]))
    let bound = try #require(Self.table[route])
    try await withShop { shop in
      let users = CountingUsers(shop.store)
      let hasher = CountingHasher()
      let steady = MovedClock()
      let api = try await shop.process(hasRedis: false, users: users, hasher: hasher) { $0.steadyClock = steady.now }
      let statuses = await withTaskGroup(of: Int.self) { group in
        for number in 0..<1_000 {
          let body: String? =
            switch bound {
            case .logIn: "{\"tenant\":\"t\(number)\",\"user\":\"u\(number)\",\"password\":\"x\"}"
            case .session: "{\"refreshToken\":\"\(number)\"}"
            case .sharedQuestion, .atHand: nil
            }
          group.addTask {
            let request = HTTPRequest(
              method: method, path: Text(words[1].replacing(":page", with: "rest")), body: Array((body ?? "").utf8),
              remoteAddress: "203.0.113.66")
            return await api.reply(to: request).status
          }
        }
        return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
      }
      switch bound {
      case .logIn, .session:
        #expect(users.asked <= 60, "\(statuses)")
        #expect(users.atOnce <= api.options.sessionTurns)
        #expect(hasher.asked <= users.asked)
        #expect((statuses[429] ?? 0) + (statuses[503] ?? 0) >= 940)
      case .sharedQuestion, .atHand: #expect(statuses == [200: 1_000])
      }
    }
  }

  @Test func aPageOfTheProcessIsAskedForByManyAndAnsweredByOneQuestion() async throws {
    let (held, asked) = (Held(), Locked(0))
    let pages = OperationsPages(metrics: Metrics()) {
      asked.with { $0 += 1 }
      await held.wait()
      return [("mongodb", true, true)]
    }
    let crowd = Task {
      await withTaskGroup(of: Int.self) { group in
        for _ in 0..<500 {
          group.addTask { await pages.reply(to: HTTPRequest(method: .get, path: "/readyz")).status }
        }
        return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
      }
    }
    try await eventually("it is asked") { held.count == 1 }
    for _ in 0..<1_000 { await Task.yield() }
    #expect(held.count == 1 && asked.with { $0 } == 1)
    held.letGo()
    #expect(await crowd.value == [200: 500])
  }

  @Test func tokensThatAreNotTheHubsAreToldWhyOnlySoOftenAndKeepNobodyElseOut() async throws {
    try await withShop { shop in
      let steady = MovedClock()
      let api = try await shop.process { $0.steadyClock = steady.now }
      let good = try shop.token(.employee)
      var forged = Array(good.utf8)
      forged[forged.count - 20] ^= 1
      let bad = String(decoding: forged, as: UTF8.self)
      let statuses = await withTaskGroup(of: Int.self) { group in
        for number in 0..<2_000 {
          let token = number % 2 == 0 ? bad : "x.y.\(number)"
          group.addTask {
            (try? await api.ask(.get, "/api/orders", token: token, address: "203.0.113.66").status) ?? 0
          }
        }
        return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
      }
      #expect(statuses == [401: OrderAPI.badTokensPerMinute, 429: 2_000 - OrderAPI.badTokensPerMinute])
      #expect(try await api.ask(.get, "/api/orders", token: good, address: "203.0.113.66").status == 200)
      // A token of the hub's that has run out is told so at any time: there its holder gets a new one.
      let now = SystemClock().now()
      let old = try shop.token(.employee, at: Timestamp(millis: now.millis - 100_000), seconds: 50)
      #expect(try await api.ask(.get, "/api/orders", token: old, address: "203.0.113.66").status == 401)
      #expect(try await api.ask(.get, "/api/orders", token: bad, address: "203.0.113.67").status == 401)
    }
  }
}
