import Foundation
import HubTestSupport
import Orders
import Testing

/// What an admin does to a user, over all processes.
@Suite struct UserAdminTests {
  private static let password = "correct horse battery"

  /// An admin with a token and ben, who has logged in; both are users of a tenant of their own.
  private static func people(_ hub: Hub) async throws -> (boss: Caller, ben: Caller, login: Reply) {
    let boss = try hub.caller(role: .admin, user: "boss")
    let names = ["--tenant", boss.tenant, "--user", "boss", "--role", "admin"]
    let added = try await CommandLineRun.orderhub(["user", "add"] + names, hub: hub, input: password + "\n")
    #expect(added.status == 0, "\(added)")
    let created = try await boss.post(
      "/api/users", #"{"user":"ben","role":"employee","password":"\#(password)"}"#, key: "ben")
    #expect(created.status == 201, "\(created)")
    let login = try await logIn(boss, "ben")
    var ben = try boss.other("ben", .employee)
    ben.token = login["token"].text
    return (boss, ben, login)
  }

  private static func logIn(_ caller: Caller, _ user: String, _ password: String = password) async throws -> Reply {
    try await caller.post(
      "/api/auth/login", #"{"tenant":"\#(caller.tenant)","user":"\#(user)","password":"\#(password)"}"#)
  }

  /// Waits until a token is taken nowhere any more.
  private static func awaitEnd(_ caller: Caller, _ hub: Hub) async throws {
    for process in hub.apis.indices {
      try await eventually("api \(process) refuses the token") {
        try await caller.at(process).get("/api/me").outcome == "401 invalid_token"
      }
    }
    let (port, token) = (hub.live.port, caller.token ?? "")
    try await eventually("the live side refuses the token") {
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/events", headers: ["Authorization: Bearer \(token)", "Connection: close"])
        return try client.answer().status == 401
      }
    }
  }

  @Test func whoIsDisabledIsOutOfAllProcessesAndConnections() async throws {
    let hub = try await Hub.shared()
    let clients = try await LiveClients.start()
    defer { clients.end() }
    let (boss, ben, login) = try await Self.people(hub)
    let (own, other) = (try await hub.socket(ben), try await hub.socket(boss))
    for transports in Transports.allCases {
      let connected = try await clients.connect("\(transports)", to: hub.live, token: ben.token, over: transports)
      try #require(connected["refused"] == .missing)
    }
    let disabled = try await boss.patch("/api/users/ben", #"{"disabled":true}"#)
    #expect(disabled.status == 200 && disabled["user"]["disabled"] == true && disabled["sessionsEnded"] == 1)
    let refreshed = try await boss.post(
      "/api/auth/refresh", #"{"refreshToken":"\#(login["refreshToken"].text)"}"#)
    #expect(refreshed.outcome == "401 invalid_refresh_token")
    #expect(try await Self.logIn(boss, "ben").outcome == "401 invalid_credentials")
    let close = try await onThread { try own.client.nextClose() }
    #expect(close.code == 4401)
    for transports in Transports.allCases {
      try await eventually("\(transports) ends") {
        try await clients.tell("state", name: "\(transports)")["connected"] == false
      }
    }
    try await Self.awaitEnd(ben, hub)
    // The admin hears on.
    _ = try await boss.place([("p1", "1")])
    #expect(try await other.next(1)[0]["type"] == "order:created")
    let list = try await CommandLineRun.orderhub(["user", "list", "--tenant", boss.tenant], hub: hub)
    #expect(list.output == "ben   employee, disabled\nboss  admin\n")
    // And back.
    #expect(try await boss.patch("/api/users/ben", #"{"disabled":false}"#).status == 200)
    var again = ben
    again.token = try await Self.logIn(boss, "ben")["token"].text
    for process in hub.apis.indices { #expect(try await again.at(process).get("/api/orders").status == 200) }
    _ = try await hub.socket(again)
  }

  @Test func aPasswordOfTheCommandLineEndsTokensToo() async throws {
    let hub = try await Hub.shared()
    let (boss, ben, _) = try await Self.people(hub)
    let socket = try await hub.socket(ben)
    let changed = try await CommandLineRun.orderhub(
      ["user", "passwd", "--tenant", boss.tenant, "--user", "ben"], hub: hub, input: "another horse\n")
    #expect(changed.status == 0, "\(changed)")
    #expect(try await onThread { try socket.client.nextClose().code } == 4401)
    try await Self.awaitEnd(ben, hub)
    #expect(try await Self.logIn(boss, "ben", "another horse").status == 200)
  }

  @Test func aLiveProcessThatComesLaterKnowsToo() async throws {
    let hub = try await Hub.own()
    defer { hub.end() }
    let (boss, ben, _) = try await Self.people(hub)
    #expect(try await boss.call("DELETE", "/api/users/ben/sessions").status == 200)
    try await Self.awaitEnd(ben, hub)
    let late = try await onThread {
      let live = try Hub.start("live", "LIVE_PORT", Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort))
      try Hub.awaitReady(live)
      return live
    }
    defer { late.stop() }
    let (port, token) = (late.port, ben.token ?? "")
    try await eventually("it refuses the token") {
      try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/events", headers: ["Authorization: Bearer \(token)", "Connection: close"])
        return try client.answer().status == 401
      }
    }
  }

  @Test func theLogSaysWhoDidWhatToWhomAndNoPassword() async throws {
    let hub = try await Hub.own()
    defer { hub.end() }
    let (boss, _, _) = try await Self.people(hub)
    let (secret, id) = ("secret-\(UUID().uuidString)", "set-\(UUID().uuidString)")
    let set = try await boss.call(
      "PUT", "/api/users/ben/password", body: #"{"password":"\#(secret)"}"#, headers: ["X-Request-Id: \(id)"])
    #expect(set.status == 200 && !set.text.contains(secret))
    let line = try #require(try await hub.lines(of: id).first { $0["message"] == "a user was given a password" })
    #expect(line["user"] == "ben" && line["by"] == "boss" && line["tenant"].text == boss.tenant)
    for process in hub.apis + [hub.live, hub.worker] { #expect(try !process.output().contains(secret)) }
  }
}
