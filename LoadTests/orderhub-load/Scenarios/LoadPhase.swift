import Glibc
import HubRuntime

/// What came of one stretch of a run, in short slices of time. Making one lets the stretch pass.
struct LoadPhase {
  let name: String
  let seconds: Double
  let tally: OperationTally
  let processes: [RunFigures.ProcessUse]
  /// Requests a second that were to be started; nil for a closed loop.
  let askedPerSecond: Double?
  /// When it began, and when it was over and nothing was started any more.
  let beganNs: Int64
  let endedNs: Int64
  /// How many of those that went well were under way when it was over, and how many of those that were turned away.
  private let afterEnd: (succeeded: Int64, turnedAway: Int64)
  private var slices: [Slice] = []

  private struct Slice {
    /// Its figures; its end is counted from the stretch's beginning.
    var moment: RunFigures.Moment
    var isIdle: Bool
    /// Of the watched processes together.
    var residentBytes: Int64
  }

  private static let sliceNs: Int64 = 250_000_000
  /// So many slices in a row are three seconds.
  private static let slicesOfCalm = 12

  /// Watches a crew that was told to begin, for so long, and ends its users: what is under way then is waited for, and
  /// counts.
  init(
    _ name: String, crew: Crew, askedPerSecond: Double?, watched: [Int32], console: Console, settleNs: Int64,
    forNs: Int64, timeoutNs: Int64
  ) {
    self.name = name
    self.askedPerSecond = askedPerSecond
    Interruption.rest(untilNs: monotonicNs() + settleNs)
    let before = (watched + [getpid()]).compactMap(ProcessSample.of)
    let (start, first) = (monotonicNs(), Self.sum(crew))
    var (last, lastNs) = (first, start)
    while lastNs - start < forNs, !Interruption.hasCome {
      Interruption.rest(untilNs: lastNs + Self.sliceNs)
      let (now, all) = (monotonicNs(), Self.sum(crew))
      let part = all.since(last)
      let moment = RunFigures.Moment(
        part, seconds: Double(now - lastNs) / 1e9, at: Double(now - start) / 1e9)
      slices.append(
        Slice(
          moment: moment, isIdle: part.latency.count == 0,
          residentBytes: watched.compactMap(ProcessSample.of).reduce(0) { $0 + $1.residentBytes }))
      console.progress(
        "\(name): \(Units.rate(moment.ratePerSecond)) · p99 \(Units.latency(moment.p99Ns)) · errors "
          + Units.rate(moment.failuresPerSecond))
      (last, lastNs) = (all, now)
    }
    let late = crew.closeUsers()
    (beganNs, endedNs) = (start, lastNs)
    let seconds = Double(lastNs - start) / 1e9
    self.seconds = seconds
    processes = before.compactMap { ProcessSample.of($0.processID)?.use(since: $0, seconds: seconds) }
    console.progress("\(name): waiting for the last answers")
    _ = crew.endUsers(timeoutNs: timeoutNs)
    let all = Self.sum(crew)
    afterEnd = (all.latency.count - last.latency.count, all.refused.count - last.refused.count)
    var tally = all.since(first)
    if late > 0 { tally.failures[OperationTally.neverStarted, default: 0] += Int64(late) }
    self.tally = tally
  }

  /// What went well, a second, before it was over.
  var rate: Double { seconds > 0 ? Double(tally.latency.count - afterEnd.succeeded) / seconds : 0 }

  /// Its row.
  var row: RunFigures.Operation {
    RunFigures.Operation(name: name, tally: tally, seconds: seconds, afterEnd: afterEnd.succeeded)
  }

  /// The row of those that were told to come again later, and how soon they were told.
  var turnedAway: RunFigures.Operation {
    RunFigures.Operation(
      name: "turned-away", tally: OperationTally(latency: tally.refused), kind: .event, seconds: seconds,
      afterEnd: afterEnd.turnedAway)
  }

  /// What part of the requests that were asked for was sent; nil for a closed loop.
  var offeredPart: Double? {
    guard let askedPerSecond, seconds > 0 else { return nil }
    let sent = tally.latency.count + tally.failureCount - neverStarted
    return Double(sent) / (askedPerSecond * seconds)
  }

  /// How many found no free user.
  var neverStarted: Int64 { tally.failures[OperationTally.neverStarted] ?? 0 }

  /// How many were sent and then cut off, left to wait for longer than a request may take, or answered as they should not
  /// be.
  var broken: Int64 { tally.failureCount - tally.refused.count - neverStarted }

  /// The most memory of the watched processes together in a part of the stretch, in bytes; 0 if none could be seen.
  func mostResidentBytes(from: Double = 0, to: Double = 1) -> Int64 {
    let count = Double(slices.count)
    return slices[Int(count * from)..<Int((count * to).rounded(.up))].map(\.residentBytes).max() ?? 0
  }

  /// From when on three whole seconds pass without a failure and with no p99 above a limit, in seconds; nil if none do.
  func calmFrom(p99Ns limit: Int64) -> Double? {
    let isCalm = slices.map { $0.moment.failuresPerSecond == 0 && !$0.isIdle && $0.moment.p99Ns <= limit }
    let first = isCalm.indices.first { start in
      start + Self.slicesOfCalm <= isCalm.count && isCalm[start..<(start + Self.slicesOfCalm)].allSatisfy { $0 }
    }
    return first.map { $0 == 0 ? 0 : slices[$0 - 1].moment.at }
  }

  /// The same, counted from when an earlier stretch was over: what it left to do counts too.
  func calmFrom(p99Ns limit: Int64, after storm: LoadPhase) -> Double? {
    calmFrom(p99Ns: limit).map { Double(beganNs - storm.endedNs) / 1e9 + $0 }
  }

  /// Its slices as moments of a run in which `seconds` have passed before it.
  func series(after seconds: Double) -> [RunFigures.Moment] {
    slices.map { slice in
      var moment = slice.moment
      moment.at += seconds
      return moment
    }
  }

  private static func sum(_ crew: Crew) -> OperationTally {
    crew.tallies().reduce(into: OperationTally()) { $0.add($1) }
  }
}
