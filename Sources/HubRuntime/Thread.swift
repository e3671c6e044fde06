import CSystem
import Glibc

/// A named thread of the system, for loops and for calls that block.
public final class Thread: @unchecked Sendable {
  // Owner: the one that started it; one of `join` and `detach` is called once, by that one.
  private var handle = pthread_t()

  private init() {}

  /// Starts a thread; its name is cut to 15 bytes, as the system does.
  public static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Thread {
    let thread = Thread()
    let start = Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
    let failure = pthread_create(
      &thread.handle, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        Thread.name(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    precondition(failure == 0, "no thread could be started: \(failure)")
    return thread
  }

  /// Waits until it has ended.
  public func join() { pthread_join(handle, nil) }

  /// Waits until it has ended, at most until a time of `monotonicMicros`. False if it has not ended by then: it is left to
  /// end by itself.
  public func join(until micros: UInt64) -> Bool {
    var end = timespec(tv_sec: Int(micros / 1_000_000), tv_nsec: Int(micros % 1_000_000) * 1_000)
    guard hub_join_until(handle, &end) != 0 else { return true }
    detach()
    return false
  }

  /// Lets it end by itself: it is not joined.
  public func detach() { pthread_detach(handle) }

  /// The system's name of the calling thread; `pthread_setname_np` does not import.
  private static func name(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = name.withCString { Glibc.write(file, $0, strlen($0)) }
    Glibc.close(file)
  }

  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
}
