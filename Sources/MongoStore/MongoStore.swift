import Dispatch
public import HubContracts
public import HubRuntime
import Orders

/// The system of record on MongoDB: a replica set of one member or more.
///
/// Calls run on threads of the store's own, each with one client and one session. A call waits in a bounded queue for
/// a thread, at most `waitTimeoutMs`; while the store is known to be away it is refused at once.
public final class MongoStore: OrderStore, Sendable {
  let options: MongoOptions
  let log: Log
  let meters: StoreMeters
  private let pool: BlockingPool<MongoWorker>
  /// Threads with more patience, from when they are needed first.
  private let patient = Locked<[Patience: BlockingPool<MongoWorker>]>([:])
  private let circuit: Circuit
  /// Whether all orders are known to have the search words of today's rule.
  let isSearchRenewed = Locked(false)

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
    let pool = Self.pool(clients, options, .ordinary)
    self.pool = pool
    meters = StoreMeters(metrics)
    metrics.gauge("orderhub_store_queue", "Calls that wait for a thread of the document store") { [weak pool] in
      Int64(pool?.waiting ?? 0)
    }
    metrics.gauge("orderhub_store_away", "1 while the document store is known to be away") { [weak circuit] in
      circuit?.isOpen == true ? 1 : 0
    }
  }

  private static func pool(
    _ clients: MongoClients, _ options: MongoOptions, _ patience: Patience
  ) -> BlockingPool<MongoWorker> {
    BlockingPool(
      name: "mongo", threads: patience.threads ?? options.threads, queueLimit: options.queueLimit,
      makeWorker: { _ in MongoWorker(clients, options, patience) }, endWorker: { $0.end() })
  }

  private func pool(_ patience: Patience) -> BlockingPool<MongoWorker> {
    if patience == .ordinary { return pool }
    return patient.with { [options] patient in
      if let pool = patient[patience] { return pool }
      let pool = Self.pool(MongoClients(options, patience), options, patience)
      patient[patience] = pool
      return pool
    }
  }

  /// Lets the calls that wait finish and ends the threads. The store takes no call afterwards.
  public func close() async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [self] in
        circuit.close()
        pool.close()
        for pool in patient.with({ Array($0.values) }) { pool.close() }
        continuation.resume()
      }
    }
  }

  /// Runs a job that reads; whatever breaks it left nothing behind.
  func read<Success: Sendable>(
    with patience: Patience = .ordinary, _ job: @escaping @Sendable (MongoWorker) throws -> Success
  ) async throws(StoreError) -> Success {
    try await run(patience, job) { $0.asStoreError }
  }

  /// Runs a job that writes outside a transaction; a connection that breaks leaves its outcome unknown.
  func write<Success: Sendable>(
    with patience: Patience = .ordinary, _ job: @escaping @Sendable (MongoWorker) throws -> Success
  ) async throws(StoreError) -> Success {
    try await run(patience, job) { $0.asWriteError }
  }

  private func run<Success: Sendable>(
    _ patience: Patience, _ job: @escaping @Sendable (MongoWorker) throws -> Success,
    _ judge: @escaping @Sendable (MongoFailure) -> StoreError
  ) async throws(StoreError) -> Success {
    if circuit.isOpen { throw .unavailable(Self.away) }
    // What takes long by its nature may also wait long for its thread.
    let latest = patience == .long ? .max : monotonicMicros() + UInt64(options.waitTimeoutMs) * 1000
    let outcome: Result<Success, StoreError>
    do {
      outcome = try await pool(patience).run(as: Party.current) { [self] worker in
        attempt(worker, latest, job, judge)
      }
    } catch {
      switch error {
      case .full: throw .unavailable("the store's queue is full")
      case .closed: throw .unavailable("the store is closed")
      }
    }
    return try outcome.get()
  }

  private func attempt<Success>(
    _ worker: MongoWorker, _ latest: UInt64, _ job: (MongoWorker) throws -> Success,
    _ judge: (MongoFailure) -> StoreError
  ) -> Result<Success, StoreError> {
    if circuit.isOpen { return .failure(.unavailable(Self.away)) }
    let began = monotonicMicros()
    if began > latest {
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
