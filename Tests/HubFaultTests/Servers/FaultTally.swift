import HubRuntime

/// How many faults were planned, and what became of them.
struct FaultTally: Sendable {
  /// Those whose turn came.
  private(set) var planned = 0
  /// Those that took effect.
  private(set) var made = 0
  /// Those of them that were done to Redis.
  private(set) var redisFaults = 0
  /// How many of each kind took effect, by name.
  private(set) var counts: [String: Int] = [:]
  /// How many of each kind had their turn, and took no effect.
  var missed: [String: Int] {
    var missed: [String: Int] = [:]
    for (name, count) in plannedCounts where count > counts[name, default: 0] {
      missed[name] = count - counts[name, default: 0]
    }
    return missed
  }
  private var plannedCounts: [String: Int] = [:]
  /// Where processes died.
  private(set) var crashPoints: Set<CrashPoint> = []

  /// A fault has its turn.
  mutating func planned(_ fault: Fault) {
    planned += 1
    plannedCounts[fault.name, default: 0] += 1
  }

  /// A fault took effect; of a crash: the process has died there.
  mutating func made(_ fault: Fault) {
    made += 1
    if fault.touches.contains("redis") { redisFaults += 1 }
    counts[fault.name, default: 0] += 1
    guard case .crash(let point, _) = fault.kind else { return }
    crashPoints.insert(point)
    counts["crash at \(point.rawValue)", default: 0] += 1
  }

  mutating func add(_ other: FaultTally) {
    planned += other.planned
    made += other.made
    redisFaults += other.redisFaults
    plannedCounts.merge(other.plannedCounts) { $0 + $1 }
    counts.merge(other.counts) { $0 + $1 }
    crashPoints.formUnion(other.crashPoints)
  }
}

/// A fault could not be made as things are, and nothing was changed.
struct NotMade: Error, CustomStringConvertible {
  /// Why.
  let description: String

  init(_ description: String) { self.description = description }
}
