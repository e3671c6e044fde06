import Dispatch
import HubContracts
import HubRuntime
import HubTestSupport
import Testing

@testable import Live

/// A bus that is connected and hears nothing: what it misses is read from the streams.
@Suite struct ComparisonTests {
  private static func atOnce(_ options: inout LiveOptions) { options.comparisonPatienceMs = 0 }

  /// Compares once, on a thread that may wait.
  private static func compare(_ live: LiveFixture) {
    let done = DispatchSemaphore(value: 0)
    Task {
      await live.hub.compareWithStreams()
      done.signal()
    }
    done.wait()
  }

  private static func event(_ number: Int) -> String { TestBus.numbered("north", number) }

  private static func missed(_ live: LiveFixture) -> Bool {
    live.metrics.render().contains("orderhub_live_events_missed_total 1\n")
  }

  @Test func whatTheBusMissedIsReadFromTheStreamOnceAndInOrder() async throws {
    try await withLive(Self.atOnce) { live in
      let client = try live.subscriber("north")
      live.bus.record([Self.event(1)], tenant: "north")
      #expect(try client.nextText().contains(#""version":1"#))
      // Others publish, and this process's bus hears nothing of it.
      for number in 2...4 { _ = live.streams.add("north", Self.event(number)) }
      Self.compare(live)
      for number in 2...4 { #expect(try client.nextText().contains("\"version\":\(number)")) }
      #expect(Self.missed(live))
      // The bus goes on, and nothing comes twice.
      live.bus.record([Self.event(5)], tenant: "north")
      #expect(try client.nextText().contains(#""version":5"#))
      Self.compare(live)
      #expect(Self.missed(live))
    }
  }

  @Test func whereAStreamHasNothingNewNothingIsRead() async throws {
    try await withLive(Self.atOnce) { live in
      let client = try live.subscriber("north")
      live.bus.record([Self.event(1)], tenant: "north")
      _ = try client.nextText()
      let calls = live.streams.calls
      Self.compare(live)
      // Nor where it was emptied: nobody knows of anything that is missing.
      live.streams.wipe()
      Self.compare(live)
      #expect(live.streams.calls == calls)
      #expect(!Self.missed(live))
    }
  }

  @Test func whatIsGoneFromTheStreamTooIsSaid() async throws {
    try await withLive(Self.atOnce) { live in
      let client = try live.subscriber("north")
      live.bus.record([Self.event(1)], tenant: "north")
      _ = try client.nextText()
      for number in 2...9 { _ = live.streams.add("north", Self.event(number)) }
      live.streams.trim("north", to: 3)
      Self.compare(live)
      #expect(try client.nextText().hasPrefix(#"{"type":"resync","reason":"gap""#))
    }
  }

  /// A gap may be of few events and many bytes: past its limit it is not read, and said.
  @Test func aGapOfTooManyBytesIsSaidAndNotFilled() async throws {
    try await withLive(Self.atOnce) { live in
      let client = try live.subscriber("north")
      live.bus.record([Self.event(1)], tenant: "north")
      _ = try client.nextText()
      let filler = String(repeating: "x", count: 400_000)
      for number in 2...50 {
        let data = "{\"n\":\(number),\"x\":\"\(filler)\"}"
        _ = live.streams.add("north", TestBus.envelope("north", seq: number, data: data))
      }
      Self.compare(live)
      #expect(try client.nextText().hasPrefix(#"{"type":"resync","reason":"gap""#))
    }
  }

  @Test func withoutRedisNothingIsComparedAndNobodyIsDisturbed() async throws {
    try await withLive(Self.atOnce) { live in
      let client = try live.subscriber("north")
      _ = live.streams.add("north", Self.event(1))
      live.streams.set(isUp: false)
      Self.compare(live)
      #expect(!Self.missed(live))
      live.streams.set(isUp: true)
      Self.compare(live)
      #expect(try client.nextText().contains(#""version":1"#))
    }
  }

  /// It compares by itself.
  @Test func aHubComparesAgainAndAgain() async throws {
    try await withLive {
      Self.atOnce(&$0)
      $0.comparisonMs = 5
    } _: { live in
      let client = try live.subscriber("north")
      for number in 1...3 {
        _ = live.streams.add("north", Self.event(number))
        #expect(try client.nextText().contains("\"version\":\(number)"))
      }
    }
  }
}
