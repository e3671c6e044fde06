import CEpoll
import Glibc

/// An epoll instance, level triggered: a socket asks to be told of room only while it has a backlog.
///
/// Not copyable: whoever holds it owns the descriptor.
struct Poller: ~Copyable {
  /// What a socket is ready for.
  struct Readiness {
    var key: UInt64
    var canRead: Bool
    var canWrite: Bool
  }

  private let descriptor: Int32
  private let buffer: UnsafeMutablePointer<epoll_event>
  private static let batch = 512

  init?() {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    buffer = .allocate(capacity: Self.batch)
    guard descriptor >= 0 else {
      buffer.deallocate()
      return nil
    }
  }

  deinit {
    close(descriptor)
    buffer.deallocate()
  }

  /// Watches a descriptor for bytes to read. False if the system refuses.
  func add(_ watched: Int32, key: UInt64) -> Bool { control(EPOLL_CTL_ADD, watched, key, EPOLLIN.rawValue) }

  /// Watches it for room to write too, or no longer.
  func change(_ watched: Int32, key: UInt64, writing: Bool) {
    _ = control(EPOLL_CTL_MOD, watched, key, writing ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue)
  }

  /// Waits at most `timeoutMs` and tells what is ready.
  func wait(timeoutMs: Int32, _ body: (Readiness) -> Void) {
    let count = epoll_wait(descriptor, buffer, Int32(Self.batch), timeoutMs)
    guard count > 0 else { return }
    for index in 0..<Int(count) {
      let event = buffer[index]
      let closed = event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
      body(
        Readiness(
          key: event.data.u64, canRead: event.events & EPOLLIN.rawValue != 0 || closed,
          canWrite: event.events & EPOLLOUT.rawValue != 0))
    }
  }

  private func control(_ operation: Int32, _ watched: Int32, _ key: UInt64, _ events: UInt32) -> Bool {
    var event = epoll_event()
    event.events = events
    event.data.u64 = key
    return epoll_ctl(descriptor, operation, watched, &event) == 0
  }
}
