public import HubContracts

/// What a process's servers are like, for whoever asks. However many ask, they are looked at once in a while only: the
/// page is open to all.
public final class ConditionBoard: Sendable {
  private struct State {
    var task: Task<[Condition], Never>?
    var sinceMicros: UInt64 = 0
  }
  private let state = Locked(State())
  private let steadyMicros: @Sendable () -> UInt64
  private let ask: @Sendable () async -> [Condition]

  /// How long an answer is good, in microseconds.
  public static let goodMicros: UInt64 = 5_000_000

  /// A board that looks with `ask`, which bounds its own waiting. `steadyMicros` is a clock that never jumps.
  public init(
    steadyMicros: @escaping @Sendable () -> UInt64 = { monotonicMicros() },
    ask: @escaping @Sendable () async -> [Condition]
  ) {
    self.steadyMicros = steadyMicros
    self.ask = ask
  }

  /// The conditions as of the last few seconds.
  public func conditions() async -> [Condition] {
    let now = steadyMicros()
    let task = state.with { state in
      if let task = state.task, now &- state.sinceMicros < Self.goodMicros { return task }
      let ask = ask
      let task = Task { await ask() }
      state.task = task
      state.sinceMicros = now
      return task
    }
    return await task.value
  }
}
