import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import API

@Suite struct RateGateTests {
  @Test(arguments: [1, 7, 30, 59, 109, 1_000]) func aBurstIsGrantedWholeAndNoMore(limit: Int) async throws {
    try await withShop { shop in
      let gate = RateGate(name: "test", perMinute: limit, cache: try await shop.cache())
      let ada = try shop.actor(.employee)
      let began = Date()
      let granted = await grants(of: gate, ada, asked: limit + 60)
      // What was earned meanwhile may be granted too.
      let earned = Int(Date().timeIntervalSince(began) * Double(limit) / 60) + 1
      #expect((limit...limit + earned).contains(granted), "\(granted) of \(limit)")
      // On a slow machine a permit may be earned between two questions.
      var answer = await gate.take(ada)
      for _ in 0..<20_000 where answer == nil { answer = await gate.take(ada) }
      let waitMs = try #require(answer)
      #expect((1...60_000).contains(waitMs))
      #expect(await gate.take(try shop.actor(.employee, user: "bob")) == nil, "another user has a limit of its own")
    }
  }

  @Test func fewAtOnceAreNotRefusedBecauseEachAskedForALease() async throws {
    try await withShop { shop in
      let gate = RateGate(name: "test", perMinute: 1_000, cache: try await shop.cache())
      #expect(await grants(of: gate, try shop.actor(.employee), asked: 100) == 100)
    }
  }

  @Test func processesShareALimitButForTheirLeases() async throws {
    try await withShop { shop in
      let ada = try shop.actor(.employee)
      let gates = [
        RateGate(name: "test", perMinute: 40, cache: try await shop.cache()),
        RateGate(name: "test", perMinute: 40, cache: try await shop.cache()),
      ]
      let began = Date()
      var granted = 0
      for gate in gates { granted += await grants(of: gate, ada, asked: 30) }
      let earned = Int(Date().timeIntervalSince(began) * 40 / 60) + 1
      #expect((40...40 + earned).contains(granted))
    }
  }

  @Test(arguments: [1, 7, 30, 59, 1_000]) func withoutRedisAMinuteGrantsTheLimit(limit: Int) async throws {
    try await withShop { shop in
      let now = Locked<UInt64>(5_000_000)
      let gate = RateGate(
        name: "test", perMinute: limit, cache: try await shop.cache(hasRedis: false), clock: { now.with { $0 } })
      let ada = try shop.actor(.employee)
      #expect(await grants(of: gate, ada, asked: limit + 20) == limit)
      now.with { $0 += 60_000_000 / UInt64(limit) }
      #expect(await grants(of: gate, ada, asked: 5) == 1)
      now.with { $0 += 120_000_000 }
      #expect(await grants(of: gate, ada, asked: limit + 20) == limit)
    }
  }

  @Test func aLeaseRunsOut() async throws {
    try await withShop { shop in
      let now = Locked<UInt64>(5_000_000)
      let gate = RateGate(
        name: "test", perMinute: 1_000, cache: try await shop.cache(), clock: { now.with { $0 } })
      let ada = try shop.actor(.employee)
      #expect(!gate.takeAtHand(ada))
      #expect(await gate.take(ada) == nil)
      #expect(gate.takeAtHand(ada))
      now.with { $0 += 31_000_000 }
      #expect(!gate.takeAtHand(ada))
    }
  }

  @Test(arguments: [true, false]) func manyNamesDoNotResetWhatAnotherHasUsed(hasRedis: Bool) async throws {
    try await withShop { shop in
      // A denial by Redis holds here until this clock says otherwise.
      let steady = MovedClock()
      let gate = RateGate(
        name: "test", perMinute: 2, cache: try await shop.cache(hasRedis: hasRedis), usersLimit: 50, clock: steady.now)
      let ada = try shop.actor(.employee)
      while await gate.take(ada) == nil {}
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<2_000 { group.addTask { _ = await gate.take(key: "made up \(number)") } }
      }
      #expect(gate.count <= 50 + KeyedPlaces<Int>.sharedLimit)
      #expect(await gate.take(ada) != nil)
    }
  }

  @Test func noLimitMeansNone() async throws {
    try await withShop { shop in
      for limit in [0, -5] {
        let gate = RateGate(name: "test", perMinute: limit, cache: try await shop.cache(hasRedis: false))
        #expect(gate.takeAtHand(try shop.actor(.employee)))
        #expect(await gate.take(try shop.actor(.employee)) == nil)
      }
    }
  }

  @Test func oneTooManyIs429WithRetryAfter() async throws {
    try await withShop { shop in
      let api = try await shop.process { $0.userLimitPerMinute = 5 }
      let token = try shop.token(.employee)
      let began = Date()
      var granted = 0
      var answer = try await api.ask(.get, "/api/products", token: token)
      while answer.status == 200, granted < 1_000 {
        granted += 1
        answer = try await api.ask(.get, "/api/products", token: token)
      }
      let earned = Int(Date().timeIntervalSince(began) * 5 / 60) + 1
      #expect((5..<5 + earned).contains(granted))
      #expect(answer.status == 429)
      #expect(answer.code == "rate_limited")
      let seconds = try #require(answer.header("Retry-After").flatMap { Int($0) })
      #expect((1...12).contains(seconds))
      #expect(try await api.ask(.get, "/api/products", token: shop.token(.employee, user: "bob")).status == 200)
    }
  }

  @Test(arguments: [true, false]) func anAddressMayTryOnlySoManyLogInsWhoeverAs(hasRedis: Bool) async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: hasRedis) {
        $0.loginAddressLimitPerMinute = 3
        $0.loginLimitPerMinute = 4
      }
      func logIn(_ user: String, from address: String) async throws -> Answer {
        let body = #"{"tenant":"shop-1","user":"\#(user)","password":"wrong"}"#
        return try await api.ask(.post, "/api/auth/login", body: body, address: address)
      }
      for user in ["u1", "u2", "u3"] { #expect(try await logIn(user, from: "192.0.2.1").status == 401) }
      for _ in 0..<5 {
        let refused = try await logIn("ada", from: "192.0.2.1")
        #expect(refused.status == 429)
        #expect(refused.code == "rate_limited")
        #expect(refused.header("Retry-After") != nil)
      }
      // Neither other addresses nor what the user may try suffers from it.
      for address in ["192.0.2.2", "192.0.2.2", "192.0.2.3", "2001:db8::1"] {
        #expect(try await logIn("ada", from: address).status == 401, "\(address)")
      }
      #expect(try await logIn("ada", from: "192.0.2.4").status == 429, "a user has a limit too")
    }
  }

  private func grants(of gate: RateGate, _ actor: Actor, asked: Int) async -> Int {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<asked { group.addTask { await gate.take(actor) == nil } }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
  }
}
