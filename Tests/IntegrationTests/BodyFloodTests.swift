import Foundation
import Glibc
import HubTestSupport
import Orders
import Testing

/// Many bodies that never come whole, at the real processes: what they hold is counted and bounded, others are served
/// meanwhile, and memory goes back.
@Suite(.serialized) struct BodyFloodTests {
  private static let connections = 400
  private static let announced = 900_000
  private static let sent = 890_000
  /// What the hub may hold for one address, and a generous part for the library's buffers, the heads and the allocator.
  private static let limit = 8 * 1_048_576
  private static let slack = 40 * 1_048_576
  private static let settings = ["ADDRESS_BODIES_LIMIT_BYTES": "\(limit)", "HTTP_IDLE_TIMEOUT_S": "600"]

  @Test func halfBodiesAtTheAPIHoldLittleAndGiveItBack() async throws {
    let hub = try await Hub.own(environment: Self.settings)
    defer { hub.end() }
    let admin = try hub.caller().other("root", .admin)
    let authorization = "Authorization: Bearer \(admin.token ?? "")"
    let order = #"{"customer":{"name":"F"},"items":[{"productId":"f","name":"F","quantity":1,"unitPrice":1}]}"#
    #expect(try await admin.post("/api/orders", order).status == 201)
    // Whoever has no token holds nothing at all, here and on routes that ask for none.
    let strangers = try await flood(hub.apis[0], connections: 100) { _ in
      ["POST /api/orders HTTP/1.1", "POST /api/auth/login HTTP/1.1", "PUT /nowhere HTTP/1.1", "GET /healthz HTTP/1.1"]
    }
    #expect(strangers.peakHeldBytes < 1_048_576)
    #expect(strangers.growthBytes < Self.slack)
    let known = try await flood(hub.apis[0], connections: Self.connections) { _ in
      ["POST /api/orders HTTP/1.1\r\n\(authorization)\r\nContent-Type: application/json"]
    } meanwhile: { () async throws in
      let statuses = try await [
        admin.get("/api/orders").status, onThread { try Hub.status(hub.apis[0], "/healthz") },
      ]
      #expect(statuses == [200, 200])
    }
    #expect(known.peakHeldBytes > 1_048_576)
    #expect(known.peakHeldBytes <= Self.limit)
    #expect(known.growthBytes < Self.limit + Self.slack)
    #expect(known.keptBytes < Self.slack)
    #expect(try await admin.post("/api/orders", order).status == 201)
  }

  @Test func halfPostsOfPollingHoldLittleAndGiveItBack() async throws {
    let hub = try await Hub.own(environment: Self.settings)
    defer { hub.end() }
    let live = hub.live
    let token = try hub.caller().token ?? ""
    let sids = try await onThread {
      let client = try RawClient(port: live.port)
      return try (0..<Self.connections).map { _ in
        // Before its token is verified a session may post little.
        try client.request("GET", "/socket.io/?EIO=4&transport=polling&token=\(token)")
        return Document(parsing: String(try client.answer().body.dropFirst()))["sid"].text
      }
    }
    let known = try await flood(live, connections: Self.connections) { index in
      ["POST /socket.io/?EIO=4&transport=polling&sid=\(sids[index]) HTTP/1.1\r\nContent-Type: text/plain"]
    } meanwhile: { () async throws in
      let status = try await onThread { try Hub.status(live, "/readyz") }
      #expect(status == 200)
    }
    #expect(known.peakHeldBytes > 1_048_576)
    #expect(known.peakHeldBytes <= Self.limit)
    #expect(known.growthBytes < Self.limit + Self.slack)
    #expect(known.keptBytes < Self.slack)
    // Nor does one that has not said who it is, and a session that nobody opened holds nothing.
    let unproven = try await onThread {
      let client = try RawClient(port: live.port)
      return try (0..<100).map { _ in
        try client.request("GET", "/socket.io/?EIO=4&transport=polling")
        return Document(parsing: String(try client.answer().body.dropFirst()))["sid"].text
      }
    }
    let silent = try await flood(live, connections: 100) { index in
      ["POST /socket.io/?EIO=4&transport=polling&sid=\(unproven[index]) HTTP/1.1\r\nContent-Type: text/plain"]
    }
    #expect(silent.peakHeldBytes < 1_048_576)
    let strangers = try await flood(live, connections: 100) { index in
      ["POST /socket.io/?EIO=4&transport=polling&sid=nobody\(index) HTTP/1.1", "POST /ws HTTP/1.1", "PUT /x HTTP/1.1"]
    }
    #expect(strangers.peakHeldBytes < 1_048_576)
  }

  // MARK: Parts

  private struct Seen {
    var peakHeldBytes: Int
    /// How much the process grew while the halves were there.
    var growthBytes: Int
    /// How much of that it had when they were gone.
    var keptBytes: Int
  }

  /// Opens connections that send each the next of these heads and most of a body, and closes them.
  private func flood(
    _ process: ServerProcess, connections: Int, _ heads: @escaping @Sendable (Int) -> [String],
    meanwhile: @Sendable () async throws -> Void = {}
  ) async throws -> Seen {
    let before = try Self.residentBytes(process)
    let body = [UInt8](repeating: 0x20, count: Self.sent)
    let clients = try await onThread {
      Held(
        try (0..<connections).map { index in
          let client = try RawClient(port: process.port)
          let heads = heads(index)
          try client.send("\(heads[index % heads.count])\r\nHost: t\r\nContent-Length: \(Self.announced)\r\n\r\n")
          // One that is refused takes it or not.
          try? client.send(body)
          return client
        })
    }
    let peak = try await Self.held(process)
    let during = try Self.residentBytes(process)
    try await meanwhile()
    clients.drop()
    try await eventually("nothing is held") { try await Self.held(process) == 0 }
    // The process gives memory back at most every ten seconds: one that has nothing to give back is not waited for.
    try await eventually("memory goes back") {
      try Self.residentBytes(process) - before < Self.slack
    }
    return Seen(
      peakHeldBytes: peak, growthBytes: during - before, keptBytes: try Self.residentBytes(process) - before)
  }

  private static func held(_ process: ServerProcess) async throws -> Int {
    try await onThread {
      let client = try RawClient(port: process.port)
      try client.request("GET", "/metrics")
      let line = try client.answer().body.split(separator: "\n").first { $0.hasPrefix("orderhub_http_body_bytes ") }
      return line.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    }
  }

  private static func residentBytes(_ process: ServerProcess) throws -> Int {
    let text = try String(contentsOfFile: "/proc/\(process.processID)/statm", encoding: .utf8)
    return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
  }

  /// Clients that are let go of at once.
  private final class Held: @unchecked Sendable {
    // Owner: the test, which waits for the thread that fills it.
    private var clients: [RawClient]
    init(_ clients: [RawClient]) { self.clients = clients }
    func drop() { clients = [] }
  }
}
