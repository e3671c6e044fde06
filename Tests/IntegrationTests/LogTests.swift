import Foundation
import HubTestSupport
import Orders
import Testing

@Suite struct LogTests {
  @Test func aRequestsIdIsEchoedAndStandsInItsLines() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let id = "journey-\(UUID().uuidString)"
    let refused = try await ada.call("POST", "/api/orders", body: "{}", headers: ["X-Request-Id: \(id)"])
    #expect(refused.headers["x-request-id"] == id)
    #expect(refused["requestId"] == .string(id))
    let lines = try await hub.lines(of: id)
    #expect(!lines.isEmpty)
    for line in lines { #expect(line["requestId"] == .string(id), "\(line)") }
    let request = try #require(lines.first { $0["message"] == "request" })
    #expect(
      [request["status"], request["route"], request["method"], request["tenant"], request["user"]]
        == ["422", "/api/orders", "POST", .string(ada.tenant), "ada"])

    // The same of what is answered from a copy, at once.
    for _ in 0..<3 {
      let copied = try await ada.get("/api/orders/stats", headers: ["X-Request-Id: \(id)"])
      #expect(copied.headers["x-request-id"] == id)
    }

    let own = try await ada.get("/healthz")
    #expect(own.headers["x-request-id"]?.count == 16)
    // One that could forge a line, or is too long, is replaced.
    for bad in ["a b", "a\"b", String(repeating: "a", count: 65), "ä"] {
      let reply = try await ada.get("/api/orders", headers: ["X-Request-Id: \(bad)"])
      #expect(reply.headers["x-request-id"]?.count == 16)
    }
  }

  @Test func noTokenOrSecretStandsInAnyLog() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let password = "never-to-be-logged-1"
    _ = try await CommandLineRun.orderhub(
      ["user", "add", "--role", "employee", "--tenant", ada.tenant, "--user", "ada"], hub: hub, input: password + "\n")
    let login = #"{"tenant":"\#(ada.tenant)","user":"ada","password":"\#(password)"}"#
    let session = try await ada.post("/api/auth/login", login)
    #expect(session.status == 200)
    let refreshed = try await ada.post(
      "/api/auth/refresh", #"{"refreshToken":"\#(session["refreshToken"].text)"}"#)
    // A used token again: this one is warned of.
    _ = try await ada.post("/api/auth/refresh", #"{"refreshToken":"\#(session["refreshToken"].text)"}"#)
    _ = try await ada.post("/api/auth/login", login.replacingOccurrences(of: "-1", with: "-2"))
    _ = try await ada.get("/api/orders?token=\(ada.token ?? "")")
    var broken = ada
    broken.token = (ada.token ?? "") + "x"
    _ = try await broken.get("/api/orders")
    let (port, token) = (hub.live.port, ada.token ?? "")
    try await onThread {
      let socket = try LiveSocket(port: port, path: "/ws?token=\(token)")
      try socket.greet(subscribes: true)
      socket.client.send(#"{"type":"auth","token":"\#(token)x"}"#)
      _ = try socket.client.nextText()
    }
    let marker = "last-\(UUID().uuidString)"
    _ = try await ada.call("POST", "/api/orders", body: "{}", headers: ["X-Request-Id: \(marker)"])
    _ = try await hub.lines(of: marker)

    let secrets = [
      Hub.secret, password, session["refreshToken"].text, refreshed["refreshToken"].text,
      // The middle part holds the claims and the last the signature; the first is the same for all.
      session["token"].text.split(separator: ".").last.map(String.init) ?? "",
      token.split(separator: ".").last.map(String.init) ?? "", token.split(separator: ".")[1].description,
    ]
    for process in hub.apis + [hub.live, hub.worker] {
      let output = try process.output()
      #expect(!output.isEmpty)
      for secret in secrets {
        #expect(secret.count > 10)
        #expect(!output.contains(secret), "\(process.log.path)")
      }
      for line in output.split(separator: "\n") {
        #expect(!Document(parsing: String(line))["level"].text.isEmpty, "no JSON: \(line)")
      }
    }
  }
}

extension Hub {
  /// The lines of all processes that name a request; waits until there are any.
  func lines(of id: String) async throws -> [Document] {
    var lines: [Document] = []
    try await eventually("a line of the request \(id)") {
      lines = try apis.flatMap { try $0.output().split(separator: "\n") }.filter { $0.contains(id) }
        .map { Document(parsing: String($0)) }
      return !lines.isEmpty
    }
    return lines
  }
}
