import Foundation
import HubTestSupport
import Testing

/// What a hub hears of its clients through the load balancers of the documents.
@Suite(.serialized) struct BehindProxiesTests {
  enum Kind: String, CaseIterable { case haproxy, nginx }

  /// A hub behind a proxy that it trusts.
  private struct Site: Sendable {
    let hub: Hub
    let proxy: ServerProcess

    init(_ kind: Kind) async throws {
      let hub = try await Hub.own(
        environment: [
          "TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMIT_LOGIN_PER_MINUTE": "0",
          "RATE_LIMIT_LOGIN_ADDRESS_PER_MINUTE": "4",
        ])
      self.hub = hub
      do {
        let (api, live) = (hub.apis[0].port, hub.live.port)
        let addresses = DocumentedProxies.addresses([api, live, api, live])
        proxy = try await onThread {
          switch kind {
          case .haproxy: try DocumentedProxies.haproxy(before: addresses, statsPort: try freePort())
          case .nginx: try DocumentedProxies.nginx(before: addresses)
          }
        }
      } catch {
        hub.end()
        throw error
      }
    }

    /// Ends both.
    func end() {
      proxy.stop()
      hub.end()
    }

    /// Tries to log in from an address of its own, saying that it comes from another.
    func logIn(_ user: String, password: String, from source: String, claiming address: String) throws
      -> RawClient.Answer
    {
      let client = try RawClient(port: proxy.port, from: source)
      try client.request(
        "POST", "/api/auth/login",
        headers: [
          "Content-Type: application/json", "X-Forwarded-For: \(address)", "X-Forwarded-Proto: http",
          "Connection: close",
        ], body: #"{"tenant":"north","user":"\#(user)","password":"\#(password)"}"#)
      return try client.answer()
    }
  }

  private func with(_ kind: Kind, _ body: (Site) async throws -> Void) async throws {
    let site = try await Site(kind)
    defer { site.end() }
    try await body(site)
  }

  @Test(arguments: Kind.allCases)
  func aClientCountsByItsOwnAddressWhateverItClaims(kind: Kind) async throws {
    try await with(kind) { site in
      let began = Date()
      let statuses = try await onThread {
        try (0..<40).map {
          try site.logIn("u\($0)", password: "guess", from: "127.0.0.2", claiming: "203.0.113.\($0)").status
        }
      }
      // Four a minute, and what a slow machine earns back meanwhile.
      let allowed = 4 + Int(Date().timeIntervalSince(began) / 15) + 1
      #expect(statuses.count { $0 != 429 } <= allowed, "\(statuses)")
      // Another address is another's.
      let other = try await onThread {
        try site.logIn("x", password: "guess", from: "127.0.0.3", claiming: "127.0.0.2").status
      }
      #expect(other == 401)
    }
  }

  @Test(arguments: Kind.allCases)
  func thePagesOfTheProxysOwnHostMayConnectAndNoOthers(kind: Kind) async throws {
    try await with(kind) { site in
      let token = try #require(try site.hub.caller().token)
      // A raw client's `Host` is `test`.
      for (path, upgrade, welcome) in [("/events", [], 200), ("/ws", LiveSocket.handshake, 101)] {
        for (origin, status) in [("https://test", welcome), ("https://elsewhere", 403)] {
          let answer = try await onThread {
            let client = try RawClient(port: site.proxy.port)
            try client.request(
              "GET", path, headers: upgrade + ["Authorization: Bearer \(token)", "Origin: \(origin)"])
            return try client.answer(hasBody: false)
          }
          #expect(answer.status == status, "\(path) from \(origin)")
        }
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func theCookieOfADeviceDoesNotLeaveTLS(kind: Kind) async throws {
    try await with(kind) { site in
      let added = try await CommandLineRun.orderhub(
        ["user", "add", "--role", "employee", "--tenant", "north", "--user", "ada"], hub: site.hub,
        input: "the right password\n")
      #expect(added.status == 0, "\(added)")
      let answer = try await onThread {
        try site.logIn("ada", password: "the right password", from: "127.0.0.2", claiming: "203.0.113.1")
      }
      #expect(answer.status == 200)
      #expect(answer.headers["set-cookie"]?.hasSuffix("; HttpOnly; SameSite=Strict; Secure") == true)
    }
  }
}
