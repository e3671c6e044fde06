import Glibc
public import HubContracts
public import Orders

/// The system's wall clock.
public struct SystemClock: HubClock {
  /// The one there is.
  public init() {}
  /// The moment, to the millisecond.
  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(millis: Int64(time.tv_sec) &* 1_000 &+ Int64(time.tv_nsec) / 1_000_000)
  }
}
