import Foundation
import HubTestSupport
import Orders
import Testing

/// Log-ins under attack: real processes, real argon2id, and many addresses by a proxy's header.
@Suite(.serialized) struct AttackTests {
  private struct Person: Sendable {
    let hub: Hub
    let tenant: String
    let user: String

    /// Tries to log in from an address, as a proxy tells it.
    func logIn(_ password: String, device: String? = nil, from addresses: String) async throws -> Reply {
      var caller = try hub.caller(tenant: tenant)
      caller.token = nil
      let member = device.map { ",\"deviceToken\":\"\($0)\"" } ?? ""
      return try await caller.call(
        "POST", "/api/auth/login",
        body: "{\"tenant\":\"\(tenant)\",\"user\":\"\(user)\",\"password\":\"\(password)\"\(member)}",
        headers: ["X-Forwarded-For: \(addresses)"])
    }

    func add() async throws {
      let added = try await CommandLineRun.orderhub(
        ["user", "add", "--role", "employee", "--tenant", tenant, "--user", user], hub: hub,
        input: "the right password\n")
      #expect(added.status == 0, "\(added)")
    }
  }

  private func withHub(_ proxies: String, _ body: (Hub) async throws -> Void) async throws {
    let hub = try await Hub.own(
      environment: [
        "TRUSTED_PROXIES": proxies, "RATE_LIMIT_LOGIN_PER_MINUTE": "10", "RATE_LIMIT_LOGIN_ADDRESS_PER_MINUTE": "20",
      ])
    defer { hub.end() }
    try await body(hub)
  }

  @Test func guessesFromManyAddressesKeepNobodyOut() async throws {
    try await withHub("127.0.0.0/8") { hub in
      let (victim, other) = (
        Person(hub: hub, tenant: "north", user: "ada"), Person(hub: hub, tenant: "south", user: "bob")
      )
      for person in [victim, other] { try await person.add() }
      let first = try await victim.logIn("the right password", from: "198.51.100.1")
      let device = first["deviceToken"].text
      #expect(first.status == 200 && !device.isEmpty)
      #expect(first.headers["set-cookie"]?.hasPrefix("orderhub-device=\(device);") == true)
      #expect(try await other.logIn("the right password", from: "198.51.100.2").status == 200)
      let began = Date()
      let guesses = try await atOnce(240) { number in
        // Forty addresses at the victim, and as many at names that nobody has; what stands on the left is made up.
        let person = number % 2 == 0 ? victim : Person(hub: hub, tenant: "made-up-\(number)", user: "eve")
        let password = "guess number \(number)"
        return try await person.logIn(password, from: "1.2.3.\(number), 203.0.113.\(number % 80)").status
      }
      let earned = Int(Date().timeIntervalSince(began) / 6) + 1
      let atVictim = guesses.indices.filter { $0 % 2 == 0 }.map { guesses[$0] }
      #expect(Set(guesses).isSubset(of: [401, 429, 503]))
      #expect(atVictim.count { $0 == 401 } <= 10 + earned, "\(atVictim)")
      // The victim's device, wherever it is; somebody else of another tenant on a new device.
      #expect(try await victim.logIn("the right password", device: device, from: "203.0.113.0").status == 200)
      #expect(try await other.logIn("the right password", from: "198.51.100.77").status == 200)
    }
  }

  @Test func aClientCannotChooseTheAddressThatItIsCountedAs() async throws {
    // What a minute allows is earned back while a slow machine works.
    let began = Date()
    let earned = { Int(Date().timeIntervalSince(began) / 3) + 1 }
    try await withHub("127.0.0.1") { hub in
      let statuses = try await atOnce(40) { number in
        let person = Person(hub: hub, tenant: "north", user: "u\(number)")
        return try await person.logIn("guess", from: "10.0.0.\(number), 203.0.113.66, 127.0.0.1").status
      }
      #expect(statuses.count { $0 == 429 } >= min(15, max(1, 20 - earned())), "\(statuses)")
      #expect(try await Person(hub: hub, tenant: "north", user: "x").logIn("guess", from: "203.0.113.67").status == 401)
    }
    // Without a proxy that is trusted all of them are one.
    try await withHub("192.0.2.0/24") { hub in
      let statuses = try await atOnce(40) { number in
        try await Person(hub: hub, tenant: "north", user: "u\(number)").logIn("guess", from: "10.0.0.\(number)").status
      }
      #expect(statuses.count { $0 == 429 } >= min(15, max(1, 20 - earned())), "\(statuses)")
    }
  }
}
