import HubRuntime

import Glibc

/// Measures what a crew does over a stretch of time, and shows it meanwhile.
struct Measurement {
  let crew: Crew
  let site: Site
  let console: Console
  var withLive = false

  /// Lets the load run in, then measures. Ends early after Ctrl-C.
  func run(scenario: String, plan: LoadPlan) -> RunFigures {
    let begin = monotonicNs()
    let nothing = [OperationTally](repeating: OperationTally(), count: crew.operations.count)
    // Looking for the processes takes a moment, in which nothing may be measured.
    let watched = site.watched(withLive: withLive) + [getpid()]
    settle(plan)
    // Whoever ends it while it warms up gets what there is.
    if Interruption.hasCome {
      return figures(scenario, plan, since: nothing, seconds: Double(monotonicNs() - begin) / 1e9)
    }
    return measure(scenario: scenario, plan: plan, watched: watched)
  }

  private func settle(_ plan: LoadPlan) {
    let end = monotonicNs() + plan.rampNs + plan.warmUpNs
    while monotonicNs() < end, !Interruption.hasCome {
      let left = end - monotonicNs()
      console.progress("warming up: \(Units.decimal(Double(left) / 1e9, 0)) s left")
      sleepNs(min(max(left, 1), 200_000_000))
    }
  }

  private func measure(scenario: String, plan: LoadPlan, watched: [Int32]) -> RunFigures {
    let before = watched.compactMap(ProcessSample.of)
    let start = monotonicNs()
    let first = crew.tallies()
    var series: [RunFigures.Moment] = []
    var (last, lastNs) = (first, start)
    while lastNs - start < plan.durationNs, !Interruption.hasCome {
      // A short rest at the end joins the moment before it.
      let left = plan.durationNs - (lastNs - start)
      Interruption.rest(untilNs: lastNs + (left < 1_500_000_000 ? left : 1_000_000_000))
      let (now, tallies) = (monotonicNs(), crew.tallies())
      let moment = moment(zip(tallies, last).map { $0.since($1) }, seconds: Double(now - lastNs) / 1e9, at: now - start)
      series.append(moment)
      (last, lastNs) = (tallies, now)
      show(moment, plan)
    }
    var figures = figures(scenario, plan, since: first, seconds: Double(lastNs - start) / 1e9)
    figures.series = series
    figures.processes = before.compactMap { sample in
      ProcessSample.of(sample.processID)?.use(since: sample, seconds: figures.seconds)
    }
    noteLimits(&figures, plan)
    return figures
  }

  private func figures(_ scenario: String, _ plan: LoadPlan, since first: [OperationTally], seconds: Double)
    -> RunFigures
  {
    var figures = RunFigures(scenario: scenario, settings: plan.settings, seconds: seconds)
    figures.wasInterrupted = Interruption.hasCome
    figures.operations = zip(crew.operations, zip(crew.tallies(), first)).map { operation, tallies in
      RunFigures.Operation(
        name: operation.name, tally: tallies.0.since(tallies.1), kind: operation.kind, targetNs: operation.targetNs)
    }
    if figures.wasInterrupted { figures.notes.append("Ended by Ctrl-C: these are the figures so far.") }
    return figures
  }

  /// Ends the users, and counts what an open loop could not start.
  func stopUsers(_ figures: inout RunFigures) {
    let late = crew.stopUsers()
    guard late > 0, let place = figures.operations.firstIndex(where: { $0.kind == .request }) else { return }
    figures.operations[place].tally.failures[OperationTally.neverStarted, default: 0] += Int64(late)
    figures.notes.append(
      "\(late) requests never started: all users were busy. Add --connections, or ask for a smaller rate.")
  }

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
