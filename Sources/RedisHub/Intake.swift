import CHiredis
import Glibc
import HubContracts
import HubRuntime

/// Commands that go out together and whose replies are awaited together.
///
/// Owner: the one that made it until it is submitted, then whoever holds the intake's lock, then the link's thread.
final class Batch: @unchecked Sendable {
  typealias Outcome = Result<[RedisReply], CacheUnavailable>
  /// The commands.
  let pipeline: Pipeline
  /// When it is overdue, in microseconds of the clock that never jumps.
  let deadline: UInt64
  /// Whether it takes room in the queue; the link's own commands do not.
  let countsInQueue: Bool
  /// Whether it is a beat of the link's heart.
  let isBeat: Bool
  /// What has come so far.
  var replies: [RedisReply] = []
  private var continuation: UnsafeContinuation<Outcome, Never>?

  init(
    _ pipeline: Pipeline, deadline: UInt64, _ continuation: UnsafeContinuation<Outcome, Never>?,
    countsInQueue: Bool = true, isBeat: Bool = false
  ) {
    self.pipeline = pipeline
    self.deadline = deadline
    self.continuation = continuation
    self.countsInQueue = countsInQueue
    self.isBeat = isBeat
  }

  /// Ends the wait; later outcomes are dropped, so a reply after the deadline reaches nobody.
  func finish(_ outcome: Outcome) {
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}

/// Between the tasks that send commands and the link's thread: a bounded queue that refuses at once while Redis is away.
final class Intake: Sendable {
  /// The most commands that may be queued and in flight.
  static let commandLimit = 10_000
  /// The most bytes that they may have.
  static let byteLimit = 64 << 20

  private struct State {
    var refusal: CacheUnavailable? = CacheUnavailable("not connected yet")
    var queued: [Batch] = []
    var commands = 0
    var bytes = 0
    var woken = false
    var stopping = false
    var cleanseWanted = false
  }

  private let state = Locked(State())
  /// Readable when there is something to do.
  let descriptor: Int32

  init() {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    precondition(descriptor >= 0, "no eventfd: errno \(errno)")
  }

  deinit { close(descriptor) }

  /// Whether commands are taken.
  var isOpen: Bool { state.with { $0.refusal == nil } }
  /// Whether the thread is to end.
  var isStopping: Bool { state.with { $0.stopping } }

  /// Queues a batch, or says why not.
  func submit(_ batch: Batch) -> CacheUnavailable? {
    let (refusal, wake) = state.with { state -> (CacheUnavailable?, Bool) in
      if let refusal = state.refusal { return (refusal, false) }
      guard state.commands + batch.pipeline.replies <= Self.commandLimit,
        state.bytes + batch.pipeline.bytes.count <= Self.byteLimit
      else { return (CacheUnavailable("too many commands wait for Redis"), false) }
      state.commands += batch.pipeline.replies
      state.bytes += batch.pipeline.bytes.count
      state.queued.append(batch)
      defer { state.woken = true }
      return (nil, !state.woken)
    }
    if wake { self.wake() }
    return refusal
  }

  /// What the thread is to do now.
  struct Work {
    var batches: [Batch] = []
    var stopping = false
    var cleanseWanted = false
  }

  /// Takes what is queued. `woken` says that the descriptor was readable.
  func drain(woken: Bool) -> Work {
    if woken {
      var count: eventfd_t = 0
      eventfd_read(descriptor, &count)
    }
    return state.with { state in
      let work = Work(batches: state.queued, stopping: state.stopping, cleanseWanted: state.cleanseWanted)
      if !state.queued.isEmpty { state.queued = [] }
      state.woken = false
      return work
    }
  }

  /// Makes room again.
  func release(commands: Int, bytes: Int) {
    state.with { state in
      state.commands -= commands
      state.bytes -= bytes
    }
  }

  /// Takes commands from now on.
  func open() { state.with { $0.refusal = nil } }

  /// Refuses commands from now on, those that are queued included.
  func shut(_ reason: CacheUnavailable) {
    let refused = state.with { state in
      state.refusal = reason
      defer { state.queued = [] }
      return state.queued
    }
    for batch in refused {
      release(commands: batch.pipeline.replies, bytes: batch.pipeline.bytes.count)
      batch.finish(.failure(reason))
    }
  }

  /// Asks the thread to end.
  func stop() {
    state.with { $0.stopping = true }
    wake()
  }

  /// Asks the thread to connect anew and to remove what Redis has of orders and tallies first.
  func wantCleanse() {
    state.with { $0.cleanseWanted = true }
    wake()
  }

  /// It was asked for and did not work out: it is still wanted, at the next connection.
  func stillWantCleanse() { state.with { $0.cleanseWanted = true } }

  /// Whether that was asked for since the last time.
  func takeCleanse() -> Bool {
    state.with { state in
      defer { state.cleanseWanted = false }
      return state.cleanseWanted
    }
  }

  /// Has the thread look for something to do.
  func wake() { eventfd_write(descriptor, 1) }
}
