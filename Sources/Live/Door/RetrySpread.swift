import Synchronization

/// When those who are turned away together are to come again: not together.
///
/// Each gets the next term of the golden ratio's sequence, of which any so many in a row are spread evenly (Weyl).
final class RetrySpread: Sendable {
  private let turn = Atomic<UInt64>(0)
  private let fromMs: Int64
  private let spreadMs: UInt64

  /// Between `fromMs` and `spreadMs` more.
  init(fromMs: Int64, spreadMs: Int64) {
    self.fromMs = fromMs
    self.spreadMs = UInt64(max(spreadMs, 1))
  }

  /// When the next one is to come, in milliseconds from now.
  func next() -> Int64 {
    let term = turn.wrappingAdd(1, ordering: .relaxed).newValue &* 0x9e37_79b9_7f4a_7c15
    return fromMs + Int64(term.multipliedFullWidth(by: spreadMs).high)
  }
}
