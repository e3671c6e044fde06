public import HubContracts
public import Orders

/// Whoever does the jobs of a kind.
///
/// A job is run at least once: a run may have been cut off before its end was noted, and another process may run the
/// same job if this one stood still past its lease. So what a run does must change nothing the second time, as a
/// command of the desk that its order does not allow any more, or a call under the job's identity as its key.
public protocol JobHandler: Sendable {
  /// Which jobs.
  var kind: JobKind { get }
  /// How often and how long they are tried.
  var policy: JobPolicy { get }
  /// Does one. It is cancelled when it takes longer than the policy allows, and when the process ends.
  func run(_ job: Job) async -> JobOutcome
}

/// How a run of a job ended.
public enum JobOutcome: Sendable, Equatable {
  /// It is done, or there is nothing to do any more.
  case done
  /// It is to be tried again, after so long, or after as long as the policy says; for this reason, for people.
  case retry(afterMs: Int64? = nil, reason: Text)
  /// Trying again would not help, for this reason, for people.
  case dead(reason: Text)
}

/// How often and how long the jobs of a kind are tried.
public struct JobPolicy: Sendable, Equatable {
  /// How often one is begun before it becomes a dead letter; 1 or more.
  public var attemptsLimit: Int64
  /// How long after a first failure it is tried again; after each further one twice as long, less up to a half by chance.
  public var firstDelayMs: Int64
  /// The longest of these pauses.
  public var longestDelayMs: Int64
  /// How long one run may take.
  public var runLimitMs: Int64

  /// Names the bounds.
  public init(attemptsLimit: Int64, firstDelayMs: Int64, longestDelayMs: Int64, runLimitMs: Int64 = 30_000) {
    precondition(attemptsLimit > 0 && firstDelayMs > 0 && longestDelayMs >= firstDelayMs && runLimitMs > 0)
    self.attemptsLimit = attemptsLimit
    self.firstDelayMs = firstDelayMs
    self.longestDelayMs = longestDelayMs
    self.runLimitMs = runLimitMs
  }

  /// Timers: within the hub, so soon again; given up after an hour and a half.
  public static let timers = JobPolicy(attemptsLimit: 24, firstDelayMs: 1_000, longestDelayMs: 300_000)
  /// Notices: given up after half a day.
  public static let notices = JobPolicy(attemptsLimit: 16, firstDelayMs: 2_000, longestDelayMs: 3_600_000)
  /// Calls to partners: given up after a day.
  public static let calls = JobPolicy(attemptsLimit: 20, firstDelayMs: 5_000, longestDelayMs: 7_200_000)

  /// The longest that a handler itself may have a job wait.
  public static let retryLimitMs: Int64 = 7 * 86_400_000

  /// How long to wait after the `attempts`th run failed.
  public func delayMs(after attempts: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
    var delay = firstDelayMs
    var doublings = max(attempts, 1) - 1
    while doublings > 0, delay < longestDelayMs {
      let (twice, isLong) = delay.multipliedReportingOverflow(by: 2)
      delay = isLong ? longestDelayMs : twice
      doublings -= 1
    }
    delay = min(delay, longestDelayMs)
    return Int64.random(in: delay - delay / 2...delay, using: &random)
  }

  /// What is noted of a run's end.
  public func fate(
    of outcome: JobOutcome, attempts: Int64, using random: inout some RandomNumberGenerator
  ) -> JobEnding.Fate {
    switch outcome {
    case .done: return .done
    case .dead(let reason): return .dead(reason: reason)
    case .retry(let afterMs, let reason):
      if attempts >= attemptsLimit { return .dead(reason: reason) }
      let delay = afterMs.map { min(max($0, 0), Self.retryLimitMs) } ?? delayMs(after: attempts, using: &random)
      return .again(afterMs: delay, reason: reason)
    }
  }
}
