import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// What those who stayed connected get when the hub was cut off from Redis for long, and what those who came back.
@Suite(.serialized) struct GapTests {
  private let north = TenantID("north")

  /// Adds events that the bus does not bring, and lets it come back.
  private func missed(_ count: Int, ofBytes bytes: Int, _ live: LiveFixture) throws {
    let tenant = try #require(north)
    let data = "\"" + String(repeating: "x", count: bytes) + "\""
    live.bus.listener?.lost()
    for seq in 1...count { _ = live.streams.add("north", TestBus.envelope("north", seq: seq, data: data)) }
    live.bus.listener?.subscribed(tenant)
  }

  private func expect(_ seqs: ClosedRange<Int>, at client: WebSocketClient) throws {
    for seq in seqs { try #require(try client.nextText().contains("\"seq\":\(seq),")) }
  }

  @Test(arguments: [(15, 65_536, 1 << 20), (1_500, 100, 1 << 20), (12_000, 100, LiveOptions().gapLimitBytes)])
  func whatIsMissedUpToALimitOfBytesIsGivenToThoseWhoStayed(count: Int, bytes: Int, limit: Int) async throws {
    #expect(LiveOptions().gapLimitBytes == 16 << 20)
    try await withLive({
      $0.queueLimitBytes = 64 << 20; $0.gapLimitBytes = limit
    }) { live in
      let client = try live.subscriber("north")
      try missed(count, ofBytes: bytes, live)
      try expect(1...count, at: client)
    }
  }

  @Test func whatIsMoreIsToldToThoseWhoStayedAndGivenToWhoAsksForIt() async throws {
    try await withLive({ $0.gapLimitBytes = 1 << 20 }) { live in
      let client = try live.subscriber("north")
      // Of the page that is read last the limit is noticed behind it.
      let count = 60
      try missed(count, ofBytes: 65_536, live)
      #expect(try client.nextText() == "{\"type\":\"resync\",\"reason\":\"gap\",\"offset\":\"\(1_001 + count)-0\"}")
      // On the same connection, and on one that comes back: the stream has it all.
      let back = try live.login("north", "back")
      for asking in [client, back] {
        asking.send("{\"type\":\"recover\",\"offset\":\"1001-0\"}")
        #expect(try asking.nextText() == "{\"type\":\"recovered\",\"tenantId\":\"north\"}")
        try expect(1...count, at: asking)
      }
      live.bus.record([TestBus.envelope("north", seq: count + 1)], tenant: "north")
      for asking in [client, back] { try expect((count + 1)...(count + 1), at: asking) }
    }
  }

  /// As many events as a stream keeps by default, or as many bytes as wait for a client many times over.
  @Test(arguments: [(128, 65_536), (10_000, 100)])
  func whoComesBackRecoversAllThatAStreamKeeps(count: Int, bytes: Int) async throws {
    try await withLive { live in
      let data = "\"" + String(repeating: "x", count: bytes) + "\""
      for seq in 0...count { _ = live.streams.add("north", TestBus.envelope("north", seq: seq, data: data)) }
      live.streams.trim("north", to: count + 1)
      let client = try live.login("north")
      client.send("{\"type\":\"recover\",\"offset\":\"1001-0\"}")
      #expect(try client.nextText() == "{\"type\":\"recovered\",\"tenantId\":\"north\"}")
      try expect(1...count, at: client)
      // One event more, and the place is gone: it is told, and given nothing in part.
      live.streams.trim("north", to: count)
      let late = try live.login("north", "late")
      late.send("{\"type\":\"recover\",\"offset\":\"1001-0\"}")
      #expect(try late.nextText().hasPrefix("{\"type\":\"resync\",\"reason\":\"too far behind\""))
    }
  }

  /// However long a stream the operator keeps, whoever is in it comes to its end.
  @Test func thePagesThatAreReadForAClientReachOverTheWholeStream() async throws {
    for (length, bytes, queue) in [(10_000, 32 << 20, 1 << 20), (1_000_000, 1 << 30, 65_536), (100, 1 << 20, 1 << 20)] {
      let pages = LiveOptions.pages(streamLength: length, streamBytes: bytes, queueBytes: queue)
      // Each page is 50 entries, or all but one event of half a queue.
      #expect(pages >= length / 50 + 2 * (bytes / (queue / 2)))
    }
    try await withLive({
      $0.pagesPerRecovery = 4; $0.ringBytes = 1
    }) { live in
      for seq in 0...199 { _ = live.streams.add("north", TestBus.envelope("north", seq: seq)) }
      let client = try live.login("north")
      client.send("{\"type\":\"recover\",\"offset\":\"1001-0\"}")
      #expect(try client.nextText().contains("recovered"))
      try expect(1...199, at: client)
    }
  }
}
