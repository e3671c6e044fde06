import HubRuntime

extension Site {
  /// The run's site from its first request until its tenant is dealt with.
  private static let entered = Locked<Site?>(nil)
  /// How often a removal is begun: a request that was cut off may be served after the first.
  private static let triesLimit = 3
  /// Pause for the hub to end what it is at.
  private static let settleNs: Int64 = 300_000_000

  /// Notes that from now on something may have to be removed.
  func enter() { Self.entered.with { $0 = self } }

  /// Ends the run's stay: removes its own tenant, unless it is to be kept; a line about what stays. Nobody may be using
  /// the tenant any more.
  func leave(_ console: Console) -> String {
    Self.entered.with { $0 = nil }
    guard isOwn else { return "The tenant \(tenant) stays, for --tenant named it." }
    guard isPassing else { return "The tenant \(tenant) stays. To remove it: \(removal)" }
    guard api.allSatisfy(\.isLoopback) else {
      return "The tenant \(tenant) stays, for the hub is not on this machine. To remove it, there: \(removal)"
    }
    console.progress("removing the tenant \(tenant)")
    let start = monotonicNs()
    for _ in 0..<Self.triesLimit {
      sleepNs(Self.settleNs)
      switch HubCommand.run(["tenant", "remove", "--tenant", tenant, "--yes"]) {
      case .absent:
        return "The tenant \(tenant) stays, for no orderhub lies beside orderhub-load. To remove it: \(removal)"
      case .ended(0):
        let time = Units.latency(monotonicNs() - start)
        switch try? isEmpty(.orders) {
        case true?: return "Its tenant \(tenant) was removed in \(time)."
        case nil: return "Its tenant \(tenant) was removed in \(time); the hub does not say whether anything stays."
        case false?: break
        }
      case .ended(let status):
        return "The tenant \(tenant) stays, or a part of it: its removal ended with status \(status). "
          + "To remove it: \(removal)"
      }
    }
    return "The tenant \(tenant) stays: orderhub in this folder has another database than \(api[0].name). "
      + "To remove it, with that hub's settings: \(removal)"
  }

  /// The same for a run that broke off before it could; nil if there is nothing to say.
  static func leaveUnfinished(_ console: Console) -> String? {
    guard let site = entered.with({ $0 }) else { return nil }
    return site.leave(console)
  }

  private var removal: String { "orderhub tenant remove --tenant \(tenant) --yes" }
}
