import HubRuntime
import SocketLoop
import Testing

@testable import orderhub_load

@Suite struct HeardOrdersTests {
  private static func heard(_ numbers: [Int64]) -> HeardOrders {
    var heard = HeardOrders()
    for number in numbers { heard.hear(number) }
    return heard
  }

  @Test(
    arguments: [
      ([1, 2, 3], 0), ([3, 1, 2], 0), ([], 3), ([1, 2], 1), ([1, 2, 3, 3], 1), ([1, 2, 3, 1, 2, 3], 3), ([1, 3, 3], 1),
    ] as [([Int64], Int64)])
  func whatIsLeftOutOrComesTwiceIsFound(numbers: [Int64], mismatches: Int64) {
    let orders = OrderBook.Stamped(confirmed: 3, numberSum: 6, unknown: 0)
    #expect(Self.heard(numbers).mismatches(with: orders) == mismatches)
    // The same after others.
    let earlier = Self.heard([7, 8])
    #expect(Self.heard([7, 8] + numbers).since(earlier).mismatches(with: orders) == mismatches)
  }

  @Test(arguments: [([1, 2], 0), ([1, 2, 3], 0), ([1], 1), ([1, 2, 3, 4], 1)] as [([Int64], Int64)])
  func ofAnOrderThatNobodyKnowsItMayHaveHeardOrNot(numbers: [Int64], mismatches: Int64) {
    let orders = OrderBook.Stamped(confirmed: 2, numberSum: 3, unknown: 1)
    #expect(Self.heard(numbers).mismatches(with: orders) == mismatches)
  }

  /// One client hears all twice and the other nothing: together as many events as there should be, with the same sum.
  @Test func everyClientIsCountedByItself() async throws {
    let loop = try #require(ClientLoop.started(index: 0))
    let counts = Locked(LiveCounts())
    let heard = loop.ask { loop in
      let group = LiveGroup(
        loop: loop, endpoint: Endpoint(name: "nobody", address: 0x7f00_0001, port: 1), token: "t", talk: .plain,
        keepsTails: false, counts: counts, recorder: Recorder(operationCount: 2),
        operations: LiveGroup.Operations(connect: 0, event: 1), timeoutNs: 1_000_000_000)
      // So late that they never connect.
      group.start(numbers: [0, 1], nowNs: monotonicNs() + 3_600_000_000_000, rampNs: 0)
      defer { group.stop() }
      for number in [1, 2, 1, 2] as [Int64] {
        let text = #"{"type":"order:created","notes":"\#(Stamp(momentNs: 5, number: number).text)"}"#
        withBytes(text.utf8) { group.heardEvent(group.lines[0], created: $0) }
      }
      return group.lines.map(\.heard)
    }
    await loop.stop()
    let orders = OrderBook.Stamped(confirmed: 2, numberSum: 3, unknown: 0)
    #expect(counts.with { $0.stamped } == orders.confirmed * 2)
    #expect(heard.map { $0.mismatches(with: orders) } == [2, 2])
  }
}
