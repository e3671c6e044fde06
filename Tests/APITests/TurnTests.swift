import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import API

@Suite struct TurnTests {
  private func flow(_ group: Text, _ member: Text = "", _ rank: TurnFlow.Rank = .stranger) -> TurnFlow {
    TurnFlow(rank: rank, group: group, member: member)
  }

  /// A row whose one turn is taken, so that all that come wait.
  private func row(limit: Int) -> TurnRow {
    var row = TurnRow(turnCount: 1, limit: limit, patienceMicros: 5_000_000)
    #expect(row.enter(flow("first"), id: 0, now: 0) == .turn)
    return row
  }

  @Test func groupsTakeTurnsAndWithinAGroupItsMembers() {
    var row = row(limit: 100)
    for id in 1...6 { #expect(row.enter(flow("a", "x"), id: UInt64(id), now: 0) == .waits) }
    _ = row.enter(flow("a", "y"), id: 7, now: 0)
    _ = row.enter(flow("b", "z"), id: 8, now: 0)
    #expect((0..<8).compactMap { _ in row.leave() } == [1, 8, 7, 2, 3, 4, 5, 6])
    #expect(row.leave() == nil)
    #expect(row.isEmpty)
  }

  @Test func whoeverHasMostGivesUpItsPlaceForANewcomer() {
    var row = row(limit: 8)
    for id in 1...8 { #expect(row.enter(flow("attacked", "a\(id)"), id: UInt64(id), now: 0) == .waits) }
    #expect(row.enter(flow("attacked", "a9"), id: 9, now: 0) == .refused)
    #expect(row.enter(flow("other", "b"), id: 10, now: 0) == .waitsFor(8))
    #expect(row.waiting == 8)
    for id in 11...13 {
      guard case .waitsFor = row.enter(flow("other", "c"), id: UInt64(id), now: 0) else {
        Issue.record("\(id)")
        continue
      }
    }
    // Now both have four, and neither takes from the other.
    #expect(row.enter(flow("other", "d"), id: 14, now: 0) == .waitsFor(13), "of its own group, c has most")
    #expect(row.enter(flow("attacked", "a1"), id: 15, now: 0) == .refused)
    #expect(row.leave() == 1)
    #expect(row.leave() == 10)
  }

  @Test func strangersNeverTakeAPlaceOfThoseWhoAreKnownAndAreNotStarvedByThem() {
    var row = row(limit: 4)
    for id in 1...4 { #expect(row.enter(flow("s", "\(id)"), id: UInt64(id), now: 0) == .waits) }
    for id in 11...14 { #expect(row.enter(flow("k", "u", .known), id: UInt64(id), now: 0) == .waits) }
    #expect((0..<8).compactMap { _ in row.leave() } == [11, 12, 13, 1, 14, 2, 3, 4])
  }

  @Test func whoHasWaitedTooLongIsSentAway() {
    var row = row(limit: 10)
    _ = row.enter(flow("a"), id: 1, now: 0)
    _ = row.enter(flow("b"), id: 2, now: 3_000_000)
    #expect(row.firstDeadline == 5_000_000)
    #expect(row.expire(now: 4_999_999).isEmpty)
    #expect(row.expire(now: 5_000_000) == [1])
    #expect(row.leave() == 2)
    #expect(row.leave() == nil && row.isEmpty)
  }

  @Test func neverMoreHaveATurnThanThereAreAndNoneIsForgotten() async throws {
    let queue = TurnQueue(turns: 3, limit: 20)
    let (now, most, served) = (Locked(0), Locked(0), Locked(0))
    let refused = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<400 {
        group.addTask {
          do {
            try await queue.turn(TurnFlow(rank: .stranger, group: "g\(number % 7)", member: "m\(number % 50)")) {
              let running = now.with {
                $0 += 1
                return $0
              }
              most.with { $0 = max($0, running) }
              for _ in 0..<5 { await Task.yield() }
              now.with { $0 -= 1 }
              served.with { $0 += 1 }
            }
            return false
          } catch { return true }
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(most.with { $0 } <= 3)
    #expect(served.with { $0 } + refused == 400)
    #expect(queue.isEmpty)
  }

  @Test func aWaitEndsWhenTheClockSaysSo() async throws {
    let now = Locked<UInt64>(0)
    let queue = TurnQueue(turns: 1, limit: 20, clock: { now.with { $0 } })
    let held = Held()
    async let first: Void = queue.turn(TurnFlow(rank: .stranger, group: "", member: "")) { await held.wait() }
    try await eventually("it has the turn") { held.count == 1 }
    async let second = try? await queue.turn(TurnFlow(rank: .known, group: "", member: "")) { true }
    try await eventually("the other waits") { queue.waiting == 1 }
    now.with { $0 = TurnQueue.patienceMicros - 1 }
    queue.expire()
    #expect(queue.waiting == 1)
    now.with { $0 += 1 }
    queue.expire()
    #expect(await second == nil)
    held.letGo()
    try await first
    #expect(queue.isEmpty)
  }
}

/// Where tasks are held until a test lets them go.
final class Held: Sendable {
  private let state = Locked<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

  /// How many are held.
  var count: Int { state.with { $0.waiting.count } }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.with { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  /// Lets one go that is held.
  func letOneGo() { state.with { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }?.resume() }

  /// Lets all go, and holds nobody any more.
  func letGo() {
    let waiting = state.with { state in
      defer { state = (true, []) }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
