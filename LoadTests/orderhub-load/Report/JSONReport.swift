import HubWire

/// The figures for a program. Latencies are in milliseconds, memory in bytes, rates a second.
enum JSONReport {
  static func text(_ figures: RunFigures, verdicts: [Expectation.Verdict]) -> String {
    var json = JSONWriter(capacity: 4_096)
    json.beginObject()
    json.member("scenario", figures.scenario)
    json.member("version", figures.occasion?.version)
    json.member("startedAt", figures.occasion?.startedAt)
    json.member("commandLine", figures.occasion?.commandLine)
    json.name("settings")
    json.beginObject()
    for setting in figures.settings {
      json.name(text: setting.name)
      json.string(setting.value)
    }
    json.endObject()
    json.decimal("seconds", figures.seconds)
    json.member("interrupted", figures.wasInterrupted)
    if figures.hasTotal {
      json.name("total")
      write(figures.total, rate: figures.ratePerSecond, name: nil, kind: .request, to: &json)
    }
    json.member("operations", figures.operations) { json, operation in
      write(
        operation.tally, rate: figures.ratePerSecond(operation), name: operation.name, kind: operation.kind, to: &json
      ) { writeTarget(of: operation, to: &$0) }
    }
    json.name("facts")
    json.beginObject()
    for fact in figures.facts {
      json.name(text: fact.name.rawValue)
      json.raw(Units.decimal(fact.value, [.count, .bytes].contains(fact.unit) ? 0 : 6).utf8)
    }
    json.endObject()
    json.member("processes", figures.processes) { json, process in
      json.beginObject()
      json.member("name", process.name)
      json.member("pid", Int(process.processID))
      json.decimal("cores", process.cores)
      json.member("residentBytes", process.residentBytes)
      json.endObject()
    }
    json.member("series", figures.series) { json, moment in
      json.beginObject()
      json.decimal("at", moment.at)
      json.decimal("rate", moment.ratePerSecond)
      json.decimal("errors", moment.failuresPerSecond)
      json.decimal("p50", Double(moment.p50Ns) / 1e6)
      json.decimal("p99", Double(moment.p99Ns) / 1e6)
      json.decimal("p999", Double(moment.p999Ns) / 1e6)
      json.endObject()
    }
    json.member("expectations", verdicts) { json, verdict in
      json.beginObject()
      json.member("text", verdict.expectation.text)
      json.member("holds", verdict.holds)
      json.endObject()
    }
    json.member("notes", figures.notes) { json, note in json.string(note) }
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self) + "\n"
  }

  private static func write(
    _ tally: OperationTally, rate: Double, name: String?, kind: RunFigures.Operation.Kind,
    to json: inout JSONWriter, more: (inout JSONWriter) -> Void = { _ in }
  ) {
    json.beginObject()
    if let name { json.member("name", name) }
    json.member("kind", kind.rawValue)
    json.member("count", tally.latency.count)
    json.decimal("rate", rate)
    for quantile in Expectation.quantiles {
      json.name(text: quantile.name)
      json.raw(Units.decimal(Double(tally.latency.value(at: quantile.part)) / 1e6, 6).utf8)
    }
    json.decimal("max", Double(tally.latency.largest) / 1e6)
    json.decimal("mean", tally.latency.mean / 1e6)
    json.member("errors", tally.failureCount)
    json.name("errorsByKind")
    json.beginObject()
    for (kind, count) in tally.failures.sorted(by: { $0.key < $1.key }) {
      json.name(text: kind)
      json.number(count)
    }
    json.endObject()
    more(&json)
    json.endObject()
  }

  private static func writeTarget(of operation: RunFigures.Operation, to json: inout JSONWriter) {
    guard let targetNs = operation.targetNs else { return }
    json.decimal("target", Double(targetNs) / 1e6)
    json.name("within")
    json.beginObject()
    for quantile in RunFigures.Operation.targetQuantiles {
      json.name(text: quantile.name)
      json.raw((operation.isWithinTarget(at: quantile.part) == true ? "true" : "false").utf8)
    }
    json.endObject()
  }
}

extension JSONWriter {
  /// A member that is a number with six decimals.
  fileprivate mutating func decimal(_ name: StaticString, _ value: Double) {
    self.name(name)
    raw(Units.decimal(value, 6).utf8)
  }
}
