import Dispatch
public import HubContracts
public import HubRuntime
import Orders

/// The system of record on MongoDB: a replica set of one member or more.
///
/// Calls run on threads of the store's own, each with one client and one session. A call waits in a bounded queue for
/// a thread, at most `operationTimeoutMs`; while the store is known to be away it is refused at once.
public final class MongoStore: OrderStore, Sendable {
  let options: MongoOptions
  let log: Log
  let meters: StoreMeters
  private let pool: BlockingPool<MongoWorker>
  private let circuit: Circuit

  /// Starts the threads; nothing is asked of the server before the first call.
  public init(_ options: MongoOptions, log: Log, metrics: Metrics) {
    MongoLibrary.send(to: log)
    let clients = MongoClients(options)
    self.options = options
    self.log = log
    circuit = Circuit(log: log) {
      let prober = MongoWorker(clients, options)
      defer { prober.end() }
      return prober.answers()
    }
    let pool = BlockingPool<MongoWorker>(
      name: "mongo", threads: options.threads, queueLimit: options.queueLimit,
      makeWorker: { _ in MongoWorker(clients, options) }, endWorker: { $0.end() })
    self.pool = pool
    meters = StoreMeters(metrics)
    metrics.gauge("orderhub_store_queue", "Calls that wait for a thread of the document store") { [weak pool] in
      Int64(pool?.waiting ?? 0)
    }
    metrics.gauge("orderhub_store_away", "1 while the document store is known to be away") { [weak circuit] in
      circuit?.isOpen == true ? 1 : 0
    }
  }

  /// Lets the calls that wait finish and ends the threads. The store takes no call afterwards.
  public func close() async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [self] in
        circuit.close()
        pool.close()
        continuation.resume()
      }
    }
  }

  /// Runs a job that reads; whatever breaks it left nothing behind.
  func read<Success: Sendable>(
    _ job: @escaping @Sendable (MongoWorker) throws -> Success
  ) async throws(StoreError) -> Success {
    try await run(job) { $0.asStoreError }
  }

  /// Runs a job that writes outside a transaction; a connection that breaks leaves its outcome unknown.
  func write<Success: Sendable>(
    _ job: @escaping @Sendable (MongoWorker) throws -> Success
  ) async throws(StoreError) -> Success {
    try await run(job) { $0.asWriteError }
  }

  private func run<Success: Sendable>(
    _ job: @escaping @Sendable (MongoWorker) throws -> Success,
    _ judge: @escaping @Sendable (MongoFailure) -> StoreError
  ) async throws(StoreError) -> Success {
    if circuit.isOpen { throw .unavailable(Self.away) }
    let asked = monotonicMicros()
    let outcome: Result<Success, StoreError>
    do {
      outcome = try await pool.run { [self] worker in attempt(worker, asked, job, judge) }
    } catch {
      switch error {
      case .full: throw .unavailable("the store's queue is full")
      case .closed: throw .unavailable("the store is closed")
      }
    }
    return try outcome.get()
  }

  private func attempt<Success>(
    _ worker: MongoWorker, _ asked: UInt64, _ job: (MongoWorker) throws -> Success,
    _ judge: (MongoFailure) -> StoreError
  ) -> Result<Success, StoreError> {
    if circuit.isOpen { return .failure(.unavailable(Self.away)) }
    let began = monotonicMicros()
    if began &- asked > UInt64(options.operationTimeoutMs) * 1000 {
      return .failure(.unavailable("no thread was free in time"))
    }
    worker.writer.reset()
    defer { meters.calls.record(micros: monotonicMicros() &- began) }
    do {
      let success = try job(worker)
      circuit.succeeded()
      return .success(success)
    } catch let failure as MongoFailure {
      note(failure)
      return .failure(judge(failure))
    } catch let error as BSONError {
      return .failure(error.asStoreError)
    } catch let error as StoreError {
      return .failure(error)
    } catch {
      return .failure(.broken("\(error)"))
    }
  }

  /// Tells the circuit what became of a command.
  func note(_ failure: MongoFailure) {
    if failure.isAway { circuit.failed(failure) } else { circuit.succeeded() }
    meters.failures.add()
    log.debug("a command of the document store failed", [("reason", failure.message)])
  }

  private static let away = "the document store is away"
}

/// What the store counts.
struct StoreMeters: Sendable {
  let calls: Histogram
  let failures: Counter
  let committed: Counter
  let stale: Counter
  let answered: Counter
  let retried: Counter
  let unknown: Counter

  init(_ metrics: Metrics) {
    calls = metrics.histogram("orderhub_store_seconds", "How long calls of the document store take on their thread")
    failures = metrics.counter("orderhub_store_failures_total", "Commands of the document store that failed")
    let name = "orderhub_store_commits_total"
    let help = "Transactions by their outcome"
    committed = metrics.counter(name, help, labels: [("outcome", "committed")])
    stale = metrics.counter(name, help, labels: [("outcome", "stale")])
    answered = metrics.counter(name, help, labels: [("outcome", "answered")])
    unknown = metrics.counter(name, help, labels: [("outcome", "unknown")])
    retried = metrics.counter("orderhub_store_retries_total", "Transactions that were tried again")
  }
}
