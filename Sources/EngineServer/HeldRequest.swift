import EngineIO

/// What an HTTP request comes to.
enum HeldOutcome: Sendable {
  /// The session's answer.
  case answer(EngineAnswer)
  /// There was no room for it, or the loop ended: come again.
  case busy
}

/// An HTTP request whose answer is awaited. It is answered once: by `answer`, or as busy when nobody holds it any more.
final class HeldRequest: @unchecked Sendable {
  // Owner: one at a time, first the thread that posts it, then the letter, then the loop's thread.
  private var continuation: CheckedContinuation<HeldOutcome, Never>?

  init(_ continuation: CheckedContinuation<HeldOutcome, Never>) { self.continuation = continuation }

  deinit { continuation?.resume(returning: .busy) }

  func answer(_ outcome: HeldOutcome) {
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}
