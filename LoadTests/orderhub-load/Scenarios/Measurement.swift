import HubRuntime

import Glibc

/// Measures what a crew does over a stretch of time, and shows it meanwhile.
struct Measurement {
  let crew: Crew
  let site: Site
  let console: Console
  var withLive = false

  /// Lets the load run in, measures, and ends the users. What is under way when the time is up, or after Ctrl-C, is waited
  /// for and counts; `untilComplete` may wait for what else is to count.
  func run(scenario: String, plan: LoadPlan, untilComplete: () -> Void = {}) -> RunFigures {
    let begin = monotonicNs()
    let nothing = [OperationTally](repeating: OperationTally(), count: crew.operations.count)
    // Looking for the processes takes a moment, in which nothing may be measured.
    let watched = site.watched(withLive: withLive) + [getpid()]
    settle(plan)
    // Whoever ends it while it warms up gets what there is.
    var stretch =
      Interruption.hasCome
      ? Stretch(startNs: begin, first: nothing) : Stretch(startNs: monotonicNs(), first: crew.tallies())
    let before = Interruption.hasCome ? [] : watched.compactMap(ProcessSample.of)
    watch(&stretch, plan)
    let late = crew.closeUsers()
    var figures = RunFigures(scenario: scenario, settings: plan.settings, seconds: stretch.seconds)
    figures.series = stretch.series
    figures.processes = before.compactMap { sample in
      ProcessSample.of(sample.processID)?.use(since: sample, seconds: figures.seconds)
    }
    let left = crew.endUsers(timeoutNs: plan.timeoutNs)
    let waitedNs = monotonicNs() - stretch.endNs
    untilComplete()
    figures.wasInterrupted = Interruption.hasCome
    count(stretch, neverStarted: late, in: &figures)
    noteEnd(&figures, neverStarted: late, left: left, waitedNs: waitedNs)
    noteLimits(&figures, plan)
    return figures
  }

  /// The time that is measured, and what the crew had noted at its beginning and at its end.
  private struct Stretch {
    let startNs: Int64
    let first: [OperationTally]
    var endNs: Int64
    var last: [OperationTally]
    var series: [RunFigures.Moment] = []

    init(startNs: Int64, first: [OperationTally]) {
      self.startNs = startNs
      self.first = first
      endNs = startNs
      last = first
    }

    var seconds: Double { Double(endNs - startNs) / 1e9 }
  }

  private func settle(_ plan: LoadPlan) {
    let end = monotonicNs() + plan.rampNs + plan.warmUpNs
    while monotonicNs() < end, !Interruption.hasCome {
      let left = end - monotonicNs()
      console.progress("warming up: \(Units.decimal(Double(left) / 1e9, 0)) s left")
      sleepNs(min(max(left, 1), 200_000_000))
    }
  }

  private func watch(_ stretch: inout Stretch, _ plan: LoadPlan) {
    while stretch.endNs - stretch.startNs < plan.durationNs, !Interruption.hasCome {
      // A short rest at the end joins the moment before it.
      let left = plan.durationNs - (stretch.endNs - stretch.startNs)
      Interruption.rest(untilNs: stretch.endNs + (left < 1_500_000_000 ? left : 1_000_000_000))
      let (now, tallies) = (monotonicNs(), crew.tallies())
      let moment = moment(
        zip(tallies, stretch.last).map { $0.since($1) }, seconds: Double(now - stretch.endNs) / 1e9,
        at: now - stretch.startNs)
      stretch.series.append(moment)
      (stretch.last, stretch.endNs) = (tallies, now)
      show(moment, plan)
    }
    // Ended before it began: all that came so far.
    if stretch.series.isEmpty { (stretch.last, stretch.endNs) = (crew.tallies(), monotonicNs()) }
  }

  private func count(_ stretch: Stretch, neverStarted late: Int, in figures: inout RunFigures) {
    let now = crew.tallies()
    figures.operations = crew.operations.enumerated().map { place, operation in
      RunFigures.Operation(
        name: operation.name, tally: now[place].since(stretch.first[place]), kind: operation.kind,
        afterEnd: now[place].latency.count - stretch.last[place].latency.count, targetNs: operation.targetNs)
    }
    guard late > 0, let place = figures.operations.firstIndex(where: { $0.kind == .request }) else { return }
    figures.operations[place].tally.failures[OperationTally.neverStarted, default: 0] += Int64(late)
  }

  private func noteEnd(_ figures: inout RunFigures, neverStarted late: Int, left: Int, waitedNs: Int64) {
    if figures.wasInterrupted { figures.notes.append("Ended by Ctrl-C: these are the figures so far.") }
    if left > 0 {
      figures.notes.append("\(left) requests had no answer within a second of Ctrl-C: they are not counted.")
    }
    if late > 0 {
      figures.notes.append(
        "\(late) requests never started: all users were busy. Add --connections, or ask for a smaller rate.")
    }
    if waitedNs > Self.longWaitNs {
      figures.notes.append(
        "What was under way when the time was up had its last answer, or was given up, \(Units.latency(waitedNs)) later."
      )
    }
  }

  /// A wait for the last answer that the reader should know of.
  private static let longWaitNs: Int64 = 1_000_000_000

  private func moment(_ tallies: [OperationTally], seconds: Double, at: Int64) -> RunFigures.Moment {
    var all = OperationTally()
    for (operation, tally) in zip(crew.operations, tallies) where operation.kind == .request { all.add(tally) }
    return RunFigures.Moment(all, seconds: seconds, at: Double(at) / 1e9)
  }

  private func show(_ moment: RunFigures.Moment, _ plan: LoadPlan) {
    let live = withLive ? " · \(crew.liveCounts.with { $0.ready }) live" : ""
    console.progress(
      "\(Units.decimal(moment.at, 0)) of \(Units.decimal(Double(plan.durationNs) / 1e9, 0)) s · "
        + "\(Units.rate(moment.ratePerSecond)) · p50 \(Units.latency(moment.p50Ns)) · p99 \(Units.latency(moment.p99Ns))"
        + "\(live) · errors \(Units.rate(moment.failuresPerSecond))")
  }

  private func noteLimits(_ figures: inout RunFigures, _ plan: LoadPlan) {
    if let own = figures.processes.last, own.cores > 0.9 * Double(plan.threads) {
      figures.notes.append(
        "The client used \(Units.decimal(own.cores, 2)) cores: it may be what limits. Try more --threads.")
    }
    if figures.total.failures.keys.contains(where: { $0.hasPrefix("429") }) {
      figures.notes.append(
        "429: the hub limits a user's requests. For a load test start it with RATE_LIMIT_USER_PER_MINUTE=0.")
    }
  }
}
