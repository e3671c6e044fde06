import Foundation
import HubContracts
import HubTestSupport
import Orders

import Credentials

/// What the API answered.
struct Reply: Sendable, Equatable, CustomStringConvertible {
  var status: Int
  var headers: [String: String]
  var text: String

  var body: Document { Document(parsing: text) }
  /// The problem's code; empty if it is none.
  var code: String { body["code"].text }
  /// The status, and the code of a problem: `409 exceeds_remaining`.
  var outcome: String { code.isEmpty ? "\(status)" : "\(status) \(code)" }
  var description: String { "\(status) \(text.prefix(600))" }

  subscript(name: String) -> Document { body[name] }
}

extension Reply {
  init(_ answer: RawClient.Answer) {
    self.init(status: answer.status, headers: answer.headers, text: answer.body)
  }
}

/// Someone who calls the API of a hub.
struct Caller: Sendable {
  var ports: [Int]
  let tenant: String
  let user: String
  /// What stands in `Authorization: Bearer …`; none if nil.
  var token: String?
  /// What its answers are held against; nil for what the hub itself says of them.
  var description: Description?

  init(ports: [Int], tenant: String, user: String = "ada", role: Role = .employee, lifetimeSeconds: Int64 = 3_600)
    throws
  {
    self.ports = ports
    self.tenant = tenant
    self.user = user
    token = try Self.token(tenant: tenant, user: user, role: role, lifetimeSeconds: lifetimeSeconds)
  }

  static func token(tenant: String, user: String, role: Role, lifetimeSeconds: Int64 = 3_600) throws -> String {
    guard let tenant = TenantID(tenant), let user = UserID(user) else { throw TestServerError("no such name") }
    return try JWTTokens(secret: Hub.secret).issue(
      for: Actor(tenant: tenant, user: user, role: role),
      now: Timestamp(millis: Int64(Date().timeIntervalSince1970 * 1_000)), lifetimeSeconds: lifetimeSeconds)
  }

  /// Somebody else of the same tenant.
  func other(_ user: String, _ role: Role) throws -> Caller {
    try Caller(ports: ports, tenant: tenant, user: user, role: role)
  }

  /// The same person at one of the api processes only.
  func at(_ process: Int) -> Caller {
    var caller = self
    caller.ports = [ports[process % ports.count]]
    return caller
  }

  func get(_ path: String, headers: [String] = []) async throws -> Reply {
    try await call("GET", path, headers: headers)
  }

  func post(_ path: String, _ body: String = "", key: String? = nil) async throws -> Reply {
    try await call("POST", path, body: body, headers: key.map { ["Idempotency-Key: \($0)"] } ?? [])
  }

  func patch(_ path: String, _ body: String = "", key: String? = nil) async throws -> Reply {
    try await call("PATCH", path, body: body, headers: key.map { ["Idempotency-Key: \($0)"] } ?? [])
  }

  /// One request on a connection of its own. An answer that is not as its route is described fails the test.
  func call(
    _ method: String, _ path: String, body: String? = nil, headers: [String] = [],
    timeoutSeconds: Int = HangLimit.seconds
  ) async throws -> Reply {
    guard let port = ports.randomElement() else { throw TestServerError("no api process") }
    var all = headers + ["Connection: close"]
    if let token { all.append("Authorization: Bearer \(token)") }
    if body?.isEmpty == false { all.append("Content-Type: application/json") }
    let lines = all
    let (reply, breaches) = try await onThread {
      let client = try RawClient(port: port, timeoutSeconds: timeoutSeconds)
      // It is held against the description here, and fails its own test.
      client.isWatched = false
      try client.request(method, path, headers: lines, body: body)
      let reply = Reply(try client.answer())
      return (reply, try (description ?? .ofHub(at: port)).breaches(method, path, reply))
    }
    Description.record(breaches)
    return reply
  }
}

extension Hub {
  /// An employee of a tenant that nobody else uses, who calls all api processes by turns.
  func caller(role: Role = .employee, tenant: String? = nil, user: String = "ada") throws -> Caller {
    try Caller(
      ports: apis.map(\.port), tenant: tenant ?? "t-\(UUID().uuidString.prefix(8).lowercased())", user: user, role: role
    )
  }

  /// A WebSocket to the live process, whose greeting is read.
  func socket(_ caller: Caller, subscribes: Bool = true) async throws -> LiveSocket {
    let port = live.port
    let token = caller.token ?? ""
    return try await onThread {
      let socket = try LiveSocket(port: port, headers: ["Authorization: Bearer \(token)"])
      try socket.greet(subscribes: subscribes)
      return socket
    }
  }
}

/// Does all of it at once.
func atOnce<Value: Sendable>(
  _ count: Int, _ work: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: (Int, Value).self) { group in
    for index in 0..<count { group.addTask { (index, try await work(index)) } }
    var values: [Int: Value] = [:]
    for try await (index, value) in group { values[index] = value }
    return (0..<count).compactMap { values[$0] }
  }
}
