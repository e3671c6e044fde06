import HubRuntime

/// The faults of one seed, one after the other.
struct FaultPlan {
  /// How many faults there are, and how many of them are crashes.
  struct Density: Sendable, Equatable, CustomStringConvertible {
    /// About so many operations lie between two faults.
    var spacing = 70
    var crashesInHundred = 30

    /// As `scripts/faults` takes it.
    var description: String { "--spacing \(spacing) --crashes \(crashesInHundred)" }
  }

  private let seed: UInt64
  private let density: Density
  private var index = 0
  private var points: Int
  private let order: [CrashPoint]

  /// In which order processes die at the crash points: mixed, so that neighbours lie apart, and the same for all seeds.
  /// A seed decides where it begins: the rounds of a run have seeds one after the other, and so come by all of them.
  private static func mixed(_ points: [CrashPoint]) -> [CrashPoint] {
    var random = SeededRandom(seed: 0)
    return points.shuffled(using: &random)
  }
  /// About as many points as a round comes by; it shares no factor with their number.
  private static let pointsOfRound: UInt64 = 27

  /// `points` are those that what is done passes.
  init(seed: UInt64, _ density: Density, points: [CrashPoint] = CrashPoint.allCases) {
    self.seed = seed
    self.density = density
    order = Self.mixed(points)
    let count = UInt64(points.count)
    self.points = Int(seed % count * Self.pointsOfRound % count)
  }

  /// Which part of the planned faults is of each kind, by name: counted over a long plan.
  static func shares(_ density: Density) -> [String: Double] {
    let count = 10_000
    var plan = FaultPlan(seed: 0, density)
    let names = (0..<count).map { _ in plan.next().name }
    return Dictionary(grouping: names) { $0 }.mapValues { Double($0.count) / Double(count) }
  }

  mutating func next() -> Fault {
    let fault = Fault(seed: seed, index: index, density, point: order[points % order.count])
    index += 1
    if case .crash = fault.kind { points += 1 }
    return fault
  }
}
