import Foundation
import Glibc
import HubTestSupport
import Testing

/// What the live process answers when it is full.
@Suite struct LiveRoomTests {
  private static let polling = "/socket.io/?EIO=4&transport=polling"

  /// A client of each kind in turn, its connection open: a stream, or a poll that waits.
  private static func join(_ number: Int, _ port: Int, _ token: String) throws -> RawClient {
    let client = try RawClient(port: port)
    if number % 2 == 0 {
      try client.request("GET", "/events", headers: ["Authorization: Bearer \(token)"])
      let line = try client.line()
      guard line.contains(" 200 ") else { throw RawClient.Failure(line) }
      // One that is not served now is answered 200 too, and ends.
      while true {
        switch try client.line() {
        case "event: hub:ready": return client
        case "event: hub:closing": throw RawClient.Failure("turned away")
        default: continue
        }
      }
    }
    // Whoever proves itself at once needs no place among those who have yet to.
    try client.request("GET", polling, headers: ["Authorization: Bearer \(token)"])
    let answer = try client.answer()
    guard answer.status == 200 else { throw RawClient.Failure("\(answer.status) \(answer.body)") }
    let sid = String(answer.body.dropFirst(9).prefix { $0 != "\"" })
    try client.request("GET", "\(polling)&sid=\(sid)")
    return client
  }

  private static func expectFull(_ live: ServerProcess, _ token: String) throws {
    let stream = try EventStreamPeer(port: live.port, headers: ["Authorization: Bearer \(token)"])
    #expect(stream.head.status == 200)
    #expect(stream.head.body.contains("event: hub:closing\ndata: {\"code\":\"1013\""))
    for (path, headers) in [
      (polling, []), ("/ws", LiveSocket.handshake + ["Authorization: Bearer \(token)"]),
    ] {
      let client = try RawClient(port: live.port)
      try client.request("GET", path, headers: headers)
      #expect(try client.answer().status == 503, "\(path)")
    }
    for path in ["/readyz", "/healthz", "/metrics"] { #expect(try Hub.status(live, path) == 200) }
  }

  @Test func whoeverComesPastTheLimitIsTurnedAwayAndTheProcessStillAnswers() async throws {
    let hub = try await Hub.shared()
    let live = try await hub.anotherLive(environment: ["LIVE_CONNECTION_LIMIT": "30", "HTTP_CONNECTION_LIMIT": "16"])
    defer { live.stop() }
    let token = try #require(try hub.caller().token)
    try await onThread {
      var clients = try (0..<30).map { try Self.join($0, live.port, token) }
      try Self.expectFull(live, token)
      // One that leaves makes room.
      clients.removeFirst()
      var next: RawClient?
      let isIn = blockUntil {
        next = try? Self.join(0, live.port, token)
        return next != nil
      }
      #expect(isIn)
      withExtendedLifetime(next) {}
    }
  }

  /// python-socketio by polling and by WebSocket, a browser's EventSource, and a page with a WebSocket.
  @Test func whoeverWasTurnedAwayIsServedByItselfAsSoonAsThereIsRoom() async throws {
    let hub = try await Hub.shared()
    let live = try await hub.anotherLive(environment: ["LIVE_CONNECTION_LIMIT": "8"])
    let clients = try await LiveClients.start()
    defer {
      clients.end()
      live.stop()
    }
    let ada = try hub.caller()
    let token = try #require(ada.token)
    let places = try await onThread {
      let sockets = try (0..<8).map { _ in
        try LiveSocket(port: live.port, headers: ["Authorization: Bearer \(token)"])
      }
      for socket in sockets { try socket.greet(subscribes: false) }
      return sockets
    }
    for kind in WatchKind.allCases { try await clients.watch(kind, by: ada, at: [live.port]) }
    // Each has been turned away, and again.
    for kind in WatchKind.allCases {
      try await eventually("\(kind) is turned away") {
        let log = try await clients.log(of: kind.rawValue)
        return log["ends"].items.count >= 2 && log["connects"].whole == 0
      }
    }
    for socket in places { shutdown(socket.client.socket, Int32(SHUT_RDWR)) }
    for kind in WatchKind.allCases {
      try await eventually("\(kind) is served") { try await clients.log(of: kind.rawValue)["connects"].whole > 0 }
    }
    _ = try await ada.place([("p1", "1")])
    for kind in WatchKind.allCases {
      try await eventually("\(kind) hears") {
        try await clients.log(of: kind.rawValue)["log"].items.contains { $0["event"] == "order:created" }
      }
    }
  }

  @Test func aProcessThatMayOpenFewSocketsSaysSoAndRefusesBeforeItHasNone() async throws {
    let hub = try await Hub.shared()
    let settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    let (port, binary) = (try freePort(), try Hub.binary())
    let live = try ServerProcess(
      "/bin/sh", port: port, environment: settings.merging(["LIVE_PORT": "\(port)"]) { $1 }
    ) { _, _ in ["-c", "ulimit -Sn 64; ulimit -Hn 120; exec \"$0\" live", binary] }
    defer { live.stop() }
    let token = try #require(try hub.caller().token)
    try await onThread {
      try Hub.awaitReady(live)
      // Half of 120 descriptors: a stream holds two of them, a poll one.
      let clients = try (0..<40).map { try Self.join($0, live.port, token) }
      try Self.expectFull(live, token)
      let log = try live.output()
      for part in [
        "\"openFilesAllowed\":\"120\"", "\"openFilesNeeded\":\"101000\"", "\"liveConnections\":\"60\"",
        "\"openFilesNeededForStreams\":\"201000\"", "\"liveStreams\":\"30\"",
      ] {
        #expect(log.contains(part), "\(part)")
      }
      _ = clients
    }
  }

  @Test func asManyStreamsAsThereAreDescriptorsForAreServedAndNoneIsLost() async throws {
    let hub = try await Hub.shared()
    let settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    let (port, binary) = (try freePort(), try Hub.binary())
    let live = try ServerProcess(
      "/bin/sh", port: port, environment: settings.merging(["LIVE_PORT": "\(port)"]) { $1 }
    ) { _, _ in ["-c", "ulimit -Sn 64; ulimit -Hn 200; exec \"$0\" live", binary] }
    defer { live.stop() }
    let token = try #require(try hub.caller().token)
    try await onThread {
      try Hub.awaitReady(live)
      let streams = try (0..<50).map { _ in try Self.join(0, live.port, token) }
      for _ in 0..<20 { try Self.expectFull(live, token) }
      #expect(!(try live.output().contains("could not be duplicated")))
      // All that were let in are served still.
      for stream in streams { #expect(!stream.isReadable(withinMs: 0) || !stream.isClosedByServer()) }
    }
  }
}
