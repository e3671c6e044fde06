import HubContracts
import HubRuntime
public import OrderDesk
public import Orders

/// What happens to an order when one of its timers is due.
public protocol TimerFiring: Sendable {
  /// Does what the timer stands for, or finds that it is too late. It must judge by the order as it is, not by the timer:
  /// a request may have come first, and another process may have done it already.
  func fire(_ timer: Job) async -> TimerOutcome
}

/// What became of a timer that was due.
public enum TimerOutcome: Sendable, Equatable {
  /// It happened.
  case fired
  /// The order does not allow it any more: something else came first.
  case late
  /// Nobody here knows such a timer; a process of another version may.
  case unknown
  /// It may happen later, for this reason.
  case again(reason: Text)
  /// It never will, for this reason.
  case impossible(reason: Text)
}

/// Does the timers.
public struct TimerHandler: JobHandler {
  /// Timers.
  public let kind = JobKind.timer
  /// How often they are tried.
  public let policy: JobPolicy
  private let firing: any TimerFiring
  /// How long a timer that nobody knows waits for somebody who does.
  static let unknownPauseMs: Int64 = 300_000

  /// A handler that lets `firing` do it.
  public init(_ firing: any TimerFiring, policy: JobPolicy = .timers) {
    self.firing = firing
    self.policy = policy
  }

  /// Has it happen.
  public func run(_ job: Job) async -> JobOutcome {
    switch await firing.fire(job) {
    case .fired, .late: .done
    case .unknown: .retry(afterMs: Self.unknownPauseMs, reason: "no timer \(job.name) is known here")
    case .again(let reason): .retry(reason: reason)
    case .impossible(let reason): .dead(reason: reason)
    }
  }
}

/// Has timers happen as commands at the desk, so that a timer that races a request comes to one outcome: that of
/// whichever is written first; the other is decided anew upon it.
public struct DeskTimers: TimerFiring {
  private let desk: OrderDesk
  private let look: @Sendable () async throws -> Void
  private let command: @Sendable (Job) -> Command?

  /// `command` gives what a timer stands for; nil if it is not known. `look` reads what this process may not have seen yet
  /// of what is known: it is asked for where a timer is not, before that timer is left to others.
  public init(
    desk: OrderDesk, look: @escaping @Sendable () async throws -> Void = {},
    command: @escaping @Sendable (Job) -> Command?
  ) {
    self.desk = desk
    self.look = look
    self.command = command
  }

  /// Submits the timer's command.
  public func fire(_ timer: Job) async -> TimerOutcome {
    let outcome = await submit(timer)
    guard outcome == .unknown else { return outcome }
    do { try await look() } catch {
      return .again(reason: "it is not known here, and what others know could not be read: \(error)")
    }
    return await submit(timer)
  }

  private func submit(_ timer: Job) async -> TimerOutcome {
    guard let command = command(timer) else { return .unknown }
    return TimerOutcome(await desk.submit(command))
  }
}

extension TimerOutcome {
  /// What the outcome of a timer's command means.
  public init(_ outcome: Outcome) {
    switch outcome {
    case .done, .replay: self = .fired
    case .refused(let refusal) where refusal.code == Refusal.workflowUnknown: self = .unknown
    // Whoever says when a timer is due is the database; the desk here goes by its own clock.
    case .refused(let refusal) where refusal.code == Refusal.tooEarly: self = .again(reason: "\(refusal.detail)")
    // Nothing came first: something is amiss that people can mend, and then it is due still. Until then they see it.
    case .refused(let refusal) where Refusal.mendable.contains { $0 == refusal.code }:
      self = .again(reason: "\(refusal.code): \(refusal.detail)")
    case .refused(let refusal):
      switch refusal.kind {
      case .conflict, .notFound: self = .late
      case .invalid, .forbidden: self = .impossible(reason: "\(refusal.code): \(refusal.detail)")
      }
    case .running: self = .again(reason: "the same is being done already")
    case .otherBody: self = .impossible(reason: "its key belongs to something else")
    case .unavailable(let cause): self = .again(reason: "the store does not answer: \(cause)")
    case .unknown(let cause): self = .again(reason: "it is not known whether it happened: \(cause)")
    case .contended: self = .again(reason: "others changed the order at the same time")
    case .overloaded: self = .again(reason: "too much waits already")
    case .broken(let cause): self = .again(reason: "something is wrong inside: \(cause)")
    }
  }
}

extension Refusal {
  /// The codes of what a timer may be refused for although nothing came first: the stock or the order is not as it should
  /// be, or has no room.
  fileprivate static let mendable = ["out_of_stock", "stock_out_of_range", "order_out_of_step", "too_many_parts"]
}
