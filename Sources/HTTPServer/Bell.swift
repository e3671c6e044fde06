import Glibc
import Synchronization

/// Wakes the server's thread: any thread rings, and only the server's thread listens. Rings that come before it has
/// heard are one.
final class Bell: Sendable {
  /// Readable when it was rung.
  let descriptor: Int32
  private let writer: Int32
  private let isRung = Atomic<Bool>(false)

  /// Nil if the system has no descriptor left.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (descriptor, writer) = (ends[0], ends[1])
  }

  deinit {
    close(descriptor)
    close(writer)
  }

  /// Wakes the thread, now or when it next waits.
  func ring() {
    guard !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
    var one: UInt8 = 1
    _ = write(writer, &one, 1)
  }

  /// It was heard: whatever was done before a ring up to now is seen from here on, and the next ring wakes again.
  func hear() {
    var one: UInt8 = 0
    _ = read(descriptor, &one, 1)
    _ = isRung.exchange(false, ordering: .acquiringAndReleasing)
  }
}
