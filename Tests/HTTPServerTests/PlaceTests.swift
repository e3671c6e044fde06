import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import Testing

/// Who has a place when there are more connections than may be.
@Suite struct PlaceTests {
  @Test func silentConnectionsDoNotKeepOthersOut() async throws {
    let metrics = Metrics()
    try await withPlaces(16, metrics) { port in
      let silent = try (0..<200).map { _ in try RawClient(port: port) }
      for path in ["/hand", "/vital", "/echo"] {
        let client = try RawClient(port: port)
        try client.request("GET", path)
        #expect(try client.answer().status == 200)
        // It is kept, and asked once more.
        try client.request("GET", path)
        #expect(try client.answer().status == 200)
      }
      #expect(silent.count == 200)
    }
    // There were 16 places.
    #expect(metrics.render().contains("orderhub_http_connections 0\n"))
    let line = try #require(
      metrics.render().split(separator: "\n").first { $0.hasPrefix("orderhub_http_idle_closes_total ") })
    #expect(try #require(Int(line.split(separator: " ")[1])) >= 200 + 3 - 16)
  }

  @Test func theOldestIdleOneGoesAndNoneThatIsServed() async throws {
    let application = TestApplication()
    try await withPlaces(16, Metrics(), application) { port in
      let busy = try (0..<8).map { _ in try RawClient(port: port) }
      for client in busy { try client.request("GET", "/slow") }
      #expect(blockUntil { application.begun.value == 8 })
      let idle = try (0..<8).map { _ in try RawClient(port: port) }
      for client in idle {
        try client.request("GET", "/hand")
        #expect(try client.answer().status == 200)
      }
      var new: [RawClient] = []
      for _ in 0..<3 {
        let client = try RawClient(port: port)
        try client.request("GET", "/hand")
        #expect(try client.answer().status == 200)
        new.append(client)
      }
      // All of the idle ones are of one second: the oldest connections go first.
      for client in idle.prefix(3) { #expect(client.isClosedByServer()) }
      for client in idle.dropFirst(3) {
        try client.request("GET", "/hand")
        #expect(try client.answer().status == 200)
      }
      application.gate.open()
      for client in busy { #expect(try client.answer().status == 200) }
    }
  }

  @Test func theSilentGoBeforeThoseThatHaveAsked() async throws {
    try await withPlaces(16, Metrics()) { port in
      var known: [RawClient] = []
      for _ in 0..<10 {
        let client = try RawClient(port: port)
        try client.request("GET", "/hand")
        #expect(try client.answer().status == 200)
        known.append(client)
      }
      let half = try (0..<6).map { _ in try RawClient(port: port) }
      for client in half { try client.send("GET /hand HTTP/1.1\r\nHost: t\r\nX: ") }
      // The server has read them when it answers what came after them: one with unread bytes is not closed.
      for client in known {
        try client.request("GET", "/hand")
        #expect(try client.answer().status == 200)
      }
      var new: [RawClient] = []
      for _ in 0..<6 {
        let client = try RawClient(port: port)
        try client.request("GET", "/hand")
        #expect(try client.answer().status == 200)
        new.append(client)
      }
      for client in half { #expect(client.isClosedByServer()) }
      for client in known {
        try client.request("GET", "/hand")
        #expect(try client.answer().status == 200)
      }
    }
  }

  @Test func whereAllAreBusyWhoeverWatchesIsServedAndOthersAreToldToComeAgain() async throws {
    let application = TestApplication()
    try await withPlaces(16, Metrics(), application) { port in
      var busy: [RawClient] = []
      for number in 1...16 {
        let client = try RawClient(port: port)
        try client.request("GET", "/slow")
        busy.append(client)
        #expect(blockUntil { application.begun.value >= number })
      }
      for _ in 0..<50 {
        let watcher = try RawClient(port: port)
        try watcher.request("GET", "/vital")
        let seen = try watcher.answer()
        #expect(seen.status == 200)
        #expect(seen.headers["connection"] == "close")
        let other = try RawClient(port: port)
        try other.request("POST", "/echo", body: "hello")
        let refused = try other.answer()
        #expect(refused.status == 503)
        #expect(refused.headers["retry-after"] == "1")
        #expect(other.isClosedByServer())
      }
      // Silent ones make room for each other.
      let silent = try (0..<100).map { _ in try RawClient(port: port) }
      let watcher = try RawClient(port: port)
      try watcher.request("GET", "/vital")
      #expect(try watcher.answer().status == 200)
      #expect(silent.count == 100)
      application.gate.open()
      for client in busy { #expect(try client.answer().status == 200) }
    }
  }

  @Test func oneAddressCannotTakeThePlacesOfOthersByBeingSilent() async throws {
    try await withPlaces(64, Metrics()) { port in
      let others = try (0..<10).map { _ in try RawClient(port: port, from: "127.0.0.2") }
      let silent = try (0..<100).map { _ in try RawClient(port: port) }
      // Half of the places.
      for client in silent.prefix(100 - 32) { #expect(client.isClosedByServer()) }
      for client in silent.suffix(32) + others {
        try client.request("GET", "/hand")
        #expect(try client.answer().status == 200)
      }
    }
  }

  @Test func descriptorsThatRunOutMakeRoomTooHoweverManyConnectionsMayBe() async throws {
    let metrics = Metrics()
    try await withPlaces(10_000, metrics, descriptorLimit: 1) { port in
      let silent = try (0..<20).map { _ in try RawClient(port: port) }
      for client in silent.dropLast() { #expect(client.isClosedByServer()) }
      let client = try RawClient(port: port)
      try client.request("GET", "/hand")
      #expect(try client.answer().status == 200)
    }
  }

  private func withPlaces(
    _ limit: Int, _ metrics: Metrics, _ application: TestApplication = TestApplication(), descriptorLimit: Int = 0,
    _ body: @escaping @Sendable (Int) throws -> Void
  ) async throws {
    try await withServer(
      application,
      {
        $0.connectionLimit = limit
        $0.descriptorLimit = descriptorLimit
        $0.vitalPaths = ["/vital"]
        $0.metrics = metrics
      }
    ) { server in
      let port = server.port
      try await onThread { try body(port) }
      #expect(await eventually { metrics.render().contains("orderhub_http_connections 0\n") })
    }
  }
}
