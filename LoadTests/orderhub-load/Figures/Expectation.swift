/// A threshold: `p99<20ms`, `rate>=1000`, `errors<0.1%`, `create.p50<5ms`, `missing=0`.
struct Expectation: Sendable, Equatable {
  /// As it was written.
  let text: String
  /// The kind of request that it is about; nil: all together.
  let operation: String?
  let figure: String
  let comparison: Comparison
  /// In nanoseconds, a second, in parts of a hundred, or a number, as the figure has it.
  let limit: Double
  /// Whether the limit is in percent: only of errors, goodput, offered and growth.
  let isPercent: Bool

  /// How the figure must stand to the limit.
  enum Comparison: String, Sendable, CaseIterable {
    case atMost = "<="
    case atLeast = ">="
    case less = "<"
    case more = ">"
    case equal = "="

    func holds(_ value: Double, _ limit: Double) -> Bool {
      switch self {
      case .atMost: value <= limit
      case .atLeast: value >= limit
      case .less: value < limit
      case .more: value > limit
      case .equal: value == limit
      }
    }
  }

  /// What became of it.
  struct Verdict: Sendable, Equatable {
    let expectation: Expectation
    /// What was measured, in the unit of the limit; nil if the run has no such figure.
    let value: Double?
    /// Whether it holds. A figure that the run does not have never does.
    let holds: Bool
  }

  static let quantiles: [(name: String, part: Double)] = [
    ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999),
  ]
  private static let percentages = ["errors", "goodput", "offered", "growth"]
  static let allowed = "FIGURE<LIMIT, as in p99<20ms, rate>1000, errors<0.1%, errors=0, create.p50<5ms, missing=0"

  /// The figures that any row has, and those of some scenarios.
  static let rowFigures = quantiles.map(\.name) + ["max", "mean", "rate", "errors"]
  static let facts = RunFigures.Fact.Name.allCases.map(\.rawValue)

  /// Why no run can have the figure; nil if one can. What one scenario alone has is known to all, and so are all rows.
  var refusal: String? {
    if Self.rowFigures.contains(figure) || operation == nil && Self.facts.contains(figure) { return nil }
    let known = "there are \(Self.rowFigures.joined(separator: ", "))"
    if operation != nil { return "no row has a figure \(figure); \(known)" }
    return "there is no figure \(figure); \(known), and of some scenarios \(Self.facts.joined(separator: ", "))"
  }

  /// Reads one; nil if it cannot be understood.
  init?(_ text: String) {
    let compact = text.filter { $0 != " " }
    guard let start = compact.firstIndex(where: { "<>=".contains($0) }) else { return nil }
    let rest = compact[start...]
    guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else { return nil }
    var figure = compact[..<start]
    var operation: String?
    if let dot = figure.lastIndex(of: "."), figure[figure.index(after: dot)...].contains(where: \.isLetter) {
      operation = String(figure[..<dot])
      figure = figure[figure.index(after: dot)...]
      if operation?.isEmpty != false { return nil }
    }
    if figure == "p99.9" { figure = "p999" }
    guard !figure.isEmpty, figure.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }) else { return nil }
    var limit = rest.dropFirst(comparison.rawValue.count)
    // Of a figure that nobody knows the unit is not what is wrong.
    let mayBePercent =
      Self.percentages.contains(String(figure)) || !(Self.rowFigures + Self.facts).contains(String(figure))
    isPercent = mayBePercent && limit.hasSuffix("%")
    if isPercent { limit = limit.dropLast() }
    let isLatency = ["max", "mean"].contains(figure) || Self.quantiles.contains { $0.name == figure }
    let value: Double?
    if isLatency {
      value = Units.nanoseconds(limit).map(Double.init)
    } else if let ns = Units.nanoseconds(limit) {
      value = Double(ns) / 1e9
    } else {
      value = Units.number(limit)
    }
    guard let value else { return nil }
    self.text = text
    self.operation = operation
    self.figure = String(figure)
    self.comparison = comparison
    self.limit = value
  }

  /// Compares it with what was measured.
  func judge(_ run: RunFigures) -> Verdict {
    let value = measured(run)
    return Verdict(expectation: self, value: value, holds: value.map { comparison.holds($0, limit) } ?? false)
  }

  private func measured(_ run: RunFigures) -> Double? {
    let tally: OperationTally
    var rate = run.ratePerSecond
    if let operation {
      // Spaces were taken out when it was read.
      guard let found = run.operations.first(where: { $0.name.filter { $0 != " " } == operation }) else { return nil }
      tally = found.tally
      rate = run.ratePerSecond(found)
    } else if let fact = run.facts.first(where: { $0.name.rawValue == figure }) {
      return fact.value
    } else {
      // One after the other has a number of errors together, but neither a rate nor a latency.
      if !run.hasTotal, figure != "errors" { return nil }
      tally = run.total
    }
    if let quantile = Self.quantiles.first(where: { $0.name == figure }) {
      return tally.latency.count > 0 ? Double(tally.latency.value(at: quantile.part)) : nil
    }
    switch figure {
    case "max": return tally.latency.count > 0 ? Double(tally.latency.largest) : nil
    case "mean": return tally.latency.count > 0 ? tally.latency.mean : nil
    case "rate": return rate
    case "errors":
      let failures = Double(tally.failureCount)
      let all = failures + Double(tally.latency.count)
      return isPercent ? (all > 0 ? failures / all * 100 : 0) : failures
    default: return nil
    }
  }
}
