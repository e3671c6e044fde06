import Glibc

/// Threads of its own for calls that block, each with one worker (a database client, say) that it owns for life.
///
/// A job waits in one bounded queue; a full queue refuses it at once. The threads' time is shared out fairly among those
/// the jobs are for, and none has all of the threads or of the queue. Nothing here runs on Swift's cooperative threads.
public final class BlockingPool<Worker>: Sendable {
  private let state: PoolState<Worker>
  /// How many threads there are.
  public let threadCount: Int

  /// Starts `threads` threads; each makes its worker with `makeWorker` and ends it with `endWorker` when the pool closes.
  public init(
    name: String, threads: Int, queueLimit: Int, makeWorker: @escaping @Sendable (_ thread: Int) -> Worker,
    endWorker: @escaping @Sendable (Worker) -> Void = { _ in }
  ) {
    let state = PoolState<Worker>(threads: threads, queueLimit: queueLimit)
    self.state = state
    threadCount = threads
    for index in 0..<threads {
      state.threads.append(
        Thread.start(name: "\(name)-\(index)") {
          let worker = makeWorker(index)
          while let (job, party) = state.next() {
            let began = monotonicMicros()
            job.work(worker, job.ownCrowd)
            state.finish(party, micros: monotonicMicros() &- began)
          }
          endWorker(worker)
        })
    }
  }

  /// How many jobs wait.
  public var waiting: Int { state.waiting }

  /// Runs `job` on one of the threads, for `party`. Throws `PoolError` if the queue is full, if the party has its part of
  /// it, or if the pool is closed.
  public func run<Success: Sendable>(
    as party: Party = .hub, _ job: @escaping @Sendable (Worker) -> Success
  ) async throws(PoolError) -> Success {
    try await run(as: party) { worker, _ in job(worker) }
  }

  /// The same; the job is told too behind whose work it was put in line, if that is the party's own: its user's or
  /// household's jobs that waited then were as many as there are threads.
  public func run<Success: Sendable>(
    as party: Party, _ job: @escaping @Sendable (Worker, _ ownCrowd: Places.Lack?) -> Success
  ) async throws(PoolError) -> Success {
    let result: Result<Success, PoolError> = await withUnsafeContinuation { continuation in
      let refusal = state.submit(party) { worker, crowd in
        continuation.resume(returning: .success(job(worker, crowd)))
      }
      if let refusal { continuation.resume(returning: .failure(refusal)) }
    }
    return try result.get()
  }

  /// As `run`, but waits no longer than the calling task is wanted: nil as soon as that is cancelled. A job that has begun
  /// goes on, for nobody; one that has not is left out.
  public func runUntilCancelled<Success: Sendable>(
    as party: Party = .hub, _ job: @escaping @Sendable (Worker) -> Success
  ) async throws(PoolError) -> Success? {
    let result: Result<Success, PoolError>? = await untilCancelled { awaited in
      let refusal = state.submit(party) { worker, _ in
        if awaited.isWanted { awaited.give(.success(job(worker))) }
      }
      if let refusal { awaited.give(.failure(refusal)) }
    }
    return try result?.get()
  }

  /// Takes no job from now on. Those that wait run, and then the threads end.
  public func refuse() { state.refuse() }

  /// Lets the jobs that wait run, then ends the threads and waits for them. Call it from a thread that may block.
  public func close() { _ = state.close(until: nil) }

  /// The same, but waits at most until a time of `monotonicMicros`; how many threads have not ended by then, and are left to
  /// end by themselves.
  public func close(until micros: UInt64) -> Int { state.close(until: micros) }
}

/// Why a job was not taken.
public enum PoolError: Error, Sendable, Equatable {
  /// The queue has as many as it may, or as many of this party.
  case full(Places.Lack)
  /// The pool was closed.
  case closed
}

/// The queue between callers and threads.
private final class PoolState<Worker>: @unchecked Sendable {
  typealias Work = @Sendable (Worker, Places.Lack?) -> Void
  struct Job {
    let work: Work
    let ownCrowd: Places.Lack?
  }
  // Owner: whoever holds `mutex`; `threads` is written before the pool is shared and read in `close`.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let ready = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var line: FairLine<Job>
  private var closed = false
  /// How many threads wait for a job.
  private var idle = 0
  var threads: [Thread] = []

  init(threads: Int, queueLimit: Int) {
    // In microseconds: a turn is a few ordinary calls of a database.
    line = FairLine(servers: threads, queueLimit: queueLimit, quantum: 2_000, usualWork: 500)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(ready, nil)
  }

  deinit {
    pthread_cond_destroy(ready)
    pthread_mutex_destroy(mutex)
    ready.deallocate()
    mutex.deallocate()
  }

  var waiting: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return line.count
  }

  func submit(_ party: Party, _ work: @escaping Work) -> PoolError? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if closed { return .closed }
    let job = Job(work: work, ownCrowd: line.ownCrowd(of: party))
    if let lack = line.append(job, of: party) { return .full(lack) }
    if idle > 0 { pthread_cond_signal(ready) }
    return nil
  }

  func next() -> (job: Job, party: Party)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let next = line.next(isEnding: closed) {
        // Another one may have become possible with the same change: it is for somebody else who has nothing to do.
        if line.count > 0, idle > 0 { pthread_cond_signal(ready) }
        return (next.element, next.party)
      }
      if closed { return nil }
      idle += 1
      pthread_cond_wait(ready, mutex)
      idle -= 1
    }
  }

  func finish(_ party: Party, micros: UInt64) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    line.finish(party, work: Int(truncatingIfNeeded: min(micros, 1 << 40)))
  }

  func refuse() {
    pthread_mutex_lock(mutex)
    closed = true
    pthread_cond_broadcast(ready)
    pthread_mutex_unlock(mutex)
  }

  func close(until micros: UInt64?) -> Int {
    refuse()
    defer { threads = [] }
    guard let micros else {
      for thread in threads { thread.join() }
      return 0
    }
    return threads.reduce(0) { left, thread in thread.join(until: micros) ? left : left + 1 }
  }
}
