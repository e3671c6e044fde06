import HubTestSupport
import Orders
import Testing

@testable import orderhub_load

/// A run of two kinds of request: 100 of 1…100 ms and one failure, and 50 of 5 ms.
func sampleRun() -> RunFigures {
  var run = RunFigures(scenario: "sample <1>", seconds: 10)
  var first = OperationTally()
  for value in 1...100 { first.latency.record(Int64(value) * 1_000_000) }
  first.fail("503 overloaded")
  var second = OperationTally()
  for _ in 0..<50 { second.latency.record(5_000_000) }
  run.operations = [
    RunFigures.Operation(name: "create", tally: first), RunFigures.Operation(name: "read", tally: second),
    RunFigures.Operation(name: "event", tally: second, kind: .event),
  ]
  run.facts = [RunFigures.Fact(name: .missing, value: 0, unit: .count, meaning: "events missing")]
  run.series = (1...10).map {
    RunFigures.Moment(
      at: Double($0), ratePerSecond: 15, failuresPerSecond: 0, p50Ns: 5_000_000, p99Ns: 90_000_000, p999Ns: 99_000_000)
  }
  run.processes = [RunFigures.ProcessUse(name: "orderhub api", processID: 7, cores: 0.5, residentBytes: 1_048_576)]
  return run
}

@Suite struct ExpectationTests {
  @Test(arguments: [
    "create.p50<52ms", "p99<=100ms", "p99.9<0.2s", "rate>14.9", "rate >= 15", "errors=1", "errors<1%", "missing=0",
    "read.max<6ms", "mean<40ms", "read.errors=0", "event.rate=5", "create.errors<0.991%",
  ])
  func holds(text: String) throws {
    let verdict = try #require(Expectation(text)).judge(sampleRun())
    #expect(verdict.holds, "\(verdict)")
  }

  @Test(arguments: [
    "create.p50<49ms", "p99>200ms", "rate>15", "errors=0", "errors<0.1%", "missing>0", "nothing.p99<1s", "lost=0",
    "create.errors<0.99%",
  ])
  func doesNotHold(text: String) throws {
    #expect(try !#require(Expectation(text)).judge(sampleRun()).holds)
  }

  @Test func aRowMayHaveSpacesInItsName() throws {
    var run = sampleRun()
    run.operations[1].name = "turned away"
    #expect(try #require(Expectation("turned away.max<6ms")).judge(run).holds)
    #expect(try !#require(Expectation("turned away.max<4ms")).judge(run).holds)
  }

  @Test(arguments: ["", "p99", "p99<", "<5ms", "p99<5", "p99~5ms", ".p99<5ms", "rate>fast", "errors<-1", "p99<5%"])
  func refusesWhatCannotBeUnderstood(text: String) {
    #expect(Expectation(text) == nil)
  }

  @Test func aFigureThatTheRunDoesNotHaveNeverHolds() throws {
    let verdict = try #require(Expectation("lost=0")).judge(sampleRun())
    #expect(verdict.value == nil)
    #expect(!verdict.holds)
  }
}

@Suite struct ConclusionTests {
  /// A run of `live` of which these rows had something that went well.
  private func status(_ good: [String], rows: [(name: String, kind: RunFigures.Operation.Kind)]) throws -> Int32 {
    let words = ["--expect", "missing=0", "--quiet"]
    let plan = try LoadPlan(try GivenOptions(words, kinds: LoadPlan.kinds(connections: 1)), connections: 1)
    var run = RunFigures(scenario: "live", seconds: 1)
    run.operations = rows.map { row in
      var tally = OperationTally()
      if good.contains(row.name) { tally.latency.record(1) } else { tally.fail("503") }
      return RunFigures.Operation(name: row.name, tally: tally, kind: row.kind)
    }
    run.facts = [RunFigures.Fact(name: .missing, value: 0, unit: .count, meaning: "events missing")]
    return try Conclusion.reach(run, plan: plan, console: Console(isQuiet: true))
  }

  @Test func whereNoRequestWentWellNothingDid() throws {
    let live: [(name: String, kind: RunFigures.Operation.Kind)] = [
      ("create", .request), ("connect", .aside), ("event", .event),
    ]
    #expect(try status(["create", "connect", "event"], rows: live) == Program.Exit.ok)
    #expect(try status(["create"], rows: live) == Program.Exit.ok)
    #expect(try status(["connect", "event"], rows: live) == Program.Exit.failure)
    #expect(try status([], rows: live) == Program.Exit.failure)
  }

  @Test func aScenarioWithoutRequestsHasItsConnections() throws {
    let herd: [(name: String, kind: RunFigures.Operation.Kind)] = [("connect", .aside), ("back", .aside)]
    #expect(try status(["back"], rows: herd) == Program.Exit.ok)
    #expect(try status([], rows: herd) == Program.Exit.failure)
  }
}

@Suite struct UnitTests {
  @Test(arguments: [
    ("250us", 250_000), ("20ms", 20_000_000), ("1.5s", 1_500_000_000), ("2m", 120_000_000_000), ("7ns", 7),
  ])
  func readsTimes(text: String, ns: Int64) {
    #expect(Units.nanoseconds(text) == ns)
  }

