import HubContracts
import HubRuntime

/// When the users of a group begin their rounds.
enum Pace: Sendable, Equatable {
  /// Each begins again when it is done and has waited so long: as many requests as the server answers.
  case closed(thinkMs: Int)
  /// At given moments, whoever is free: as many as are asked for, whatever the server answers.
  case open(ArrivalSchedule)
}

/// The users of one kind on one loop. Touched only on the loop's thread.
final class UserGroup: Timed {
  unowned let loop: ClientLoop
  let recorder: Recorder
  private let pace: Pace
  private let timeoutNs: Int64
  /// Of an open loop: this loop takes the starts `share.index`, `share.index + share.of`, …
  private let share: (index: Int, of: Int)
  private var lines: [UserLine] = []
  private var idle: [UserLine] = []
  /// Of a closed loop: who begins when, soonest first, from `waitingStart` on.
  private var waiting: [(atNs: Int64, line: UserLine)] = []
  private var waitingStart = 0
  private var arrivals = 0
  private var originNs: Int64 = 0
  private var isClosed = false

  /// How long a user waits after a failure, so that a server that refuses is not asked in a circle.
  static let pauseAfterFailureNs: Int64 = 20_000_000

  init(loop: ClientLoop, recorder: Recorder, pace: Pace, timeoutNs: Int64, share: (index: Int, of: Int)) {
    self.loop = loop
    self.recorder = recorder
    self.pace = pace
    self.timeoutNs = timeoutNs
    self.share = share
  }

  /// Lets the users begin: at once at `nowNs`, or spread over a ramp.
  func start(lines: [UserLine], nowNs: Int64, rampNs: Int64) {
    self.lines = lines
    originNs = nowNs
    switch pace {
    case .open:
      idle = lines.reversed()
    case .closed(let thinkMs):
      // Users that think are spread over their thinking time too, or they would all ask in the same moment.
      let spreadNs = max(rampNs, Int64(thinkMs) * 1_000_000)
      for (index, line) in lines.enumerated() {
        waiting.append((nowNs + spreadNs * Int64(index) / Int64(lines.count), line))
      }
    }
    loop.add(self)
  }

  /// Lets nobody begin anything more; what is under way goes on. How many starts of an open loop never came to be.
  func close(nowNs: Int64) -> Int {
    // What was due until now and finds a free user has its start.
    _ = due(nowNs: nowNs)
    isClosed = true
    for line in lines { line.close() }
    guard case .open(let schedule) = pace else { return 0 }
    let all = schedule.count(byNs: nowNs - originNs)
    return max(0, (all - share.index + share.of - 1) / share.of - arrivals)
  }

  /// How many requests are under way.
  var underWay: Int { lines.count { $0.hasRequest } }

  /// Counts all that is under way as having taken too long.
  func giveUp() {
    for line in lines { line.giveUp(sentBefore: Int64.max) }
  }

  /// Ends it; how many requests were under way, which are not counted.
  func stop() -> Int {
    isClosed = true
    loop.remove(self)
    return lines.count { $0.stop() }
  }

  /// A user is done with a round, or it failed.
  func rested(_ line: UserLine, succeeded: Bool) {
    guard !isClosed else { return }
    let now = monotonicNs()
    switch pace {
    case .closed(let thinkMs):
      // From here or the stack would grow with every request that fails at once.
      if succeeded, thinkMs == 0 { return line.begin(intendedNs: now) }
      wait(line, untilNs: now + (succeeded ? Int64(thinkMs) * 1_000_000 : Self.pauseAfterFailureNs))
    case .open:
      guard succeeded else { return wait(line, untilNs: now + Self.pauseAfterFailureNs) }
      if let start = arrival(byNs: now) { line.begin(intendedNs: start) } else { idle.append(line) }
    }
  }

  func due(nowNs: Int64) -> Int64 {
    guard !isClosed else { return Int64.max }
    releaseWaiting(nowNs)
    while !idle.isEmpty, let start = arrival(byNs: nowNs) {
      if let line = idle.popLast() { line.begin(intendedNs: start) }
    }
    return min(nextWaitingNs, idle.isEmpty ? Int64.max : nextArrivalNs)
  }

  func swept(nowNs: Int64) {
    for line in lines { line.giveUp(sentBefore: nowNs - timeoutNs) }
  }

  // MARK: Private

  private var nextArrivalNs: Int64 {
    guard case .open(let schedule) = pace else { return Int64.max }
    return originNs + schedule.startNs(arrivals * share.of + share.index)
  }

  /// Takes the next start if its moment has come.
  private func arrival(byNs now: Int64) -> Int64? {
    let moment = nextArrivalNs
    guard moment <= now else {
      loop.wake(atNs: moment)
      return nil
    }
    arrivals += 1
    return moment
  }

  private var nextWaitingNs: Int64 { waitingStart < waiting.count ? waiting[waitingStart].atNs : Int64.max }

  private func wait(_ line: UserLine, untilNs moment: Int64) {
    // Nearly always the last place: all of a group wait equally long.
    var place = waiting.count
    while place > waitingStart, waiting[place - 1].atNs > moment { place -= 1 }
    waiting.insert((moment, line), at: place)
    loop.wake(atNs: nextWaitingNs)
  }

  private func releaseWaiting(_ nowNs: Int64) {
    while nextWaitingNs <= nowNs {
      let line = waiting[waitingStart].line
      waitingStart += 1
      if waitingStart > 256 {
        waiting.removeFirst(waitingStart)
        waitingStart = 0
      }
      switch pace {
      case .closed: line.begin(intendedNs: monotonicNs())
      case .open: rested(line, succeeded: true)
      }
    }
  }
}
