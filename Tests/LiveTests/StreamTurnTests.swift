import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// Whose turn it is to be read for.
@Suite struct StreamTurnTests {
  @Test func whoAsksForLittleDoesNotWaitForAllWhoAskForMuch() async throws {
    let streams = HeldStreams()
    let reader = StreamReader(streams, gapLimitBytes: 1 << 20) { _, _ in }
    let (alpha, beta) = (try #require(TenantID("alpha")), try #require(TenantID("beta")))
    let eve = Party(Actor(tenant: alpha, user: try #require(UserID("eve")), role: .customer))
    let ada = Party(Actor(tenant: beta, user: try #require(UserID("ada")), role: .admin))
    let place = StreamOffset(millis: 1, number: 0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<400 { group.addTask { _ = await reader.page(of: alpha, after: place, for: eve) } }
      await streams.await(reading: 4)
      while streams.served < 100 { await streams.letOneGo() }
      group.addTask { _ = await reader.page(of: beta, after: place, for: ada) }
      group.addTask { _ = await reader.note(of: "s", for: ada) }
      while streams.served < 401 { await streams.letOneGo() }
      await group.waitForAll()
    }
    let turn = try #require(streams.seen(beta))
    // Those that were being read when it came, and a turn or two of the other's.
    #expect(turn < 140, "beta was read for as the \(turn)th of 401")
  }
}

/// Streams whose pages come one at a time, when the test lets one go.
private final class HeldStreams: EventStreams {
  private struct State {
    var order: [TenantID] = []
    var held: [CheckedContinuation<Void, Never>] = []
    var served = 0
  }
  private let state = Locked(State())

  var served: Int { state.with { $0.served } }
  var waiting: Int { state.with { $0.held.count } }

  /// The place of a tenant's first page among all.
  func seen(_ tenant: TenantID) -> Int? { state.with { $0.order.firstIndex(of: tenant) } }

  func await(reading count: Int) async { while waiting < count { await Task.yield() } }

  func letOneGo() async {
    let next: CheckedContinuation<Void, Never>? = state.with { state in
      guard !state.held.isEmpty else { return nil }
      state.served += 1
      return state.held.removeFirst()
    }
    next?.resume()
    await Task.yield()
  }

  func entries(
    of tenant: TenantID, after offset: StreamOffset, limit: Int
  ) async throws(CacheUnavailable) -> [StreamEntry]? {
    await withCheckedContinuation { continuation in
      state.with {
        $0.order.append(tenant)
        $0.held.append(continuation)
      }
    }
    return (0..<UInt64(limit)).map { StreamEntry(offset: StreamOffset(millis: 2, number: $0), envelope: nil) }
  }

  func newest(of tenant: TenantID, limit: Int) async throws(CacheUnavailable) -> [StreamEntry] { [] }
  func heads(of tenants: [TenantID]) async throws(CacheUnavailable) -> [StreamOffset?] { tenants.map { _ in nil } }
  func keep(_ note: String, of session: String, seconds: Int) async throws(CacheUnavailable) {}
  func note(of session: String) async throws(CacheUnavailable) -> Text? { nil }
}
