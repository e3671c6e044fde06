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
    return Timestamp(millis: Int64(time.tv_sec) &* 1_000 &+ Int64(time.tv_nsec) / 1_000_000 &+ Self.wrongByMillis)
  }

  #if TEST_FAULTS
    /// A test build's clock may be wrong by `ORDERHUB_CLOCK_OFFSET_S`: so many seconds ahead, or behind if negative.
    private static let wrongByMillis: Int64 =
      getenv("ORDERHUB_CLOCK_OFFSET_S").flatMap { Int64(String(cString: $0)) }.map { $0 &* 1_000 } ?? 0
  #else
    private static let wrongByMillis: Int64 = 0
  #endif
}
