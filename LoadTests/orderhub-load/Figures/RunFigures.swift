/// What a run measured: what every report is made from.
struct RunFigures: Sendable, Equatable {
  /// The scenario's name.
  var scenario: String
  /// Which run it was; nil of a part of one.
  var occasion: Occasion?
  /// What was asked for, as `connections` → `32`.
  var settings: [Setting] = []
  /// For how long it was measured, warm-up left out.
  var seconds: Double = 0
  /// Whether Ctrl-C ended it early.
  var wasInterrupted = false
  /// By kind of request or event, in the order of the scenario.
  var operations: [Operation] = []
  /// Second by second, over all requests.
  var series: [Moment] = []
  /// Further figures of the scenario.
  var facts: [Fact] = []
  /// What the processes used.
  var processes: [ProcessUse] = []
  /// What the reader should know.
  var notes: [String] = []

  /// One setting of the run.
  struct Setting: Sendable, Equatable {
    var name: String
    var value: String
  }

  /// One kind of request.
  struct Operation: Sendable, Equatable {
    var name: String
    var tally: OperationTally
    var kind = Kind.request
    /// For how long it was measured, if not as long as all others.
    var seconds: Double?
    /// How many of those that went well were under way when the time was up: they count, but in no rate.
    var afterEnd: Int64 = 0
    /// What the hub promises that its latencies stay within; nil if nothing.
    var targetNs: Int64?

    /// Those that are held against a target.
    static let targetQuantiles = Expectation.quantiles.filter { ["p50", "p99"].contains($0.name) }

    /// Whether the part `quantile` (0…1) of what went well stayed within the target; nil if there is none. What never
    /// went well did not.
    func isWithinTarget(at quantile: Double) -> Bool? {
      guard let targetNs else { return nil }
      return tally.latency.count > 0 && tally.latency.value(at: quantile) <= targetNs
    }

    /// What is counted.
    enum Kind: String, Sendable {
      /// A request: counts in the totals.
      case request
      /// An event at a client, or a whole journey: has a rate of its own.
      case event
      /// What happened before or after the measurement, as connecting: has no rate.
      case aside
    }
  }

  /// One stretch of time, about a second.
  struct Moment: Sendable, Equatable {
    /// When it ended, in seconds from the start of the measurement.
    var at: Double
    var ratePerSecond: Double
    var failuresPerSecond: Double
    var p50Ns: Int64
    var p99Ns: Int64
    var p999Ns: Int64

    /// What came in so many seconds that end at `at`.
    init(_ tally: OperationTally, seconds: Double, at: Double) {
      self.init(
        at: at, ratePerSecond: Double(tally.latency.count) / max(seconds, 1e-9),
        failuresPerSecond: Double(tally.failureCount) / max(seconds, 1e-9), p50Ns: tally.latency.value(at: 0.5),
        p99Ns: tally.latency.value(at: 0.99), p999Ns: tally.latency.value(at: 0.999))
    }

    /// One whose figures are known.
    init(at: Double, ratePerSecond: Double, failuresPerSecond: Double, p50Ns: Int64, p99Ns: Int64, p999Ns: Int64) {
      self.at = at
      self.ratePerSecond = ratePerSecond
      self.failuresPerSecond = failuresPerSecond
      self.p50Ns = p50Ns
      self.p99Ns = p99Ns
      self.p999Ns = p999Ns
    }
  }

  /// A figure of its own, as how many events are missing.
  struct Fact: Sendable, Equatable {
    var name: Name
    var value: Double
    var unit: Unit
    /// What it says, for people.
    var meaning: String

    /// All that a scenario may say. Each is known before a run, so that an expectation can be held against it.
    enum Name: String, Sendable, CaseIterable {
      case missing, deliveries, cut, recovered, resync, unrecovered
      case allEvents = "all-events"
      case back, failed
      case refused503 = "refused-503"
      case missedTargets = "missed-targets"
      case goodput, offered, growth, broken
      case memoryBefore = "memory-before"
      case memoryMost = "memory-most"
    }

    /// What it is counted in.
    enum Unit: String, Sendable {
      case count, seconds, perSecond, percent, bytes
    }
  }

  /// What a process used while it was measured.
  struct ProcessUse: Sendable, Equatable {
    var name: String
    var processID: Int32
    /// In parts of one core.
    var cores: Double
    /// Resident memory at the end, in bytes.
    var residentBytes: Int64
  }

  /// Whether what was measured has a sum: not where one was measured after the other.
  var hasTotal: Bool { operations.allSatisfy { $0.kind != .request || $0.seconds == nil } }

  /// Whether anything came of it: a request that went well, where there are requests. That clients connected, or heard of
  /// what others did, is no result of those.
  var hasResult: Bool {
    let requests = operations.filter { $0.kind == .request }
    return (requests.isEmpty ? operations : requests).contains { $0.tally.latency.count > 0 }
  }

  /// All requests together.
  var total: OperationTally {
    operations.filter { $0.kind == .request }.reduce(into: OperationTally()) { $0.add($1.tally) }
  }

  /// How many operations have a p99 above their target; nil if none has a target.
  var missedTargets: Fact? {
    let answers = operations.compactMap { $0.isWithinTarget(at: 0.99) }
    if answers.isEmpty { return nil }
    return Fact(
      name: .missedTargets, value: Double(answers.count { !$0 }), unit: .count,
      meaning: "rows whose p99 is above the target")
  }

  /// How many of an operation went well each second, while the time ran.
  func ratePerSecond(_ operation: Operation) -> Double {
    let seconds = operation.seconds ?? seconds
    return seconds > 0 ? Double(operation.tally.latency.count - operation.afterEnd) / seconds : 0
  }

  /// How many requests went well each second, while the time ran.
  var ratePerSecond: Double {
    let count = operations.filter { $0.kind == .request }.reduce(0) { $0 + $1.tally.latency.count - $1.afterEnd }
    return seconds > 0 ? Double(count) / seconds : 0
  }
}
