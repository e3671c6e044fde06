import HubRuntime

/// Few turns at work that strangers may ask for, so that it never takes more than a share of what the process has.
final class TurnQueue: Sendable {
  private struct State {
    var row: TurnRow
    var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
    var lastID: UInt64 = 0
    var isWatched = false
  }

  private let state: Locked<State>
  private let clock: @Sendable () -> UInt64
  /// How long one may wait for a turn, in microseconds.
  static let patienceMicros: UInt64 = 5_000_000

  /// `turns` at once; `limit` may wait of each rank. `clock` gives microseconds that never go back.
  init(turns: Int, limit: Int, clock: @escaping @Sendable () -> UInt64 = monotonicMicros) {
    self.clock = clock
    state = Locked(
      State(row: TurnRow(turnCount: max(1, turns), limit: limit, patienceMicros: Self.patienceMicros)))
  }

  /// There is no place to wait in, or the wait was too long.
  struct Busy: Error, Equatable {}

  /// How many wait.
  var waiting: Int { state.with { $0.row.waiting } }
  /// Whether nobody has a turn and nobody waits.
  var isEmpty: Bool { state.with { $0.row.isEmpty } }

  /// Does some work when its turn comes. Throws `Busy` if it does not come.
  func turn<Value>(_ flow: TurnFlow, _ work: () async throws -> Value) async throws -> Value {
    guard await enter(flow) else { throw Busy() }
    defer { leave() }
    return try await work()
  }

  /// Ends the waits that are too long.
  func expire() {
    let now = clock()
    let overdue = state.with { state in state.row.expire(now: now).compactMap { state.waiters.removeValue(forKey: $0) }
    }
    for waiter in overdue { waiter.resume(returning: false) }
  }

  private func enter(_ flow: TurnFlow) async -> Bool {
    let now = clock()
    return await withCheckedContinuation { continuation in
      let (answered, loser) = state.with { state -> (Bool?, CheckedContinuation<Bool, Never>?) in
        state.lastID += 1
        let id = state.lastID
        switch state.row.enter(flow, id: id, now: now) {
        case .turn: return (true, nil)
        case .refused: return (false, nil)
        case .waits:
          state.waiters[id] = continuation
          return (nil, nil)
        case .waitsFor(let other):
          state.waiters[id] = continuation
          return (nil, state.waiters.removeValue(forKey: other))
        }
      }
      loser?.resume(returning: false)
      if let answered { continuation.resume(returning: answered) } else { watch() }
    }
  }

  private func leave() {
    let next = state.with { state in
      state.row.leave().flatMap { state.waiters.removeValue(forKey: $0) }
    }
    next?.resume(returning: true)
  }

  /// Looks after those who wait for as long as there are any.
  private func watch() {
    let isNew = state.with { state in
      defer { state.isWatched = true }
      return !state.isWatched
    }
    guard isNew else { return }
    Task {
      while let pause = pause() {
        try? await Task.sleep(for: .microseconds(pause))
        expire()
      }
    }
  }

  /// Until the next look; nil, and the end of looking, if nobody waits.
  private func pause() -> UInt64? {
    let now = clock()
    return state.with { state in
      guard let first = state.row.firstDeadline else {
        state.isWatched = false
        return nil
      }
      return first > now ? first - now + 1_000 : 1_000
    }
  }
}
