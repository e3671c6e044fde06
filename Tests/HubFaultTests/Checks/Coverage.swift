import HubRuntime

extension FaultRun.Options {
  /// Whether a run surely comes by what `FaultRun.Report.gaps` asks for.
  var isLongEnough: Bool { operations >= 1_000 && seconds >= 40 }
}

extension FaultRun.Report {
  /// Where so few processes of the hub have died a run says little.
  private static let fewestCrashPoints = 3
  /// From so many faults on a run is asked for all kinds of them.
  static let faultsOfLongRun = 300
  /// A kind that is planned so often on average and is never made is missing for a reason, and not by chance.
  static let surelyPlanned = 10.0
  /// So many crash points may be missing in a long run: some are passed only when several things come together.
  static let crashPointsMissing = 4
  private static let protocols = ["WebSocket", "Socket.IO", "server-sent events"]

  /// What a run must have come by and has not: one in which nothing happens finds nothing wrong.
  /// With `isUpgrade` processes were replaced, and done was what an older version knows; of their deaths nothing is asked
  /// for, as that version dies at no crash point.
  func gaps(_ density: FaultPlan.Density, isUpgrade: Bool = false) -> [String] {
    var gaps: [String] = isUpgrade ? gapsOfUpgrade : gapsOfTables
    for outcome in ["ok", "refused"] where outcomes[outcome, default: 0] == 0 { gaps.append("no call was \(outcome)") }
    if tally.made == 0 { gaps.append("no fault was made") }
    // Whoever asks for hardly any crashes gets hardly any.
    if !isUpgrade, density.crashesInHundred >= 20, tally.crashPoints.count < Self.fewestCrashPoints {
      gaps.append("processes died at \(tally.crashPoints.count) crash points, not at \(Self.fewestCrashPoints)")
    }
    if tally.made >= Self.faultsOfLongRun { gaps += gapsOfLongRun(density, isUpgrade: isUpgrade) }
    for name in Self.protocols {
      let following = followings[name] ?? Following()
      if following.events == 0 { gaps.append("no event came by \(name)") }
      if following.returns == 0 { gaps.append("nobody came back by \(name)") }
    }
    return gaps
  }

  private var gapsOfTables: [String] {
    [
      (expiries, "no order ended by its timer"), (shortages, "nothing was short"),
    ].filter { $0.0 == 0 }.map(\.1)
  }

  private var gapsOfUpgrade: [String] {
    [
      (upgrade.toNew, "no process was replaced by a newer one"), (upgrade.migrations, "nothing was migrated"),
    ].filter { $0.0 == 0 }.map(\.1)
  }

  /// What a run with many faults must have come by too: each kind of fault, and nearly all crash points.
  private func gapsOfLongRun(_ density: FaultPlan.Density, isUpgrade: Bool) -> [String] {
    let shares = FaultPlan.shares(density)
    var gaps = shares.keys.sorted().filter { name in
      (shares[name] ?? 0) * Double(tally.planned) >= Self.surelyPlanned && tally.counts[name, default: 0] == 0
    }.map { "no fault was \($0)" }
    let points = CrashPoint.allCases.count
    // Twice round: each point has had its turn.
    let hasComeRound = (shares["crash"] ?? 0) * Double(tally.planned) >= Double(2 * points)
    if !isUpgrade, hasComeRound, tally.crashPoints.count < points - Self.crashPointsMissing {
      gaps.append("processes died at \(tally.crashPoints.count) of \(points) crash points")
    }
    return gaps
  }
}
