import Foundation
import Glibc
import HubTestSupport
import Orders
import Testing

/// The rules that `scripts/run` gives the hub's user in Redis, and that the documents tell others to.
@Suite struct RedisUserTests {
  @Test func aHubMayDoAllThatItDoesAndNothingElse() async throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    // SHA-256 of "a-word".
    let hash = "eb55359412eac32294f38f75730eb8591054a53a8c210fc0e862115694bdb8e0"
    let rules = try String(contentsOf: root.appendingPathComponent("scripts/lib/redis-user.acl"), encoding: .utf8)
      .replacingOccurrences(of: "@PASSWORD_SHA256@", with: hash)
    let redis = try await onThread {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-acl-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      // One more user looks on.
      let watcher = "user watcher on nopass resetkeys -@all +acl|log\n"
      try (rules + watcher).write(to: folder.appendingPathComponent("users.acl"), atomically: false, encoding: .utf8)
      return try ServerProcess("/usr/bin/redis-server", folder: folder) { folder, port in
        [
          "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path, "--aclfile",
          folder.appendingPathComponent("users.acl").path,
        ]
      }
    }
    let hub = try await Hub.own(
      redis: redis,
      environment: [
        "REDIS_URL": "redis://orderhub:a-word@127.0.0.1:\(redis.port)", "SOCKETIO_EMITTER": "on",
        "RATE_LIMIT_USER_PER_MINUTE": "1000", "RATE_LIMIT_LOGIN_PER_MINUTE": "100",
      ])
    defer { hub.end() }
    let ada = try hub.caller()
    let socket = try await hub.socket(ada)
    let order = try await ada.place([("p1", "3")])
    #expect(try await socket.next(1)[0]["type"] == "order:created")
    for path in ["", "/remaining", "/progress", "/events", "/deliveries", "/invoices"] {
      #expect(try await ada.get("/api/orders/\(order.id)\(path)").status == 200)
    }
    for path in ["/api/orders/stats", "/api/deliveries/today"] { #expect(try await ada.get(path).status == 200) }
    #expect(
      try await ada.post(
        "/api/orders/\(order.id)/deliveries", #"{"items":[{"productId":"p1","quantity":1}]}"#, key: "k"
      ).status == 201)
    #expect(
      try await ada.post("/api/auth/login", #"{"tenant":"t","user":"nobody","password":"nothing at all"}"#).status
        == 401)
    #expect(try await ada.other("root", .admin).patch("/api/tenant", #"{"currency":"INR"}"#).status == 200)
    for process in hub.apis + [hub.live, hub.worker] {
      let lines = try process.output()
      #expect(!lines.contains("NOPERM"), "\(lines)")
    }
    #expect(try await onThread { try Self.ask(redis.port, user: "watcher", password: "x", ["ACL", "LOG"]) } == "*0")

    // What a stranger who has the password could not do either.
    for words in [
      ["GET", "foo"], ["CONFIG", "GET", "*"], ["KEYS", "*"], ["FLUSHALL"], ["PUBLISH", "other", "x"], ["SHUTDOWN"],
    ] {
      #expect(
        try await onThread { try Self.ask(redis.port, user: "orderhub", password: "a-word", words) }.hasPrefix(
          "-NOPERM"), "\(words)")
    }
    #expect(throws: RawClient.Failure.self) { try RedisAsker.ask(redis.port, "PING") }
  }

  /// The first line of the answer to a command.
  private static func ask(_ port: Int, user: String, password: String, _ words: [String]) throws -> String {
    let client = try RawClient(port: port)
    for command in [["AUTH", user, password], words] {
      try client.send("*\(command.count)\r\n" + command.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined())
    }
    guard try client.line() == "+OK" else { throw TestServerError("\(user) cannot log in") }
    return try client.line()
  }
}
