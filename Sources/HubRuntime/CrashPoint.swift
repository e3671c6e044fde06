import Glibc
import Synchronization

/// A place between two steps of a write, by name: a test build ends there as `kill -9` does, when it is told to.
///
/// What must hold afterwards holds wherever a process dies; these places make sure that each is tried.
public enum CrashPoint: String, Sendable, CaseIterable {
  // A request with an `Idempotency-Key`
  case beforeKeyMark = "before-key-mark"
  case afterKeyMark = "after-key-mark"
  case beforeKeyEnd = "before-key-end"
  case beforeRefusalKept = "before-refusal-kept"
  case afterRefusalKept = "after-refusal-kept"
  // The lane
  case beforeLocks = "before-locks"
  case beforeRead = "before-read"
  case beforeDecision = "before-decision"
  case afterDecision = "after-decision"
  case beforeTransaction = "before-transaction"
  // The transaction, after each of its commands
  case transactionBegun = "transaction-begun"
  case afterOrders = "after-orders"
  case afterDeliveries = "after-deliveries"
  case afterInvoices = "after-invoices"
  case afterProducts = "after-products"
  case afterNumbers = "after-numbers"
  case afterTallies = "after-tallies"
  case afterLedger = "after-ledger"
  case afterJobs = "after-jobs"
  case afterEvents = "after-events"
  case afterOutbox = "after-outbox"
  case afterAnswers = "after-answers"
  case beforeCommit = "before-commit"
  case afterCommit = "after-commit"
  // What the bus is told
  case beforePublish = "before-publish"
  case afterTalliesPublished = "after-tallies-published"
  case afterOrdersPublished = "after-orders-published"
  case betweenCatchUps = "between-catch-ups"
  case beforeMark = "before-mark"
  case afterMark = "after-mark"
  case beforeUnlock = "before-unlock"
  case beforeAnswer = "before-answer"
  // The worker
  case relayRead = "relay-read"
  case relayPublished = "relay-published"
  case relayMarked = "relay-marked"
  case jobsClaimed = "jobs-claimed"
  case jobsRun = "jobs-run"
  case jobsSettled = "jobs-settled"

  /// Those that only a worker passes.
  public static let ofWorker: [CrashPoint] = [
    .relayRead, .relayPublished, .relayMarked, .jobsClaimed, .jobsRun, .jobsSettled,
  ]
  /// Those that only writes with jobs pass, and whoever does the jobs.
  public static let ofJobs: [CrashPoint] = [.afterJobs, .jobsClaimed, .jobsRun, .jobsSettled]
  /// Those that a write of any workflow passes, or the relay of it.
  public static let ofEveryWrite = allCases.filter { !ofJobs.contains($0) }
}

/// Ends the process here if it was told to by `ORDERHUB_CRASH_AT=name` or `name:nth`. Nothing in a release build.
@inlinable
public func crashPoint(_ point: CrashPoint) {
  #if TEST_FAULTS
    CrashOrder.pass(point)
  #endif
}

#if TEST_FAULTS
  /// Where this process is to end: read once.
  @usableFromInline
  enum CrashOrder {
    private static let given: (point: CrashPoint, nth: Int)? = {
      guard let text = getenv("ORDERHUB_CRASH_AT").map({ String(cString: $0) }), !text.isEmpty else { return nil }
      let parts = text.split(separator: ":", maxSplits: 1)
      guard let point = CrashPoint(rawValue: String(parts[0])), let nth = parts.count > 1 ? Int(parts[1]) : 1, nth > 0
      else { preconditionFailure("ORDERHUB_CRASH_AT=\(text) is not a crash point, or one and :n with n from 1 on") }
      return (point, nth)
    }()
    private static let passed = Atomic<Int>(0)

    @usableFromInline
    static func pass(_ point: CrashPoint) {
      guard let given, given.point == point else { return }
      // No handler, no flush, no goodbye: as the kernel ends a process when memory is short.
      if passed.wrappingAdd(1, ordering: .relaxed).newValue == given.nth { kill(getpid(), SIGKILL) }
    }
  }
#endif
