import Glibc
public import HubContracts
import Orders

/// Writes the log to a file descriptor, from a thread of its own: who logs never waits for the reader.
///
/// Lines that find the queue full are dropped, and later a line says how many. Of refusals that are alike it takes some a
/// minute, and failures that say the same it writes together (`LogSampler`).
public final class LogWriter: LogSink, @unchecked Sendable {
  // Owner: whoever holds `mutex`; the thread takes `lines` out under it and writes without it.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var lines: [(line: LogLine, millis: Int64)] = []
  private var dropped = 0
  private var sampler = LogSampler()
  private var isWriting = false
  private var isClosed = false
  private var thread: Thread?
  private let descriptor: Int32
  private let renderer: LogRenderer
  private let clock: any HubClock
  private let limit: Int
  private let monotonicMs: @Sendable () -> Int64
  private let leftOut: Counter?
  private let droppedLines: Counter?

  /// How many lines may wait.
  public static let lineLimit = 10_000
  /// How long `flush` waits at most, in milliseconds.
  private static let flushMs = 2_000

  /// Starts a writer to `descriptor` (2: the standard error). `monotonicMs` is a clock that never jumps.
  public init(
    format: LogFormat, descriptor: Int32 = 2, clock: any HubClock = SystemClock(), limit: Int = LogWriter.lineLimit,
    monotonicMs: @escaping @Sendable () -> Int64 = { Int64(monotonicMicros() / 1_000) }, metrics: Metrics? = nil
  ) {
    let isTerminal = isatty(descriptor) == 1
    renderer = LogRenderer(isJSON: format == .json || (format == .auto && !isTerminal), hasColour: isTerminal)
    self.descriptor = descriptor
    self.clock = clock
    self.limit = limit
    self.monotonicMs = monotonicMs
    func counter(_ why: String) -> Counter? {
      metrics?.counter(.logLinesLeftOut, labels: [("why", why)])
    }
    leftOut = counter("alike")
    droppedLines = counter("full")
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
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
    append(line, millis)
    pthread_mutex_unlock(mutex)
  }

  /// With `mutex`.
  private func append(_ line: LogLine, _ millis: Int64) {
    if isClosed || lines.count >= limit {
      dropped += 1
      droppedLines?.add()
    } else {
      lines.append((line, millis))
      if lines.count == 1 { pthread_cond_broadcast(changed) }
    }
  }

  /// Takes a line of a failure; it goes out soon, or within a second with those that say the same.
  public func writeTogether(_ line: LogLine) {
    let (millis, nowMs) = (clock.now().millis, monotonicMs())
    pthread_mutex_lock(mutex)
    sample { sampler in
      if let line = sampler.written(failure: line, nowMs: nowMs) { append(line, millis) }
    }
    pthread_mutex_unlock(mutex)
  }

  /// With `mutex`. The first of a minute wakes the thread, so that it knows when that ends.
  private func sample<Result>(_ body: (inout LogSampler) -> Result) -> Result {
    let wasWaiting = sampler.nextMs != nil
    let result = body(&sampler)
    if !wasWaiting { pthread_cond_broadcast(changed) }
    return result
  }

  /// Whether one more line of a kind is to be written in this minute.
  public func takes(another kind: String, _ level: LogLevel) -> Bool {
    let nowMs = monotonicMs()
    pthread_mutex_lock(mutex)
    let isTaken = sample { $0.takes(another: kind, level, nowMs: nowMs) }
    pthread_mutex_unlock(mutex)
    if !isTaken { leftOut?.add() }
    return isTaken
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

  /// Writes out what waits, and what was left out so far, and ends the thread; later lines are dropped.
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
    while true {
      let nowMs = monotonicMs()
      for line in sampler.ended(nowMs: isClosed ? .max : nowMs) { lines.append((line, clock.now().millis)) }
      if !lines.isEmpty { break }
      if isClosed { return nil }
      guard let nextMs = sampler.nextMs else {
        pthread_cond_wait(changed, mutex)
        continue
      }
      // A clock of a test's own may say anything: then it is looked at again each second.
      wait(ms: min(max(nextMs - nowMs, 1), 1_000))
    }
    isWriting = true
    defer {
      lines = []
      dropped = 0
    }
    return (lines, dropped)
  }

  /// Waits, with `mutex`, until something changed, so long at most.
  private func wait(ms: Int64) {
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &end)
    let nanos = Int64(end.tv_nsec) + ms % 1_000 * 1_000_000
    end.tv_sec += Int(ms / 1_000 + nanos / 1_000_000_000)
    end.tv_nsec = Int(nanos % 1_000_000_000)
    pthread_cond_timedwait(changed, mutex, &end)
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
