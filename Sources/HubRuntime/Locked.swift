public import Glibc

/// A value behind a pthread mutex, for short sections that never wait.
///
/// `Synchronization.Mutex` of Swift 6.3 spins badly under contention on Linux; a pthread mutex parks.
public final class Locked<Value>: @unchecked Sendable {
  // Owner: whoever holds `mutex`; `value` is touched only between lock and unlock.
  @usableFromInline var value: Value
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>

  /// Puts a value behind a lock.
  public init(_ value: sending Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` with the value while nobody else can. Inlined, so that it is compiled for its caller's types.
  @inlinable
  public func with<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
