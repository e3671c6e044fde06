import Orders
import Testing

@testable import orderhub_load

@Suite struct ArrivalScheduleTests {
  @Test func startsAreEvenWithoutARamp() {
    let schedule = ArrivalSchedule(ratePerSecond: 200, rampSeconds: 0)
    #expect((0..<4).map(schedule.startNs) == [0, 5_000_000, 10_000_000, 15_000_000])
  }

  @Test func theRateGrowsOverTheRamp() {
    let schedule = ArrivalSchedule(ratePerSecond: 100, rampSeconds: 2)
    // Half the rate on average while it grows.
    #expect(schedule.startNs(100) == 2_000_000_000)
    #expect(schedule.startNs(25) == 1_000_000_000)
    #expect(schedule.startNs(200) == 3_000_000_000)
    let starts = (0..<300).map(schedule.startNs)
    #expect(zip(starts, starts.dropFirst()).allSatisfy(<))
  }

  @Test(arguments: [(50.0, 0.0), (1_000.0, 0.5), (0.5, 3.0)])
  func countIsTheNumberOfStartsUpToAMoment(rate: Double, ramp: Double) {
    let schedule = ArrivalSchedule(ratePerSecond: rate, rampSeconds: ramp)
    for number in [0, 1, 7, 99] {
      let start = schedule.startNs(number)
      #expect(schedule.count(byNs: start + 1_000) == number + 1)
      if number > 0 { #expect(schedule.count(byNs: start - 1_000) == number) }
    }
    #expect(schedule.count(byNs: -1) == 0)
  }
}

@Suite struct OptionTests {
  private static let kinds = [
    OptionKind(name: "rate", value: "N", summary: ""), OptionKind(name: "quiet", summary: ""),
    OptionKind(name: "expect", value: "TEXT", summary: "", repeats: true),
  ]

  @Test func understandsValuesBehindAndAttached() throws {
    let given = try GivenOptions(
      ["--rate=5", "--expect", "p99<1s", "--quiet", "--expect", "errors=0"], kinds: Self.kinds)
    #expect(try given.rate("rate") == 5)
    #expect(given.texts("expect") == ["p99<1s", "errors=0"])
    #expect(given.has("quiet"))
    #expect(!given.wantsHelp)
  }

  @Test func helpGoesBeforeWhatFollows() throws {
    #expect(try GivenOptions(["--help", "--nonsense"], kinds: Self.kinds).wantsHelp)
  }

  @Test(arguments: [
    ["--rat", "5"], ["--rate"], ["--rate", "5", "--rate", "6"], ["--quiet=yes"], ["word"], ["--rate="],
  ])
  func refusesWhatItDoesNotKnow(words: [String]) {
    #expect(throws: UsageProblem.self) { try GivenOptions(words, kinds: Self.kinds) }
  }

  @Test(arguments: [
    ["--duration", "0.1s"], ["--duration", "-5s"], ["--connections", "0"], ["--connections", "1e9"],
    ["--connections", "many"], ["--threads", "65"], ["--rate", "0"], ["--expect", "p98<3ms"],
    ["--expect", "goodputt>=80%"], ["--expect", "create.p98<3ms"], ["--expect", "create.missing=0"],
    ["--expect", "p99<fast"], ["--expect", "p99"], ["--timeout", "25h"],
  ])
  func refusesPlansThatCannotBe(words: [String]) {
    let kinds = LoadPlan.kinds(connections: 8) + [LoadPlan.rateKind]
    #expect(throws: UsageProblem.self) {
      try LoadPlan(try GivenOptions(words, kinds: kinds), connections: 8)
    }
  }

