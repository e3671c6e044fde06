import Foundation
import HubRuntime
import HubTestSupport
import Testing

/// The program itself, against a real hub. All scenarios run at once and beside other tests: so each asks for little, and
/// has time. Where arrivals come at a rate there are as many connections as arrivals: each starts when it is due, however
/// long those before it take.
@Suite struct EndToEndTests {
  private static let short = lasting("5s")
  private static func lasting(_ duration: String) -> [String] {
    ["--duration", duration, "--warm-up", "200ms", "--timeout", "100s", "--json", "-"]
  }

  private func run(_ words: String...) async throws -> LoadRun {
    try await LoadedHub.shared().load(words + Self.short)
  }

  /// A run in which an operation comes to its end: longer ones where a busy machine has none come to it in a short one.
  private func run(_ words: String..., until operation: String) async throws -> LoadRun {
    for duration in ["5s", "30s"] {
      let run = try await LoadedHub.shared().load(words + Self.lasting(duration))
      if run.status != 0 || run.operation(operation)["count"].whole > 0 { return run }
    }
    return try await LoadedHub.shared().load(words + Self.lasting("100s"))
  }

  /// That an operation went well, some times at least, with latencies that can be.
  private func expectSound(
    _ run: LoadRun, _ name: String, atLeast count: Int = 1, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let operation = run.operation(name)
    #expect(operation["count"].whole >= count, "\(name): \(run)", sourceLocation: sourceLocation)
    #expect(operation["errors"] == 0, "\(name): \(run)", sourceLocation: sourceLocation)
    let quantiles = ["p50", "p90", "p99", "p999", "max"].map { operation[$0].value }
    #expect(quantiles == quantiles.sorted(), "\(name): \(quantiles)", sourceLocation: sourceLocation)
    #expect(quantiles[0] > 0, "\(name): \(quantiles)", sourceLocation: sourceLocation)
  }

  @Test func readsFromMemoryAndFromTheDatabase() async throws {
    async let reading = run("read", "--view", "uncached", "--rate", "20", "--connections", "110", "--orders", "5")
    let cached = try await run("read", "--view", "cached", "--rate", "40", "--connections", "220", "--orders", "5")
    #expect(cached.status == 0)
    for view in ["order", "remaining", "progress", "stats"] { expectSound(cached, view) }
    #expect(cached.json["processes"].items.contains { $0["name"].text.hasPrefix("orderhub api") }, "\(cached)")
    let uncached = try await reading
    for view in ["list", "deliveries", "events"] { expectSound(uncached, view) }
  }

  @Test func createsAtTheRateThatWasAsked() async throws {
    let began = Date()
    let create = try await run("create", "--rate", "20", "--connections", "110", "--expect", "errors=0")
    let most = Date().timeIntervalSince(began) * 20 + 1
    #expect(create.status == 0)
    expectSound(create, "create", atLeast: 10)
    #expect(create.operation("create")["count"].value <= most)
  }

  @Test func delivers() async throws {
    async let heating = run(
      "deliver", "--one-order", "--rate", "10", "--connections", "60", "--orders", "1", "--status", "delivered")
    let spread = try await run("deliver", "--rate", "10", "--connections", "60", "--orders", "8")
    expectSound(spread, "deliver")
    let hot = try await heating
    expectSound(hot, "deliver")
    #expect(hot.json["scenario"] == "deliver, one order")
  }

  @Test func takesOrdersThroughTheirLives() async throws {
    let journey = try await run("journey", "--rate", "2", "--connections", "20", until: "journey")
    #expect(journey.status == 0, "\(journey)")
    for step in ["create", "deliver", "invoice", "pay", "read"] { expectSound(journey, step, atLeast: 1) }
    expectSound(journey, "journey", atLeast: 1)
  }

  @Test(arguments: [[], ["--socket-io"]])
  func everyLiveClientHearsOfEveryOrderAndGetsWhatItMissed(words: [String]) async throws {
    let live = try await LoadedHub.shared().load(
      [
        "live", "--sockets", "20", "--rate", "5", "--connections", "30", "--expect", "missing=0", "--expect",
        "recovered=2",
      ] + words
        + Self.short)
    #expect(live.status == 0, "\(live)")
    expectSound(live, "create")
    expectSound(live, "event", atLeast: 20)
    expectSound(live, "recover", atLeast: 2)
    #expect(live.operation("connect")["count"].whole >= 20)
    #expect(live.json["facts"]["cut"] == 2)
  }

  @Test func mixesOrdersDashboardsAndLiveClients() async throws {
    let mixed = try await run(
      "mixed", "--connections", "10", "--think", "300ms", "--sockets", "5", "--rate", "5")
    #expect(mixed.status == 0, "\(mixed)")
    for name in ["create", "deliver", "stats", "list", "today", "order", "event"] { expectSound(mixed, name) }
  }

  @Test func aRestartThatFailsIsExitStatusOne() async throws {
    let herd = try await LoadedHub.shared().load(["herd", "--sockets", "2", "--restart", "exit 3"])
    #expect(herd.status == 1)
    #expect(herd.errors.contains("ended with 3"))
  }

