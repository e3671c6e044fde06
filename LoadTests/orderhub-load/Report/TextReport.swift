/// The figures for a person: a table, and what it does not say.
struct TextReport {
  let figures: RunFigures
  let verdicts: [Expectation.Verdict]
  let usesColours: Bool

  var text: String {
    var lines = [bold("\(figures.scenario), \(Units.decimal(figures.seconds, 1)) s") + "  " + settings]
    if let occasion = figures.occasion {
      lines.append("\(occasion.commandLine)  (version \(occasion.version), \(occasion.startedAt))")
    }
    lines += [""] + operations
    if !figures.facts.isEmpty { lines += [""] + facts }
    let failures = failureLines
    if !failures.isEmpty { lines += ["", bold("errors")] + failures }
    if !figures.processes.isEmpty { lines += [""] + processes }
    if !verdicts.isEmpty { lines += [""] + verdicts.map(line) }
    if !figures.notes.isEmpty { lines += [""] + figures.notes.map { "note: \($0)" } }
    return lines.joined(separator: "\n")
  }

  private var settings: String { figures.settings.map { "\($0.name) \($0.value)" }.joined(separator: ", ") }

  private var operations: [String] {
    // What has a target is shown even if nothing came of it.
    let shown = figures.operations.filter { !$0.tally.isEmpty || $0.targetNs != nil }
    let targetTitles = shown.contains { $0.targetNs != nil } ? ["target", "within"] : []
    var table = Table(["", "count", "rate", "p50", "p90", "p99", "p99.9", "max", "errors"] + targetTitles)
    for operation in shown {
      let rate = operation.kind == .aside ? "-" : Units.rate(figures.ratePerSecond(operation))
      table.add(row(operation.name, operation.tally, rate: rate) + target(operation))
    }
    let requests = shown.filter { $0.kind == .request }
    if requests.count > 1, figures.hasTotal {
      table.add(row("all requests", figures.total, rate: Units.rate(figures.ratePerSecond)))
    }
    return table.lines()
  }

  private func row(_ name: String, _ tally: OperationTally, rate: String) -> [String] {
    let latency = tally.latency
    func shown(_ value: Int64) -> String { latency.count > 0 ? Units.latency(value) : "-" }
    return [name, Units.grouped(latency.count), rate]
      + Expectation.quantiles.map { shown(latency.value(at: $0.part)) }
      + [shown(latency.largest), Units.grouped(tally.failureCount)]
  }

  /// The target, and which of the quantiles stayed within it.
  private func target(_ operation: RunFigures.Operation) -> [String] {
    guard let targetNs = operation.targetNs else { return [] }
    let within = RunFigures.Operation.targetQuantiles.filter { operation.isWithinTarget(at: $0.part) == true }
    return [Units.latency(targetNs), within.isEmpty ? "neither" : within.map(\.name).joined(separator: ", ")]
  }

  private var facts: [String] {
    var table = Table(["", ""])
    for fact in figures.facts { table.add([fact.meaning, Self.value(fact)]) }
    return Array(table.lines().dropFirst())
  }

  static func value(_ fact: RunFigures.Fact) -> String {
    switch fact.unit {
    case .count: Units.grouped(Int64(fact.value.rounded()))
    case .seconds: Units.latency(Int64(fact.value * 1e9))
    case .perSecond: Units.rate(fact.value)
    case .percent: Units.decimal(fact.value, 1) + "%"
    case .bytes: Units.memory(Int64(fact.value))
    }
  }

  private var failureLines: [String] {
    var table = Table(["", ""])
    for operation in figures.operations {
      for (kind, count) in operation.tally.failures.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
        table.add(["  \(operation.name): \(kind)", Units.grouped(count)])
      }
    }
    return Array(table.lines().dropFirst())
  }

  private var processes: [String] {
    var table = Table(["process", "id", "cores", "memory"])
    for process in figures.processes {
      table.add([
        process.name, "\(process.processID)", Units.decimal(process.cores, 2), Units.memory(process.residentBytes),
      ])
    }
    return table.lines()
  }

  private func line(_ verdict: Expectation.Verdict) -> String {
    let found =
      verdict.value.map { "it is \(Self.value($0, of: verdict.expectation))" } ?? "this run has no such figure"
    return (verdict.holds ? colour("holds ", 32) : colour("FAILED", 31)) + "  \(verdict.expectation.text): \(found)"
  }

  private static func value(_ value: Double, of expectation: Expectation) -> String {
    switch expectation.figure {
    case "p50", "p90", "p99", "p999", "max", "mean": Units.latency(Int64(value))
    case "rate": Units.rate(value)
    case _ where expectation.isPercent: Units.decimal(value, 3) + "%"
    default: value == value.rounded() ? Units.decimal(value, 0) : Units.decimal(value, 3)
    }
  }

  private func bold(_ text: String) -> String { colour(text, 1) }
  private func colour(_ text: String, _ code: Int) -> String { usesColours ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }
}

extension OperationTally {
  /// Whether nothing came of it, good or bad.
  var isEmpty: Bool { latency.count == 0 && failures.isEmpty }
}
