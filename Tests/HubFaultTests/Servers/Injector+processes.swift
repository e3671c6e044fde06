import Glibc
import HubRuntime
import HubTestSupport

/// What is done to processes: to those of the hub, and to servers as to any process.
extension Injector {
  func end(_ process: Member) throws(NotMade) {
    guard process.kill() else { throw NotMade("\(process.name) does not run") }
  }

  func restart(_ process: Member) throws -> () throws -> Void {
    try end(process)
    return { try process.start() }
  }

  /// Starts it anew with other settings, and afterwards with its own.
  func restart(_ process: Member, with settings: [String: String]) throws -> () throws -> Void {
    try end(process)
    try process.start(settings)
    return { [self] in
      if !process.kill() { noteEnd(of: process) }
      try process.start()
    }
  }

  func freeze(_ process: Member) throws -> () throws -> Void {
    guard process.freeze() else { throw NotMade("\(process.name) does not run, or stands still") }
    return { process.thaw() }
  }

  /// How long a process may take to end after SIGTERM: more than its own limit.
  private static let terminationMs = 60_000

  /// A process that is asked to end: it is to do so in time, and in good order.
  func terminate(_ process: Member, _ fault: Fault) throws -> Standing {
    guard process.askToEnd() else { throw NotMade("\(process.name) takes no SIGTERM now") }
    let deadline = monotonicMicros() + UInt64(Self.terminationMs) * 1_000
    let (world, tally) = (world, tally)
    return Standing(
      fault: fault, endsAt: deadline, isDone: { !process.isRunning }, mendsLast: true,
      mend: {
        tally.with { $0.made(fault) }
        if let wrong = Self.violation(afterTermination: process.exitStatus(by: deadline), process.name) {
          let how = "\(wrong.detail): \(Cluster.tail(process))"
          world.note(Violation(wrong.rule, how, about: ["FAULT", process.name]))
          process.kill()
        }
        try process.start()
      })
  }

  /// What is wrong with how a process ended after SIGTERM; `status` is nil if it did not.
  static func violation(afterTermination status: Int32?, _ name: String) -> Violation? {
    switch status {
    case 0: nil
    case nil: Violation("SIGTERM ends a process in time", "\(name) still ran after \(terminationMs / 1_000) s")
    case let status?: Violation("SIGTERM ends a process with exit status 0", "\(name) ended with \(status)")
    }
  }

  /// A process that dies at a place, once it has passed it so many times; and then one that does not.
  func crash(at point: CrashPoint, nth: Int, _ fault: Fault) throws -> Standing {
    let api = cluster.apis[fault.place]
    var (dying, others) = (api, [Member]())
    if CrashPoint.ofWorker.contains(point) {
      // An api that dies between its commit and the outbox leaves something to do, for this worker alone.
      dying = cluster.workers[fault.place]
      others = [api, cluster.workers[1 - fault.place]]
      others[1].kill()
      api.kill()
      try api.start(["ORDERHUB_CRASH_AT": "\(CrashPoint.afterCommit.rawValue):1"])
    }
    dying.kill()
    try dying.start(["ORDERHUB_CRASH_AT": "\(point.rawValue):\(nth)"])
    let (process, rest) = (dying, others)
    return Standing(
      fault: fault, endsAt: monotonicMicros() + UInt64(Fault.crashWaitMs) * 1_000, isDone: { !process.isRunning },
      mend: { [self] in
        switch process.exitStatus {
        case 128 + SIGKILL: tally.with { $0.made(fault) }
        case nil:
          let limit = "\(nth) times in \(Fault.crashWaitMs) ms"
          world.history.note("MISSED \(point.rawValue) was not passed \(limit)")
        default: noteEnd(of: process)
        }
        for one in [process] + rest {
          one.kill()
          try one.start()
        }
      })
  }

  /// A process of the hub has ended that nothing had ended.
  func noteEnd(of process: Member) {
    let how = "\(process.name) ended with \(process.exitStatus ?? -1): \(Cluster.tail(process))"
    world.note(Violation("no process of the hub ends by itself", how, about: ["FAULT"]))
  }
}
