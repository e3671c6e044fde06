import Glibc
import Synchronization

/// A clock that stands until a test moves it, so that nothing is due however long the machine takes.
public final class MovedClock: Sendable {
  private let micros: Atomic<UInt64>
  private let runs: Bool

  /// Stands at some time long after its beginning; or runs as the system's does, and can be moved on besides.
  public init(runs: Bool = false) {
    self.runs = runs
    micros = Atomic(runs ? 0 : 1_000_000_000_000)
  }

  /// Its time in microseconds; give this where `monotonicMicros` stands otherwise.
  public func now() -> UInt64 {
    let moved = micros.load(ordering: .sequentiallyConsistent)
    guard runs else { return moved }
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return moved + UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
  }

  /// Its time in milliseconds.
  public var ms: Int64 { Int64(now() / 1_000) }

  /// Goes on by so much, at least 0.
  public func move(ms: Int) { micros.add(UInt64(ms) * 1_000, ordering: .sequentiallyConsistent) }
}
