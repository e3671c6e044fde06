import Orders

/// What must hold of what is to be done later, once all is quiet: what is due is done, each order that waits for its timer
/// has one, and no other has.
struct TimerCheck {
  let orders: [OrderCheck]
  /// What waits, and what was given up.
  let jobs: [Job]
  /// From when on a job may be taken: when it is due, or when a claim lapses.
  let ready: [JobID: Timestamp]
  let now: Timestamp
  /// Whether MongoDB's clock was ahead meanwhile.
  var wasAhead = false
  /// Whether a process's clock was: what it asks for at once is due by that clock.
  var wasProcessAhead = false

  /// A claim or a pause that begins while MongoDB's clock is an hour ahead ends an hour later than it should. One that
  /// ends so late is of that time.
  static let putOffMs: Int64 = 2_400_000
  /// What is due so soon is waited for.
  static let soonMs: Int64 = 30_000

  /// The orders whose moment is past and that wait still.
  var overdue: [OrderCheck] { waiting(by: now) }

  private func waiting(by end: Timestamp) -> [OrderCheck] {
    orders.filter { check in
      guard let business = check.business, check.order.status.rawValue == business.alarm.state else { return false }
      guard let moment = moment(of: check, business) else { return true }
      return moment <= end
    }
  }

  /// Those of them whose timers MongoDB's clock has put off.
  var putOff: [OrderCheck] { wasAhead ? overdue.filter(isPutOff) : [] }

  /// What is due and waits still, timers and all else; those that were put off aside.
  var undone: [Job] {
    jobs.filter { job in
      guard job.state == .waiting else { return false }
      if job.kind == .timer { return job.due <= now && !(wasAhead && isLate(job)) }
      return !((wasAhead || wasProcessAhead) && job.due.millis - now.millis > Self.putOffMs)
    }
  }

  /// Whether nothing is to be waited for any more.
  var isSettled: Bool {
    undone.isEmpty && waiting(by: Timestamp(millis: now.millis + Self.soonMs)).count == putOff.count
  }

  var violations: [Violation] {
    let late = Set(putOff.map(\.order.id))
    var wrong = overdue.filter { !late.contains($0.order.id) }.map { check in
      let id = "\(check.order.id)"
      let timers = jobs.filter { $0.orderID == check.order.id && $0.kind == .timer }
      return Violation("a timer is done when it is due", "\(check.order.number) waits still: \(timers)", about: [id])
    }
    for job in jobs where job.state != .waiting {
      wrong.append(
        Violation(
          "no job is given up", "\(job.kind) \(job.name): \(job.lastError ?? "-")",
          about: job.orderID.map { ["\($0)"] } ?? []))
    }
    wrong += undone.filter { $0.kind != .timer }.map {
      Violation(
        "what is asked for is done", "\($0.kind) \($0.name) waits still: \($0)",
        about: $0.orderID.map { ["\($0)"] } ?? [])
    }
    return wrong + paired
  }

  /// Where an order and its timers do not agree.
  private var paired: [Violation] {
    var timers: [OrderID: Int] = [:]
    for job in jobs where job.kind == .timer && job.state == .waiting {
      if let order = job.orderID { timers[order, default: 0] += 1 }
    }
    var wrong: [Violation] = []
    for check in orders {
      let there = timers.removeValue(forKey: check.order.id) ?? 0
      let wanted = check.business.map { $0.alarm.state == check.order.status.rawValue } == true ? 1 : 0
      if there != wanted {
        wrong.append(
          Violation(
            "an order that waits has its timer",
            "\(check.order.number) is \(check.order.status.rawValue) and has \(there) timers",
            about: ["\(check.order.id)"]))
      }
    }
    return wrong
      + timers.keys.map {
        Violation(
          "an order that waits has its timer", "there is a timer of \($0), which is not there", about: ["\($0)"])
      }
  }

  private func moment(of check: OrderCheck, _ business: Business) -> Timestamp? {
    guard let name = ParticularName(Text(business.alarm.moment)), case .time(let moment) = check.order.particulars[name]
    else { return nil }
    return moment
  }

  private func isPutOff(_ check: OrderCheck) -> Bool {
    jobs.contains { $0.orderID == check.order.id && $0.kind == .timer && isLate($0) }
  }

  private func isLate(_ job: Job) -> Bool {
    guard let ready = ready[job.id] else { return false }
    return ready.millis - now.millis > Self.putOffMs
  }
}
