import Glibc

/// Threads of its own for calls that block, each with one worker (a database client, say) that it owns for life.
///
/// A job waits in one bounded queue; a full queue refuses it at once. Nothing here runs on Swift's cooperative threads.
public final class BlockingPool<Worker>: Sendable {
  private let state: PoolState<Worker>
  /// How many threads there are.
  public let threadCount: Int

  /// Starts `threads` threads; each makes its worker with `makeWorker` and ends it with `endWorker` when the pool closes.
  public init(
    name: String, threads: Int, queueLimit: Int, makeWorker: @escaping @Sendable (_ thread: Int) -> Worker,
    endWorker: @escaping @Sendable (Worker) -> Void = { _ in }
  ) {
    let state = PoolState<Worker>(queueLimit: queueLimit)
    self.state = state
    threadCount = threads
    for index in 0..<threads {
      state.threads.append(
        Thread.start(name: "\(name)-\(index)") {
          let worker = makeWorker(index)
          while let job = state.next() { job(worker) }
          endWorker(worker)
        })
    }
  }

  /// How many jobs wait.
  public var waiting: Int { state.waiting }

  /// Runs `job` on one of the threads. Throws `PoolError` if the queue is full or the pool is closed.
  public func run<Success: Sendable>(_ job: @escaping @Sendable (Worker) -> Success) async throws(PoolError) -> Success
  {
    let result: Result<Success, PoolError> = await withUnsafeContinuation { continuation in
      if let refusal = state.submit({ worker in continuation.resume(returning: .success(job(worker))) }) {
        continuation.resume(returning: .failure(refusal))
      }
    }
    return try result.get()
  }

  /// Lets the jobs that wait run, then ends the threads and waits for them. Call it from a thread that may block.
  public func close() { state.close() }
}

/// Why a job was not taken.
public enum PoolError: Error, Sendable, Equatable {
  /// The queue has as many as it may.
  case full
  /// The pool was closed.
  case closed
}

/// The queue between callers and threads.
private final class PoolState<Worker>: @unchecked Sendable {
  // Owner: whoever holds `mutex`; `threads` is written before the pool is shared and read in `close`.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let ready = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [(@Sendable (Worker) -> Void)?] = []
  private var head = 0
  private var closed = false
  private let queueLimit: Int
  var threads: [Thread] = []

  init(queueLimit: Int) {
    self.queueLimit = queueLimit
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
    return jobs.count - head
  }

  func submit(_ job: @escaping @Sendable (Worker) -> Void) -> PoolError? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if closed { return .closed }
    if jobs.count - head >= queueLimit { return .full }
    jobs.append(job)
    pthread_cond_signal(ready)
    return nil
  }

  func next() -> (@Sendable (Worker) -> Void)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while head == jobs.count {
      if closed { return nil }
      pthread_cond_wait(ready, mutex)
    }
    let job = jobs[head]
    jobs[head] = nil
    head += 1
    if head == jobs.count || head >= 1024 {
      jobs.removeFirst(head)
      head = 0
    }
    return job
  }

  func close() {
    pthread_mutex_lock(mutex)
    closed = true
    pthread_cond_broadcast(ready)
    pthread_mutex_unlock(mutex)
    for thread in threads { thread.join() }
    threads = []
  }
}