  @Test func allClientsComeBackThoughSomeAreRefusedAtFirst() async throws {
    // Five times what the hub takes in a second.
    let herd = try await LoadedHub.alone(handshakesPerSecond: 40) { hub in
      try await hub.load(["herd", "--sockets", "200", "--connect-ramp", "8s", "--json", "-"])
    }
    #expect(herd.status == 0, "\(herd)")
    #expect(herd.operation("back")["count"] == 200, "\(herd)")
    #expect(herd.json["facts"]["refused-503"].whole > 0, "\(herd)")
    #expect(herd.json["facts"]["back"].value > 0.1)
  }

  @Test func seedsAndMeasuresGrowth() async throws {
    let hub = try await LoadedHub.shared()
    let seed = try await hub.load(["seed", "--orders", "150", "--connections", "8", "--json", "-"])
    #expect(seed.status == 0)
    #expect(seed.operation("create")["count"] == 150)
    let growth = try await hub.load([
      "growth", "--sizes", "30,60", "--duration", "2s", "--warm-up", "0s", "--connections", "2", "--json", "-",
    ])
    #expect(growth.status == 0, "\(growth)")
    for name in ["list", "deep-page", "search-one", "search-many", "stats", "create", "deliver"] {
      let both = [30, 60].map { growth.operation("\(name)@\($0)") }
      #expect(both.allSatisfy { $0["errors"] == 0 }, "\(name): \(growth)")
      // At one of the sizes the database may have rested.
      expectSound(growth, both[0]["count"].whole > 0 ? "\(name)@30" : "\(name)@60")
    }
  }

  @Test func anExpectationThatFailsIsExitStatusOne() async throws {
    let failing = try await run("read", "--rate", "10", "--orders", "1", "--expect", "p99<1ns")
    #expect(failing.status == 1)
    #expect(failing.json["expectations"][0]["holds"] == false)
    #expect(failing.errors.contains("p99<1ns"))
  }

  @Test func aSignalEndsARunWithTheFiguresSoFar() async throws {
    let run = try await LoadedHub.alone { hub in
      try await hub.load(
        ["read", "--duration", "3000s", "--warm-up", "0s", "--orders", "1", "--rate", "20", "--json", "-"],
        interruptedWhen: { hub.metric("orderhub_copies_hits_total") > 20 })
    }
    #expect(run.status == 0, "\(run)")
    #expect(run.json["interrupted"] == true)
    #expect(run.operation("remaining")["count"].whole > 0)
  }

  @Test(arguments: [
    [], ["bench"], ["read", "--viw", "order"], ["read", "--api", "http://192.0.2.1:80"], ["live", "--sockets", "0"],
    ["herd", "--duration", "5s"], ["mixed", "--duration", "2s", "--duration=3s"], ["read", "--token", "x"],
    ["herd", "--restart"], ["overload", "--request", "pay"], ["overload", "--factor", "1"],
    ["overload", "--ramp", "2s"], ["read", "--expect", "p98<3ms"], ["overload", "--expect", "goodputt>=80%"],
    ["read", "--html", "nonesuch/page.html"], ["read", "--json", "nonesuch/run.json"], ["read", "--html", "/tmp"],
    ["growth", "--svg", "nonesuch/plot.svg"], ["read", "--into-existing"],
    ["herd", "--html", "page.html"], ["seed", "--html", "page.html"], ["growth", "--html", "page.html"],
  ])
  func aWrongCommandLineIsExitStatusTwo(words: [String]) async throws {
    let run = try await LoadedHub.shared().load(words)
    #expect(run.status == 2, "\(run)")
    #expect(run.output == "")
    #expect(run.errors.contains(words.isEmpty ? "usage" : "orderhub-load"))
  }

  @Test(arguments: [
    (["raed"], "no command raed (did you mean read?)"),
    (["read", "--durtion", "5s"], "no option --durtion (did you mean --duration?)"),
    (["read", "--tokn=a-hidden-word"], "no option --tokn (did you mean --token?)"),
  ])
  func whatIsMistypedIsNamedWithWhatIsMostLikeIt(words: [String], told: String) async throws {
    let run = try await LoadedHub.shared().load(words)
    #expect(run.status == 2 && run.errors.contains(told), "\(run)")
    #expect(!run.errors.contains("a-hidden-word"))
  }

  @Test(arguments: ["--version", "version"]) func itSaysItsVersion(word: String) async throws {
    let run = try await LoadedHub.shared().load([word])
    #expect(run.status == 0)
    #expect(run.output == "orderhub-load \(HubVersion.text)\n")
  }

  @Test func aHubThatIsNotThereOrRefusesTheTokenIsExitStatusOne() async throws {
    let hub = try await LoadedHub.shared()
    let absent = try await hub.load(["read", "--api", "127.0.0.1:\(try freePort())"])
    #expect(absent.status == 1)
    #expect(absent.errors.contains("scripts/run"))
    let strange = try await hub.load(["read"], secret: "another-secret-0123456789-abcdefghijk")
    #expect(strange.status == 1)
    #expect(strange.errors.contains("JWT_SECRET"))
    let without = try await hub.load(["read"], secret: nil)
    #expect(without.status == 1)
    #expect(without.errors.contains("JWT_SECRET"))
  }

  @Test func everyCommandExplainsItself() async throws {
    let hub = try await LoadedHub.shared()
    for name in [
      "read", "create", "deliver", "journey", "live", "mixed", "endpoints", "herd", "overload", "seed", "growth",
    ] {
      let help = try await hub.load([name, "--help"])
      #expect(help.status == 0)
      #expect(help.output.contains("usage: orderhub-load \(name)"))
      #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(help)")
    }
  }
}
