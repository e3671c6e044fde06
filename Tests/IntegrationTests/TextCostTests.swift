import Foundation
import HubTestSupport
import Orders
import Testing

/// Text that a stranger chooses costs what its bytes cost, wherever it comes in.
///
/// Counted are instructions of the real processes, for a comparison that takes canonical equivalence may stand anywhere
/// between a socket and an answer, in any library. Before there was `Text`, most of these cost a hundred times the
/// harmless text of the same size, and the square of that with ten times the size.
@Suite struct TextCostTests {
  /// What a hostile text may cost, in harmless ones of the same size.
  private static let factor: Int64 = 3
  /// What an entrance may cost in any case: timers go on meanwhile, and a process does not do the same twice.
  private static let floor: Int64 = 3_000_000
  private static let bytes = 6_000

  @Test func marksCostAnAPIWhatTheirBytesCost() async throws {
    let uri = try Hub.newDatabase()
    let dear = try await onThread {
      let process = try CountedProcess("api", "PORT", Self.settings(uri, redisPort: 1))
      defer { process.stop() }
      let token = try Caller.token(tenant: "shop", user: "ada", role: .admin)
      let order = try Self.place(port: process.port, token: token)
      return try Self.measure(APIEntrances.all(token: token, order: order), process)
    }
    #expect(dear == [])
  }

  @Test func marksCostALiveProcessWhatTheirBytesCost() async throws {
    let uri = try Hub.newDatabase()
    let dear = try await onThread {
      let redis = try TestServers.redis()
      defer { redis.stop() }
      let settings = Self.settings(uri, redisPort: redis.port).merging(["SOCKETIO_EMITTER": "on"]) { $1 }
      let process = try CountedProcess("live", "LIVE_PORT", settings)
      defer { process.stop() }
      let token = try Caller.token(tenant: "shop", user: "ada", role: .admin)
      return try Self.measure(LiveEntrances.all(token: token, redisPort: redis.port), process)
    }
    #expect(dear == [])
  }

  /// That the count sees what it is to see: the same text, compared once as a `String`.
  @Test func aComparisonByCanonicalEquivalenceWouldBeSeen() {
    let (hostile, harmless) = (Probe.hostile(Self.bytes).text, Probe.harmless(Self.bytes).text)
    #expect(hostile.utf8.count == harmless.utf8.count)
    #expect(hostile.unicodeScalars.count == harmless.unicodeScalars.count)
    // Equal to a `String`, and not the same bytes: the marks are in another order.
    let marks = hostile.unicodeScalars.dropFirst()
    let other = "t" + String(String.UnicodeScalarView(marks.reversed()))
    #expect(hostile == other)
    #expect(!hostile.utf8.elementsEqual(other.utf8))
  }

  /// That the text bites: the words of a command line are the operator's, and are compared as what they are, with `==`. To
  /// compare it once costs more than all that it may cost on its way through a process.
  @Test func aSingleComparisonOfAHostileStringIsDear() async throws {
    let (usual, cost) = try await onThread {
      (
        try CountedCalls(of: Self.equals, in: [Probe.harmless(Self.bytes).text]),
        try CountedCalls(of: Self.equals, in: [Probe.hostile(Self.bytes).text])
      )
    }
    try #require(usual.calls > 0 && cost.calls > 0)
    #expect(usual.instructions / usual.calls < Self.floor / 100)
    #expect(cost.instructions / cost.calls > Self.factor * Self.floor)
  }

  /// `String ==`
  private static let equals = "$sSS2eeoiySbSS_SStFZ"

  /// The entrances at which hostile text costs more than it may.
  private static func measure(_ entrances: [Entrance], _ process: CountedProcess) throws -> [String] {
    let port = process.port
    // Whatever is made at its first use is made now.
    for entrance in entrances { try entrance.send(.harmless(8), port) }
    _ = try process.instructions {}
    return try entrances.compactMap { entrance in
      let usual = try process.instructions { try entrance.send(.harmless(bytes), port) }
      let cost = try process.instructions { try entrance.send(.hostile(bytes), port) }
      if ProcessInfo.processInfo.environment["ORDERHUB_TEST_COSTS"] != nil { print("\(entrance): \(usual) \(cost)") }
      // A count that sees nothing would find nothing dear.
      guard usual > 0, cost > 0 else { return "\(entrance): nothing was counted" }
      return cost <= factor * max(usual, floor)
        ? nil : "\(entrance): \(cost) instructions, \(usual) for a harmless text"
    }
  }

  private static func settings(_ uri: String, redisPort: Int) -> [String: String] {
    Hub.settings(mongoURI: uri, redisPort: redisPort).merging([
      "LOG_LEVEL": "error", "MONGODB_THREADS": "1", "CORS_ORIGINS": "https://shop.example",
      "OUTBOX_INTERVAL_MS": "60000",
    ]) { $1 }
  }

  /// An order of one product; its id.
  private static func place(port: Int, token: String) throws -> String {
    let client = try RawClient(port: port)
    try client.request(
      "POST", "/api/orders", headers: ["Authorization: Bearer \(token)"],
      body: #"{"customer":{"name":"Ann"},"items":[{"productId":"p","quantity":1,"unitPrice":1}]}"#)
    let answer = try client.answer()
    guard answer.status == 201, case .string(let id) = Document(parsing: answer.body)["order"]["id"] else {
      throw TestServerError("no order: \(answer.status) \(answer.body)")
    }
    return id
  }
}
