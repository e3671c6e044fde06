import HubTestSupport

/// Numbers that a seed decides, and what a plan makes of them.
struct SeededRandom: RandomNumberGenerator {
  private var numbers: SplitMix

  init(seed: UInt64) { numbers = SplitMix(state: seed) }

  /// A stream of its own for one purpose: the same words give the same numbers, other words others.
  init(seed: UInt64, _ words: UInt64...) {
    self.init(seed: seed)
    for word in words { numbers = SplitMix(state: next() ^ (word &* 0x9e37_79b9_7f4a_7c15)) }
  }

  mutating func next() -> UInt64 { numbers.next() }

  /// 0 ..< bound; 0 if the bound is not above it.
  mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }

  /// Whether something happens that happens so many times in a hundred.
  mutating func percent(_ chance: Int) -> Bool { below(100) < chance }

  /// One of several, each as likely as its weight.
  mutating func pick<Choice>(_ weighted: [(Choice, Int)]) -> Choice {
    var left = below(weighted.reduce(0) { $0 + $1.1 })
    for (choice, weight) in weighted {
      if left < weight { return choice }
      left -= weight
    }
    preconditionFailure("a choice among \(weighted.count) with weights that do not sum up")
  }
}
