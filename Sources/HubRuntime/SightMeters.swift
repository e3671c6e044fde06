public import HubWire

/// Counts what was left out of what customers were given.
public struct SightMeters: Sendable {
  private let staffOnly: Counter
  private let unnamedMembers: Counter
  private let unnamedEvents: Counter

  /// Makes the counters.
  public init(_ metrics: Metrics) {
    func counter(_ what: String) -> Counter {
      metrics.counter(.withheld, labels: [("what", what)])
    }
    staffOnly = counter("staff_only")
    unnamedMembers = counter("unnamed_member")
    unnamedEvents = counter("unnamed_event")
  }

  /// Counts what was left out of one thing.
  public func note(_ withheld: Withheld) {
    if withheld.staffOnly > 0 { staffOnly.add(withheld.staffOnly) }
    if withheld.unnamedMembers > 0 { unnamedMembers.add(withheld.unnamedMembers) }
    if withheld.unnamedEvents > 0 { unnamedEvents.add(withheld.unnamedEvents) }
  }

  /// Counts an event of which nothing was shown.
  public func noteEvent() { unnamedEvents.add() }
}
