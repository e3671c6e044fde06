import Glibc
public import HubContracts
import Orders

/// Writes the log to a file descriptor, from a thread of its own: who logs never waits for the reader.
///
/// Lines that find the queue full are dropped, and later a line says how many.
public final class LogWriter: LogSink, @unchecked Sendable {
  // Owner: whoever holds `mutex`; the thread takes `lines` out under it and writes without it.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var lines: [(line: LogLine, millis: Int64)] = []
  private var dropped = 0
  private var isWriting = false
  private var isClosed = false
  private var thread: Thread?
  private let descriptor: Int32
  private let renderer: LogRenderer
  private let clock: any HubClock
  private let limit: Int

  /// How many lines may wait.
  public static let lineLimit = 10_000
  /// How long `flush` waits at most, in milliseconds.
  private static let flushMs = 2_000

  /// Starts a writer to `descriptor` (2: the standard error).
  public init(
    format: LogFormat, descriptor: Int32 = 2, clock: any HubClock = SystemClock(), limit: Int = LogWriter.lineLimit
  ) {
    let isTerminal = isatty(descriptor) == 1
    renderer = LogRenderer(isJSON: format == .json || (format == .auto && !isTerminal), hasColour: isTerminal)
    self.descriptor = descriptor
    self.clock = clock
    self.limit = limit
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    // The thread holds the writer until `close`.
    thread = Thread.start(name: "log") { self.work() }
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Takes a line; it goes out soon.
  public func write(_ line: LogLine) {
    let millis = clock.now().millis
    pthread_mutex_lock(mutex)
    if isClosed || lines.count >= limit {
      dropped += 1
    } else {
      lines.append((line, millis))
      if lines.count == 1 { pthread_cond_broadcast(changed) }
    }
    pthread_mutex_unlock(mutex)
  }

  /// Waits until all lines are out, two seconds at most. It blocks: for the end of a process.
  public func flush() {
    let end = monotonicMicros() + UInt64(Self.flushMs) * 1_000
    while monotonicMicros() < end {
      pthread_mutex_lock(mutex)
      let isDone = lines.isEmpty && !isWriting
      pthread_mutex_unlock(mutex)
      if isDone { return }
      usleep(1_000)
    }
  }

  /// Writes out what waits and ends the thread; later lines are dropped.
  public func close() {
    pthread_mutex_lock(mutex)
    isClosed = true
    let thread = thread
    self.thread = nil
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
    thread?.join()
  }

  private func work() {
    var bytes: [UInt8] = []
    while let (lines, dropped) = take() {
      bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20)
      for (line, millis) in lines { renderer.render(line, millis: millis, to: &bytes) }
      if dropped > 0 {
        let note = LogLine(
          level: .warning, message: "lines of the log were dropped", fields: [("count", String(dropped))])
        renderer.render(note, millis: clock.now().millis, to: &bytes)
      }
      writeOut(bytes)
    }
  }

  /// Waits for lines; nil at the end.
  private func take() -> (lines: [(line: LogLine, millis: Int64)], dropped: Int)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    isWriting = false
    while lines.isEmpty {
      if isClosed { return nil }
      pthread_cond_wait(changed, mutex)
    }
    isWriting = true
    defer {
      lines = []
      dropped = 0
    }
    return (lines, dropped)
  }

  private func writeOut(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent) }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, 1_000)
      } else if errno != EINTR {
        // Nobody reads any more: there is nowhere to say so.
        return
      }
    }
  }
}
