import HubContracts
public import HubRuntime
public import Orders

/// Does notices while there is no channel by which anybody could be told: it says so in the log, and is done.
public struct LoggedNotices: JobHandler {
  /// Notices.
  public let kind = JobKind.notice
  /// How often they are tried.
  public let policy = JobPolicy.notices
  private let log: Log

  /// Notices that go to this log.
  public init(log: Log) { self.log = log }

  /// Logs one.
  public func run(_ job: Job) async -> JobOutcome {
    log.info(
      "a notice, and no channel to send it by",
      [("tenant", job.tenantID.text), ("template", job.name.string), ("order", job.orderID.map { "\($0)" } ?? "-")])
    return .done
  }
}

/// Gives calls up whose partner nobody here knows: they wait as dead letters until somebody does, or discards them.
public struct UnknownCalls: JobHandler {
  /// Calls.
  public let kind = JobKind.call
  /// How often they are tried.
  public let policy = JobPolicy.calls

  /// Knows no partner.
  public init() {}

  /// Refuses one.
  public func run(_ job: Job) async -> JobOutcome { .dead(reason: "no partner \(job.name) is known here") }
}