  @Test func whatNoRunHasIsRefusedWithWhatThereIs() throws {
    let kinds = LoadPlan.kinds(connections: 8)
    func message(_ expectation: String) throws -> String {
      let given = try GivenOptions(["--expect", expectation], kinds: kinds)
      let problem = #expect(throws: UsageProblem.self) { try LoadPlan(given, connections: 8) }
      return problem?.message ?? ""
    }
    let misspelt = try message("goodputt>=80%")
    #expect(misspelt.hasPrefix("--expect goodputt>=80%: there is no figure goodputt; there are p50, "), "\(misspelt)")
    for name in Expectation.rowFigures + Expectation.facts { #expect(misspelt.contains(name), "\(name)") }
    #expect(try message("create.missing=0").hasSuffix("there are p50, p90, p99, p999, max, mean, rate, errors"))
  }

  @Test(arguments: ["p99.9<3ms", "create.errors<1%", "goodput>=80%", "refused-503=0", "a row.max<1s"])
  func whatARunMayHaveIsTaken(expectation: String) throws {
    let given = try GivenOptions(["--expect", expectation], kinds: LoadPlan.kinds(connections: 8))
    #expect(try LoadPlan(given, connections: 8).expectations.map(\.text) == [expectation])
  }

  @Test func aPlanHasItsPresets() throws {
    let plan = try LoadPlan(try GivenOptions([], kinds: []), connections: 8)
    #expect(plan.connections == 8)
    #expect(plan.durationNs == 10_000_000_000)
    #expect(plan.pace == .closed(thinkMs: 0))
  }

  @Test func aRateMakesAnOpenLoop() throws {
    let kinds = LoadPlan.kinds(connections: 8) + [LoadPlan.rateKind]
    let plan = try LoadPlan(
      try GivenOptions(["--rate", "50", "--ramp", "500ms", "--duration", "3"], kinds: kinds), connections: 8)
    #expect(plan.pace == .open(ArrivalSchedule(ratePerSecond: 50, rampSeconds: 0.5)))
    #expect(plan.durationNs == 3_000_000_000)
  }
}

@Suite struct OccasionTests {
  private static let kinds = LoadPlan.kinds(connections: 8) + Site.kinds

  @Test func aReportSaysHowItsRunWasCalledAndNotItsSecrets() throws {
    for words in [["--token", "a-hidden-word"], ["--token=a-hidden-word"]] {
      let given = try GivenOptions(
        words + ["--tenant=shop", "--expect", "p99<5ms", "--quiet", "--html", "it's.html"], kinds: Self.kinds,
        command: "read")
      let occasion = Occasion(given, now: Timestamp(millis: 1_772_539_200_000), version: "1.2.3")
      #expect(
        occasion.commandLine
          == #"orderhub-load read --token '***' --tenant shop --expect 'p99<5ms' --quiet --html 'it'\''s.html'"#)
      #expect(occasion.startedAt == "2026-03-03T12:00:00.000Z")
      #expect(occasion.version == "1.2.3")
    }
  }
}

@Suite struct OutputFileTests {
  @Test(arguments: ["-", "run.json", "./run.json", "../run.json"]) func takesWhatCanBeWritten(path: String) throws {
    let given = try GivenOptions(["--json", path], kinds: LoadPlan.kinds(connections: 8))
    #expect(try OutputFile.named("json", given) == path)
    #expect(try OutputFile.named("html", given) == nil)
  }

  @Test(arguments: [
    ("nonesuch/page.html", "there is no folder nonesuch; make it first: mkdir -p nonesuch"),
    ("/tmp", "this is a folder"),
    ("/dev/null/page.html", "there is no folder /dev/null"), ("nonesuch/", "there is no folder nonesuch"),
  ])
  func whatCannotBeWrittenIsFoundBeforeTheRun(path: String, told: String) throws {
    let given = try GivenOptions(["--html", path], kinds: LoadPlan.kinds(connections: 8))
    let problem = #expect(throws: UsageProblem.self) { try LoadPlan(given, connections: 8) }
    #expect(problem?.message.hasPrefix("--html \(path): \(told)") == true, "\(problem?.message ?? "")")
  }
}

@Suite struct AddressTests {
  @Test(arguments: [
    ("http://127.0.0.1:3002", "127.0.0.1", 3_002), ("ws://localhost:3003/", "localhost", 3_003),
    ("hub-1.example.org:80", "hub-1.example.org", 80),
  ])
  func readsHostAndPort(text: String, host: String, port: UInt16) {
    #expect(Address(text) == Address(host: host, port: port))
  }

  @Test(arguments: ["", "127.0.0.1", "https://hub:1", "http://hub:0", "hub:65536", "http://hub:1/x", "a b:1", ":1"])
  func refusesAnythingElse(text: String) {
    #expect(Address(text) == nil)
  }

  @Test func onlyThisMachineAndNamedHostsMayBeTargets() {
    let rule = TargetRule(allowedHosts: ["hub.example.org"])
    #expect(rule.refusal(of: Address(host: "localhost", port: 1), isLoopback: true) == nil)
    #expect(rule.refusal(of: Address(host: "hub.example.org", port: 1), isLoopback: false) == nil)
    let refusal = rule.refusal(of: Address(host: "10.0.0.9", port: 1), isLoopback: false)
    #expect(refusal?.contains("--target-allow 10.0.0.9") == true)
  }
}
