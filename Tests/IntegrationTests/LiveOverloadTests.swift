import Foundation
import Glibc
import HubRuntime
import HubTestSupport
import Testing

/// What the live process does beyond what it can bear: three times the handshakes and subscriptions that its settings
/// allow, and three times the events that it can hand on in the time.
@Suite(.serialized) struct LiveOverloadTests {
  private static let members = 100
  private static let handshakesPerSecond = 200
  private static let messagesPerMinute = 600
  /// Twice the members: an outsider finds a place now and then, and two of three do not, however slowly they come.
  private static let places = 200

  @Test func threeTimesWhatItBearsLeavesWhoIsInServedAndTheProcessAsItWas() async throws {
    let hub = try await Hub.own(environment: [
      "LIVE_HANDSHAKES_PER_S": "\(Self.handshakesPerSecond)", "LIVE_MESSAGES_PER_MINUTE": "\(Self.messagesPerMinute)",
      "LIVE_CONNECTION_LIMIT": "\(Self.places)",
      // As much as a storm is: nobody reads too slowly, however busy this machine is.
      "LIVE_QUEUE_LIMIT_BYTES": "\(64 << 20)", "LOG_LEVEL": "info",
    ])
    defer { hub.end() }
    let caller = try hub.caller()
    let (port, token) = (hub.live.port, caller.token ?? "")
    let crowd = try await onThread { try Crowd(Self.members, port: port, token: token) }
    defer { crowd.end() }
    let bus = try EventSource(redisPort: hub.redisPort, tenant: caller.tenant)

    // What it bears: as many events as it is sent at once, until all have them.
    try await storm(bus, crowd, count: Self.burst)
    var residents: [Int] = []
    // A storm leaves nothing behind: what those before it needed is enough for one that follows, after a few at most. How much
    // is in use at once, and so kept for the next, is another thing each time.
    repeat {
      let outsiders = Outsiders(port: port, token: token)
      async let refusals = onThread { try outsiders.knock(3 * Self.handshakesPerSecond) }
      async let closings = onThread { try outsiders.subscribe(members: 5, messages: 3 * Self.messagesPerMinute) }
      try await storm(bus, crowd, count: 3 * Self.burst)
      // Nobody was left without an answer, and no more were let in than there were places.
      let counted = try await refusals
      let asked = 3 * Self.handshakesPerSecond
      #expect(counted[101, default: 0] + counted[503, default: 0] == asked, "\(counted)")
      #expect(counted[503, default: 0] >= asked - (Self.places - Self.members), "\(counted)")
      // For too many messages, or for too many that are refused: there are no such orders.
      #expect(try await closings.allSatisfy { [4_429, 1_008].contains($0) })
      try await untilCalm(hub.live, connections: Self.members)
      residents.append(try #require(Self.residentBytes(of: hub.live)))
    } while residents.count < 8 && (residents.count < 3 || Self.grew(residents))
    #expect(!Self.grew(residents), "\(residents)")
    // Each got every event, once and in order, and nobody was sent away.
    let wanted = Crowd.Seen(last: bus.published, wrong: 0, resyncs: 0, closedWith: nil)
    #expect(crowd.all.filter { $0 != wanted } == [])

    // Whoever comes now is served.
    let late = try await onThread { try Crowd(1, port: port, token: token) }
    defer { late.end() }
    try await storm(bus, crowd, count: 1)
    try await untilTrue("the newcomer hears") { late.all[0].last == bus.published }
  }

  private static let burst = 2_000
  /// Less than a storm's events are in bytes.
  private static let noise = 2 << 20

  /// Whether the last storm made it larger than all before.
  private static func grew(_ residents: [Int]) -> Bool {
    residents[residents.count - 1] > (residents.dropLast().max() ?? 0) + noise
  }

  /// Publishes so many events as fast as Redis takes them, and waits until all of the crowd have the last one.
  private func storm(_ bus: EventSource, _ crowd: Crowd, count: Int) async throws {
    try await onThread { try bus.publish(count) }
    try await untilTrue("all have event \(bus.published)") {
      crowd.all.allSatisfy { $0.last >= bus.published || $0.closedWith != nil }
    }
  }

  /// Waits until only those that were there before are there, nothing waits for them, and a newcomer is let in.
  private func untilCalm(_ live: ServerProcess, connections: Int) async throws {
    let began = Date()
    try await untilTrue("nothing waits") {
      let client = try RawClient(port: live.port)
      try client.request("GET", "/metrics")
      let lines = try client.answer().body.split(separator: "\n")
      return lines.contains("orderhub_live_queued_bytes 0")
        && lines.contains { $0.hasPrefix("orderhub_live_connections{") && $0.hasSuffix("} \(connections)") }
    }
    print("calm \(String(format: "%.2f", Date().timeIntervalSince(began))) s after the storm")
  }

  /// What a process holds of the machine's memory.
  private static func residentBytes(of process: ServerProcess) -> Int? {
    let text = try? String(contentsOfFile: "/proc/\(process.processID)/statm", encoding: .utf8)
    return text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * Int(getpagesize()) }
  }

  /// Waits until it holds, however long it takes on a busy machine; what never comes ends the test.
  private func untilTrue(_ what: String, _ holds: @escaping @Sendable () throws -> Bool) async throws {
    try await onThread {
      let hangsAt = monotonicMicros() + 120_000_000
      while try !holds() {
        guard monotonicMicros() < hangsAt else { throw TestServerError("never: \(what)") }
        usleep(20_000)
      }
    }
  }
}
