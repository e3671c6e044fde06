extension FaultRun.Options {
  /// Whether a run surely comes by what `FaultRun.Report.gaps` asks for.
  var isLongEnough: Bool { operations >= 1_000 && seconds >= 40 }
}

extension FaultRun.Report {
  /// Where so few processes of the hub have died a run says little.
  private static let fewestCrashPoints = 3
  private static let protocols = ["WebSocket", "Socket.IO", "server-sent events"]

  /// What a run must have come by and has not: one in which nothing happens finds nothing wrong.
  func gaps(_ density: FaultPlan.Density) -> [String] {
    var gaps: [String] = []
    for outcome in ["ok", "refused"] where outcomes[outcome, default: 0] == 0 { gaps.append("no call was \(outcome)") }
    if tally.made == 0 { gaps.append("no fault was made") }
    // Whoever asks for hardly any crashes gets hardly any.
    if density.crashesInHundred >= 20, tally.crashPoints.count < Self.fewestCrashPoints {
      gaps.append("processes died at \(tally.crashPoints.count) crash points, not at \(Self.fewestCrashPoints)")
    }
    for name in Self.protocols {
      let following = followings[name] ?? Following()
      if following.events == 0 { gaps.append("no event came by \(name)") }
      if following.returns == 0 { gaps.append("nobody came back by \(name)") }
    }
    return gaps
  }
}