  @Test(arguments: ["", "5", "s", "-1s", "1e3s", "5 s", "1..2s", "25000m", "٣s"])
  func refusesOtherTimes(text: String) {
    #expect(Units.nanoseconds(text) == nil)
  }

  @Test func readsCounts() {
    #expect(["7", "10k", "1m", "1_000", "2.5k"].map { Units.count($0) } == [7, 10_000, 1_000_000, 1_000, 2_500])
    #expect(["", "k", "-1", "1.5", "2000m"].map { Units.count($0) } == [nil, nil, nil, nil, nil])
  }

  @Test func writesNumbersForPeople() {
    #expect(Units.decimal(2.005, 1) == "2.0")
    #expect(Units.decimal(-0.04, 1) == "0.0")
    #expect(Units.decimal(.nan, 1) == "0")
    #expect(Units.grouped(-1_234_567) == "-1,234,567")
    #expect(Units.latency(85_000) == "0.085 ms")
    #expect(Units.latency(12_340_000) == "12.3 ms")
    #expect(Units.latency(1_250_000_000) == "1.25 s")
    #expect(Units.rate(98_421.4) == "98,421/s")
  }
}

@Suite struct ReportTests {
  @Test func theColumnsOfATableLineUp() {
    var table = Table(["", "count", "p50"])
    table.add(["create", "7", "1.00 ms"])
    table.add(["a longer name", "12,345", "-"])
    #expect(
      table.lines() == [
        "                count      p50", "create              7  1.00 ms", "a longer name  12,345        -",
      ])
  }

  @Test func theTextHasEveryFigureAndNoColourUnlessAsked() throws {
    let verdicts = [try #require(Expectation("p99<1ms")).judge(sampleRun())]
    let plain = TextReport(figures: sampleRun(), verdicts: verdicts, usesColours: false).text
    for part in [
      "create", "all requests", "150", "503 overloaded", "events missing", "orderhub api", "FAILED  p99<1ms",
    ] {
      #expect(plain.contains(part), "\(part)")
    }
    #expect(!plain.contains("\u{1b}"))
    #expect(TextReport(figures: sampleRun(), verdicts: verdicts, usesColours: true).text.contains("\u{1b}[31mFAILED"))
  }

  @Test func theJSONHasTheFigures() throws {
    let verdicts = [try #require(Expectation("errors=1")).judge(sampleRun())]
    let json = Document(parsing: JSONReport.text(sampleRun(), verdicts: verdicts))
    #expect(json["scenario"] == "sample <1>")
    #expect(json["total"]["count"] == 150)
    #expect(json["total"]["rate"] == 15)
    #expect(json["operations"].items.map { $0["name"].text } == ["create", "read", "event"])
    #expect(json["operations"][0]["errorsByKind"] == ["503 overloaded": 1])
    #expect(abs(json["operations"][1]["p99"].value - 5) < 0.05)
    #expect(json["facts"] == ["missing": 0])
    #expect(json["series"].items.count == 10)
    #expect(json["expectations"].items == [["text": "errors=1", "holds": true]])
  }

  @Test func everyReportSaysWhichRunItIsOf() throws {
    var run = sampleRun()
    let given = try GivenOptions(["--tenant", "<shop>"], kinds: Site.kinds, command: "read")
    run.occasion = Occasion(given, now: Timestamp(millis: 0), version: "1.2.3")
    let line = "orderhub-load read --tenant '<shop>'"
    let text = TextReport(figures: run, verdicts: [], usesColours: false).text
    #expect(text.contains("\n\(line)  (version 1.2.3, 1970-01-01T00:00:00.000Z)\n"))
    let json = Document(parsing: JSONReport.text(run, verdicts: []))
    #expect([json["version"], json["startedAt"]] == ["1.2.3", "1970-01-01T00:00:00.000Z"])
    #expect(json["commandLine"] == .string(line))
    let page = HTMLReport.text(run, verdicts: [])
    #expect(page.contains("orderhub-load read --tenant '&lt;shop&gt;'  (version 1.2.3, 1970-01-01T00:00:00.000Z)"))
  }

  @Test func thePageNeedsNothingElse() {
    let page = HTMLReport.text(sampleRun(), verdicts: [])
    #expect(page.contains("<polyline"))
    #expect(page.contains("sample &lt;1&gt;"))
    for part in ["<script", "src=", "<link", "@import", "url("] { #expect(!page.contains(part), "\(part)") }
  }

  @Test func aScaleHasRoundRulesThatHoldAllValues() {
    #expect(Scale(values: [3, 10], isLogarithmic: false).rules.first == 0)
    #expect(abs(Scale(values: [3, 18], isLogarithmic: false).part(10) - 0.5) < 0.01)
    let far = Scale(values: [0.04, 29], isLogarithmic: true)
    #expect(far.rules.count == 5)
    #expect(abs(far.part(1) - 0.5) < 1e-9)
    #expect(far.part(0) == 0)
    for value in [0.04, 29] { #expect((0...1).contains(far.part(value))) }
  }

  @Test func aChartOfNothingIsStillAChart() {
    let chart = LineChart(title: "t", lines: [LineChart.Line(name: "n", points: [])], marks: []) { "\($0)" }
    #expect(chart.svg.hasPrefix("<svg"))
    #expect(chart.svg.hasSuffix("</svg>"))
  }
}
