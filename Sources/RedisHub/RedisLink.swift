import HubContracts
import HubRuntime
import Orders

/// The cache's way to Redis: two connections on one thread, a bounded queue into it, a deadline on every wait.
final class RedisLink: Sendable {
  let intake = Intake()
  let shared: LinkShared
  private let thread = Locked<Thread?>(nil)
  private let end = EndSignal()
  private let timeoutMicros: UInt64

  init(_ options: RedisOptions, ids: any IdentitySource, log: Log, metrics: Metrics, near: NearCopies) {
    timeoutMicros = options.timeoutMicros
    shared = LinkShared(
      options: options, ids: ids, log: log, meters: LinkMeters(metrics, link: "cache"), near: near)
    let intake = intake
    shared.tie.wakesLink { intake.wake() }
  }

  /// Begins to connect; does nothing the second time.
  func start() {
    thread.with { thread in
      guard thread == nil else { return }
      let (intake, shared, end) = (intake, shared, end)
      thread = Thread.start(name: "redis-cache") {
        LinkThread(intake: intake, shared: shared).run()
        end.signal()
      }
    }
  }

  /// Ends the connections and waits until the thread is gone.
  func stop() async {
    let thread = thread.with { $0 }
    intake.stop()
    guard let thread else { return }
    await end.wait()
    if end.claimJoin() { thread.join() }
  }

  /// Whether commands are taken now.
  var isUp: Bool { intake.isOpen }

  /// Sends the commands and gives their replies, errors among them.
  func send(_ pipeline: Pipeline) async throws(CacheUnavailable) -> [RedisReply] {
    if pipeline.replies == 0 { return [] }
    let deadline = monotonicMicros() + timeoutMicros
    let outcome: Batch.Outcome = await withUnsafeContinuation { continuation in
      let batch = Batch(pipeline, deadline: deadline, continuation)
      if let refusal = intake.submit(batch) { batch.finish(.failure(refusal)) }
    }
    return try outcome.get()
  }

  /// Sends the commands; the first error among the replies is thrown.
  func run(_ pipeline: Pipeline) async throws(CacheUnavailable) -> [RedisReply] {
    let replies = try await send(pipeline)
    for reply in replies {
      if let error = reply.error { throw CacheUnavailable(error) }
    }
    return replies
  }

  /// Whether what stands in Redis may be read, and what was read from the store be put there: not right after Redis was
  /// lost, emptied or replaced, when others have yet to take back what they could not publish, and a filler may hold
  /// what it read before a write whose trace is gone.
  var isSettled: Bool { monotonicMicros() >= shared.settledFrom.with { $0 } }
}

/// What the link's thread and its callers share.
struct LinkShared: Sendable {
  let options: RedisOptions
  let ids: any IdentitySource
  let log: Log
  let meters: LinkMeters
  let near: NearCopies
  /// What keeps the bus of the process on the same server.
  let tie = ServerTie()
  /// The scripts' digests as the server gave them, by `Script`.
  let digests = Locked<[[UInt8]]>([])
  /// See `RedisLink.isSettled`; in microseconds of the clock that never jumps.
  let settledFrom = Locked<UInt64>(0)
}
