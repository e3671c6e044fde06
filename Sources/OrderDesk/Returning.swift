/// How many commands are about to come: as many clients as were answered a moment ago, most of whom ask for the next
/// thing at once.
///
/// A transaction of few costs nearly as much as one of many. A lane that is free just then would take the first who is
/// back by itself, and the others would wait for it: so it waits for them instead, for as long as they are likely to
/// come and no longer.
struct Returning {
  private var expected = 0
  /// When nobody is expected any more.
  private(set) var untilMicros: UInt64 = 0

  /// How long after a transaction its clients are waited for.
  private let patienceMicros: UInt64
  /// It is worth waiting if a batch grows by this part of itself.
  private static let worthwhilePart = 4

  /// Expects nobody yet.
  init(patienceMicros: UInt64) { self.patienceMicros = patienceMicros }

  /// So many are written and hear of it now.
  mutating func written(_ count: Int, now: UInt64) {
    expected = left(now) + count
    untilMicros = now &+ patienceMicros
  }

  /// One came: who is back is expected no longer.
  mutating func came() { if expected > 0 { expected -= 1 } }

  /// Whether it is worth waiting for them, if so many wait already.
  func isWorthWaiting(with waiting: Int, now: UInt64) -> Bool { left(now) * Self.worthwhilePart > waiting }

  private func left(_ now: UInt64) -> Int { now < untilMicros ? expected : 0 }
}
