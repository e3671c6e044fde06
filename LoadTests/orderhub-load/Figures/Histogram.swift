/// How often each latency was seen, in nanoseconds: buckets that grow with the value, so that none is off by more than
/// 1/128 of it. Two of them can be added, and an earlier state of one can be taken away from a later one.
struct Histogram: Sendable, Equatable {
  /// How many values it holds.
  private(set) var count: Int64 = 0
  /// What they come to together.
  private(set) var sum: Int64 = 0
  private var buckets: [Int64]

  private static let stepBits = 7
  private static let steps = 1 << stepBits
  /// Values are cut at 2^40 ns, about 18 minutes.
  private static let topBits = 40
  /// The largest value that is told from larger ones.
  static let limitNs: Int64 = (1 << topBits) - 1
  private static let bucketCount = (topBits - stepBits + 1) * steps

  /// An empty one. It has all its room from the start: to record allocates nothing.
  init() { buckets = [Int64](repeating: 0, count: Self.bucketCount) }

  /// Notes one value; a negative one counts as 0.
  mutating func record(_ valueNs: Int64) {
    let value = min(max(0, valueNs), Self.limitNs)
    buckets[Self.index(value)] += 1
    count += 1
    sum += value
  }

  /// Adds what another holds.
  mutating func add(_ other: Histogram) {
    for index in buckets.indices { buckets[index] += other.buckets[index] }
    count += other.count
    sum += other.sum
  }

  /// What came since `earlier`, which must be an earlier state of this one.
  func since(_ earlier: Histogram) -> Histogram {
    var rest = self
    for index in rest.buckets.indices { rest.buckets[index] -= earlier.buckets[index] }
    rest.count -= earlier.count
    rest.sum -= earlier.sum
    return rest
  }

  /// The value below or at which the part `quantile` (0…1) of all lies; 0 if there is none.
  func value(at quantile: Double) -> Int64 {
    guard count > 0 else { return 0 }
    let wanted = max(1, Int64((min(max(quantile, 0), 1) * Double(count)).rounded(.up)))
    var seen: Int64 = 0
    for index in buckets.indices {
      seen += buckets[index]
      if seen >= wanted { return Self.middle(index) }
    }
    return Self.limitNs
  }

  /// The largest value; 0 if there is none.
  var largest: Int64 { buckets.lastIndex { $0 > 0 }.map(Self.middle) ?? 0 }

  /// The mean; 0 if there is none.
  var mean: Double { count > 0 ? Double(sum) / Double(count) : 0 }

  static func index(_ value: Int64) -> Int {
    if value < steps { return Int(value) }
    let shift = 63 - value.leadingZeroBitCount - stepBits
    return shift * steps + Int(value >> Int64(shift))
  }

  /// The middle of a bucket's range.
  static func middle(_ index: Int) -> Int64 {
    if index < 2 * steps { return Int64(index) }
    let shift = Int64(index / steps - 1)
    let low = Int64(index % steps + steps) << shift
    return low + (1 << shift) / 2
  }
}
