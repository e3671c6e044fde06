/// An answer that a task waits for and another thread gives, for as long as the task is wanted; see `untilCancelled`.
public final class Awaited<Answer: Sendable>: Sendable {
  private enum State {
    case begun
    case waiting(CheckedContinuation<Answer?, Never>)
    /// Nobody has taken it yet.
    case given(Answer?)
    case over
  }
  private let state = Locked(State.begun)

  fileprivate init() {}

  /// Whether somebody still waits for it; whoever has not begun to look for it may let it be where nobody does.
  public var isWanted: Bool {
    state.with { state in
      switch state {
      case .begun, .waiting: true
      case .given, .over: false
      }
    }
  }

  /// Gives it; only the first counts, and none after the task was cancelled.
  public func give(_ answer: Answer) { end(answer) }

  fileprivate func end(_ answer: Answer?) {
    let waiting = state.with { state -> CheckedContinuation<Answer?, Never>? in
      switch state {
      case .begun:
        state = .given(answer)
        return nil
      case .waiting(let continuation):
        state = .over
        return continuation
      case .given, .over: return nil
      }
    }
    waiting?.resume(returning: answer)
  }

  fileprivate func wait(_ continuation: CheckedContinuation<Answer?, Never>) {
    let given = state.with { state -> Answer?? in
      if case .given(let answer) = state {
        state = .over
        return .some(answer)
      }
      state = .waiting(continuation)
      return nil
    }
    if let given { continuation.resume(returning: given) }
  }
}

/// Waits for what `begin` has another thread answer, and no longer than the calling task is wanted: nil as soon as that is
/// cancelled. What was begun goes on, for nobody.
public func untilCancelled<Answer: Sendable>(_ begin: (Awaited<Answer>) -> Void) async -> Answer? {
  let awaited = Awaited<Answer>()
  return await withTaskCancellationHandler {
    begin(awaited)
    return await withCheckedContinuation { awaited.wait($0) }
  } onCancel: {
    awaited.end(nil)
  }
}
