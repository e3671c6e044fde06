import HubRuntime

/// The end of a thread, for tasks that wait for it.
final class EndSignal: Sendable {
  private struct State {
    var ended = false
    var joined = false
    var waiters: [UnsafeContinuation<Void, Never>] = []
  }
  private let state = Locked(State())

  func signal() {
    let waiters = state.with { state in
      state.ended = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func wait() async {
    await withUnsafeContinuation { continuation in
      let ended = state.with { state in
        if !state.ended { state.waiters.append(continuation) }
        return state.ended
      }
      if ended { continuation.resume() }
    }
  }

  /// True for the first caller: a thread is joined once.
  func claimJoin() -> Bool {
    state.with { state in
      defer { state.joined = true }
      return !state.joined
    }
  }
}
