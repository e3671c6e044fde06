import HubRuntime

/// What came of one kind of request, or of one kind of event.
struct OperationTally: Sendable, Equatable {
  /// How long those took that went well.
  var latency = Histogram()
  /// What went wrong, by kind: `503`, `timeout`, `closed`, …
  var failures: [String: Int64] = [:]
  /// How long those took that were turned away, with 429 or 503.
  var refused = Histogram()

  /// The kind of those that an open loop could not start, because no user was free.
  static let neverStarted = "never started"
  /// How many kinds of failure are told apart; further ones count as `other`.
  static let failureKindsLimit = 40

  /// How many went wrong.
  var failureCount: Int64 { failures.values.reduce(0, +) }

  mutating func fail(_ kind: String) {
    let key = failures[kind] != nil || failures.count < Self.failureKindsLimit ? kind : "other"
    failures[key, default: 0] += 1
  }

  mutating func add(_ other: OperationTally) {
    latency.add(other.latency)
    refused.add(other.refused)
    failures.merge(other.failures, uniquingKeysWith: +)
  }

  /// What came since an earlier state of this one.
  func since(_ earlier: OperationTally) -> OperationTally {
    var rest = OperationTally()
    rest.latency = latency.since(earlier.latency)
    rest.refused = refused.since(earlier.refused)
    for (kind, count) in failures {
      let more = count - (earlier.failures[kind] ?? 0)
      if more > 0 { rest.failures[kind] = more }
    }
    return rest
  }
}

/// Takes notes of one loop, and shows them to the thread that reports: the lock is held for one note at a time.
final class Recorder: Sendable {
  private let tallies: Locked<[OperationTally]>

  /// For so many kinds of request.
  init(operationCount: Int) {
    tallies = Locked([OperationTally](repeating: OperationTally(), count: operationCount))
  }

  /// Notes that one went well.
  func succeeded(_ operation: Int, latencyNs: Int64) {
    tallies.with { $0[operation].latency.record(latencyNs) }
  }

  /// Notes that one was turned away.
  func refused(_ operation: Int, _ kind: String, latencyNs: Int64) {
    tallies.with {
      $0[operation].fail(kind)
      $0[operation].refused.record(latencyNs)
    }
  }

  /// Notes that one went wrong.
  func failed(_ operation: Int, _ kind: String) {
    tallies.with { $0[operation].fail(kind) }
  }

  /// All notes so far.
  func snapshot() -> [OperationTally] { tallies.with { $0 } }
}
