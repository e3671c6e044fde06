import Dispatch
public import HubContracts
public import HubRuntime
import Orders
import Synchronization

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
  /// When the store last did what it was asked, in microseconds.
  private let answered = Atomic<UInt64>(0)
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
    metrics.gauge(.storeQueue) { [weak pool] in
      Int64(pool?.waiting ?? 0)
    }
    metrics.gauge(.storeAway) { [weak circuit] in
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

  /// How many ordinary calls wait for a thread.
  var waiting: Int { pool.waiting }

  /// How long `close` waits, in milliseconds: an ordinary call to a server that stands still has ended by then.
  static let closeLimitMs = 6_000

  /// Lets the calls that wait finish and ends the threads. The store takes no call afterwards. A call that waits for a server
  /// which stands still is left behind with its thread after some seconds; the log says so.
  public func close() async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [self] in
        let end = monotonicMicros() + UInt64(Self.closeLimitMs) * 1_000
        let pools = [pool] + patient.with { Array($0.values) }
        for pool in pools { pool.refuse() }
        var left = circuit.close(until: end) ? 0 : 1
        for pool in pools { left += pool.close(until: end) }
        if left > 0 {
          log.warning("the document store does not answer: what waits for it is left behind", [("threads", "\(left)")])
        }
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
    let (asked, party) = (options.steadyClock(), Party.current)
    let latest = patience == .long ? .max : asked + UInt64(options.waitTimeoutMs) * 1000
    let call: @Sendable (MongoWorker, Places.Lack?) -> Result<Success, StoreError> = { [self] worker, crowd in
      if options.steadyClock() > latest { return .failure(late(party, crowd, asked)) }
      return attempt(worker, job, judge)
    }
    let outcome: Result<Success, StoreError>?
    do throws(PoolError) {
      if patience == .long {
        // The task may have to end before what takes long; all else is over soon.
        outcome = try await pool(patience).runUntilCancelled(as: party) { call($0, nil) }
      } else {
        outcome = try await pool(patience).run(as: party, call)
      }
    } catch {
      switch error {
      case .full(let lack): throw .overloaded(Self.told(lack, party))
      case .closed: throw .unavailable("the store is closed")
      }
    }
    guard let outcome else { throw judge(MongoFailure(kind: .network, message: "nobody waits for it any more")) }
    return try outcome.get()
  }

  /// What becomes of a call that no thread was free for in time. Others were served meanwhile, or the store stands still.
  private func late(_ party: Party, _ crowd: Places.Lack?, _ asked: UInt64) -> StoreError {
    guard !circuit.isOpen, answered.load(ordering: .relaxed) > asked else {
      return .unavailable("no thread was free in time")
    }
    return .overloaded(Self.told(crowd ?? .all, party))
  }

  /// To one of many strangers it says nothing that the others are as many.
  private static func told(_ lack: Places.Lack, _ party: Party) -> Places.Lack {
    party.household == .strangers ? .all : lack
  }

  private func attempt<Success>(
    _ worker: MongoWorker, _ job: (MongoWorker) throws -> Success,
    _ judge: (MongoFailure) -> StoreError
  ) -> Result<Success, StoreError> {
    if circuit.isOpen { return .failure(.unavailable(Self.away)) }
    let began = monotonicMicros()
    worker.writer.reset()
    defer { meters.calls.record(micros: monotonicMicros() &- began) }
    do {
      let success = try job(worker)
      circuit.succeeded()
      answered.store(options.steadyClock(), ordering: .relaxed)
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
    calls = metrics.histogram(.storeSeconds)
    failures = metrics.counter(.storeFailures)
    committed = metrics.counter(.storeCommits, labels: [("outcome", "committed")])
    stale = metrics.counter(.storeCommits, labels: [("outcome", "stale")])
    answered = metrics.counter(.storeCommits, labels: [("outcome", "answered")])
    unknown = metrics.counter(.storeCommits, labels: [("outcome", "unknown")])
    retried = metrics.counter(.storeRetries)
  }
}
