/// Numbers that a seed decides: SplitMix64, after Steele, Lea and Flood.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A stream of its own for one purpose: the same words give the same numbers, other words others.
  init(seed: UInt64, _ words: UInt64...) {
    state = seed
    for word in words {
      state = next() ^ (word &* 0x9e37_79b9_7f4a_7c15)
    }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

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
