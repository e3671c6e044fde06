import HubRuntime

/// The faults of one seed, one after the other.
struct FaultPlan {
  private let seed: UInt64
  private let spacing: Int
  private var index = 0
  private var points: Int

  /// In which order processes die at the crash points: mixed, so that neighbours lie apart, and the same for all seeds.
  /// A seed decides where it begins: the rounds of a run have seeds one after the other, and so come by all of them.
  private static let order: [CrashPoint] = {
    var random = SeededRandom(seed: 0)
    return CrashPoint.allCases.shuffled(using: &random)
  }()
  /// About as many points as a round comes by; it shares no factor with their number.
  private static let pointsOfRound: UInt64 = 15

  /// `spacing` is about how many operations lie between two faults.
  init(seed: UInt64, spacing: Int) {
    self.seed = seed
    self.spacing = spacing
    let count = UInt64(Self.order.count)
    points = Int(seed % count * Self.pointsOfRound % count)
  }

  mutating func next() -> Fault {
    let fault = Fault(seed: seed, index: index, spacing: spacing, point: Self.order[points % Self.order.count])
    index += 1
    if case .crash = fault.kind { points += 1 }
    return fault
  }
}
