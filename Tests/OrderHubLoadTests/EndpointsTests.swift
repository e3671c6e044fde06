import HubContracts
import HubTestSupport
import Testing

@testable import orderhub_load

@Suite struct TargetTests {
  /// Rows whose p50 and p99, p50 alone, neither and nothing is within the target, and one without a target.
  private static func run() -> RunFigures {
    func row(_ name: String, _ latenciesMs: ClosedRange<Int64>?, targetMs: Int64?) -> RunFigures.Operation {
      var tally = OperationTally()
      for value in latenciesMs.map(Array.init) ?? [] { tally.latency.record(value * 1_000_000) }
      return RunFigures.Operation(name: name, tally: tally, targetNs: targetMs.map { $0 * 1_000_000 })
    }
    return RunFigures(
      scenario: "targets", seconds: 10,
      operations: [
        row("both", 1...100, targetMs: 150), row("half", 1...100, targetMs: 60), row("none", 1...100, targetMs: 5),
        row("silent", nil, targetMs: 5), row("free", 1...100, targetMs: nil),
      ])
  }

  @Test func aQuantileIsWithinTheTargetOrNotOrThereIsNone() {
    #expect(Self.run().operations.map { $0.isWithinTarget(at: 0.5) } == [true, true, false, false, nil])
    #expect(Self.run().operations.map { $0.isWithinTarget(at: 0.99) } == [true, false, false, false, nil])
  }

  @Test func whatIsExactlyTheTargetIsWithinIt() {
    var tally = OperationTally()
    tally.latency.record(100)
    #expect(RunFigures.Operation(name: "x", tally: tally, targetNs: 100).isWithinTarget(at: 0.99) == true)
    #expect(RunFigures.Operation(name: "x", tally: tally, targetNs: 99).isWithinTarget(at: 0.99) == false)
  }

  @Test func missedTargetsAreCountedWhereThereAreAny() {
    #expect(Self.run().missedTargets?.value == 3)
    #expect(sampleRun().missedTargets == nil)
  }

  @Test func oneExpectationSaysThatAllTargetsHold() throws {
    var run = Self.run()
    let expectation = try #require(Expectation("missed-targets=0"))
    #expect(!expectation.judge(run).holds, "the run does not count them")
    run.facts = [try #require(run.missedTargets)]
    #expect(!expectation.judge(run).holds)
    run.operations.removeAll { ["half", "none", "silent"].contains($0.name) }
    run.facts = [try #require(run.missedTargets)]
    #expect(expectation.judge(run).holds)
  }

  @Test func theTableHasTheTargetsWhereThereAreAny() {
    let lines = TextReport(figures: Self.run(), verdicts: [], usesColours: false).text.split(separator: "\n")
    func end(_ name: String) -> Substring? { lines.first { $0.hasPrefix(name) }?.suffix(18) }
    #expect(lines[1].hasSuffix("  errors   target    within"), "\(lines[1])")
    #expect(end("both")?.hasSuffix("150 ms  p50, p99") == true)
    #expect(end("half")?.hasSuffix("60.0 ms       p50") == true)
    #expect(end("none")?.hasSuffix("5.00 ms   neither") == true)
    #expect(end("silent")?.hasSuffix("5.00 ms   neither") == true)
    #expect(end("free")?.hasSuffix("ms       0") == true)
    let without = TextReport(figures: sampleRun(), verdicts: [], usesColours: false).text
    #expect(!without.contains("target"))
  }

  @Test func theJSONAndThePageHaveThem() {
    let json = Document(parsing: JSONReport.text(Self.run(), verdicts: []))
    let rows = json["operations"].items
    #expect(rows.prefix(2).map { $0["target"].value } == [150, 60])
    #expect(rows.prefix(2).map { $0["within"] } == [["p50": true, "p99": true], ["p50": true, "p99": false]])
    #expect(rows.last?["target"] == .missing)
    #expect(HTMLReport.text(Self.run(), verdicts: []).contains("p50, p99"))
  }
}

@Suite struct DashboardTests {
  private static let views: [DashboardErrand.View] = [.list, .search, .firstRead, .order, .remaining, .deliveries]
  private let book = OrderBook()

  private func dashboard(_ unread: UnreadOrders?) -> DashboardErrand {
    let text = RequestText(host: "hub", token: "t")
    return DashboardErrand(text, book: book, unread: unread, views: Self.views, operation: 10, turn: -1)
  }

  /// One round: what is asked for, and under which number it is counted; the answer has this status.
  private func round(_ errand: DashboardErrand, status: Int = 200) throws -> (place: Int, path: Substring) {
    let request = try #require(errand.next(startNs: 0))
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    let isGood = errand.take(Answer(status: status, head: nothing, body: nothing)) == nil
    #expect(isGood == (status == 200))
    if isGood { #expect(errand.next(startNs: 0) == nil) }
    let line = String(decoding: request.bytes.bytes.prefix { $0 != 0x0d }, as: UTF8.self)
    return (request.operation, line.split(separator: " ")[1])
  }

  @Test func anOrderIsReadFirstOnceAndThenAgain() throws {
    let unread = UnreadOrders(["a", "b"])
    book.created(id: "new", number: 1)
    let errand = dashboard(unread)
    let rounds = try (0..<17).map { _ in try round(errand) }
    #expect(
      rounds.prefix(6).map(\.path) == [
        "/api/orders?limit=20", "/api/orders?limit=20&search=%2B91000000002", "/api/orders/a", "/api/orders/a",
        "/api/orders/new/remaining", "/api/orders/a/deliveries",
      ])
    #expect(rounds.prefix(6).map(\.place) == [10, 11, 12, 13, 14, 15])
    #expect(rounds[7].path.contains("search="))
    #expect(rounds[8...9].map(\.path) == ["/api/orders/b", "/api/orders/b"])
    // Then none is left: the others go on with what was read last.
    #expect(rounds[12...].map(\.place) == [10, 11, 13, 14, 15])
    #expect(rounds.filter { $0.place == 12 }.map(\.path) == ["/api/orders/a", "/api/orders/b"])
    #expect(unread.count == 0)
  }

  @Test func anOrderWhoseFirstReadFailedIsNotReadAgain() throws {
    book.created(id: "new", number: 1)
    let errand = dashboard(UnreadOrders(["a", "b"]))
    _ = try (0..<2).map { _ in try round(errand) }
    #expect(try round(errand, status: 503).path == "/api/orders/a")
    // Neither `order` nor `deliveries` has one to show yet.
    #expect(try (0..<2).map { _ in try round(errand).place } == [14, 10])
  }

  @Test func withoutUnreadOrdersItReadsTheNewest() throws {
    let errand = dashboard(nil)
    #expect(try (0..<3).map { _ in try round(errand).place } == [10, 11, 10])
    book.created(id: "new", number: 1)
    _ = try round(errand)
    #expect(try round(errand).path == "/api/orders/new")
  }
}

@Suite struct JourneyTests {
  private static let kinds: [JourneyErrand.Step.Kind] = [.create, .deliver, .status, .invoice, .pay, .cancel]

  private func journey(_ course: [JourneyErrand.Step]) -> JourneyErrand {
    let text = RequestText(host: "hub", token: "t")
    return JourneyErrand(text, book: OrderBook(), kinds: Self.kinds, operation: 0, countsRounds: false) { _ in course }
  }

  private func answer(_ errand: JourneyErrand, _ status: Int, _ body: String) -> String? {
    Array(body.utf8).withUnsafeBytes {
      errand.take(Answer(status: status, head: UnsafeRawBufferPointer(start: nil, count: 0), body: $0))
    }
  }

  private static let created = #"{"order":{"id":"o","total":5,"status":"open"}}"#

  @Test func anOrderThatIsNotCancelledThoughTheAnswerIs200IsAFailure() {
    for (status, body, wrong) in [
      (200, #"{"order":{"status":"cancelled"}}"#, nil), (200, #"{"order":{"status":"open"}}"#, "open, not cancelled"),
      (201, #"{"order":{"status":"cancelled"}}"#, "201"), (409, #"{"error":{"code":"conflict"}}"#, "409 conflict"),
      (200, "{", "not JSON"),
    ] {
      let errand = journey(JourneyErrand.calledOff)
      #expect(errand.next(startNs: 0)?.operation == 0)
      #expect(answer(errand, 201, Self.created) == nil)
      #expect(errand.next(startNs: 0)?.operation == 5)
      let found = answer(errand, status, body)
      #expect(wrong == nil ? found == nil : found?.contains(wrong ?? "") == true, "\(found ?? "nothing")")
      // The round is over either way.
      if found == nil { #expect(errand.next(startNs: 0) == nil) }
      #expect(errand.next(startNs: 0)?.operation == 0)
    }
  }

  @Test func aDeliveryThatWasNotHandedOverAndAnInvoiceOfLessAreFailures() {
    let errand = journey(JourneyErrand.inOnePart)
    func walk(handedOver: String, invoiced: Int) -> [String?] {
      let answers = [
        (201, Self.created), (201, #"{"delivery":{"id":"d"},"order":{"status":"in_progress"}}"#),
        (200, #"{"delivery":{"status":"\#(handedOver)"},"order":{"status":"delivered"}}"#),
        (201, #"{"invoice":{"id":"i","total":\#(invoiced),"due":\#(invoiced)}}"#),
        (201, #"{"order":{"status":"completed","paid":5}}"#),
      ]
      var outcomes: [String?] = []
      for (status, body) in answers {
        guard errand.next(startNs: 0) != nil else { return outcomes }
        outcomes.append(answer(errand, status, body))
        if outcomes.last != .some(nil) { return outcomes }
      }
      #expect(errand.next(startNs: 0) == nil)
      return outcomes
    }
    #expect(walk(handedOver: "delivered", invoiced: 5) == [nil, nil, nil, nil, nil])
    #expect(
      walk(handedOver: "pending", invoiced: 5) == [nil, nil, "wrong: the delivery is pending, not delivered"])
    #expect(walk(handedOver: "delivered", invoiced: 4).last??.contains("invoices come to") == true)
  }
}

/// The scenario and its seeding against a real hub.
@Suite struct EndpointsTests {
  private static let rows = [
    "create", "deliver", "status", "invoice", "pay", "cancel", "list", "search", "stats", "first-read", "order",
    "remaining", "progress", "deliveries", "today",
  ]

  @Test func everyEndpointStandsBesideItsTarget() async throws {
    let run = try await LoadedHub.shared().load([
      "endpoints", "--orders", "60", "--deliveries", "150", "--rate", "4", "--connections", "9", "--think", "400ms",
      "--duration", "6s", "--warm-up", "200ms", "--expect", "missed-targets<=13", "--expect", "first-read.errors=0",
      "--json", "-",
    ])
    #expect(run.status == 0, "\(run)")
    #expect(run.json["operations"].items.map { $0["name"].text } == Self.rows)
    for name in Self.rows {
      #expect(run.operation(name)["count"].whole > 0, "\(name): \(run)")
      #expect(run.operation(name)["errors"] == 0, "\(name): \(run)")
    }
    for name in Self.rows {
      let promise = Promise.all.first { $0.row == name }
      #expect(run.operation(name)["target"] == (promise.map { .number(Double($0.ms)) } ?? .missing), "\(name)")
      #expect((run.operation(name)["within"] == .missing) == (promise == nil), "\(name)")
    }
    // A promise that no row measures would be kept by itself.
    #expect(Promise.all.allSatisfy { Self.rows.contains($0.row) })
    let missed = run.json["operations"].items.filter { $0["within"]["p99"] == false }
    #expect(run.json["facts"]["missed-targets"].whole == missed.count, "\(run)")
    // Each prepared order is read first at most once.
    #expect(run.operation("first-read")["count"].whole <= 60)
  }

  @Test func aMissedTargetFailsOnlyWhereItIsExpectedToHold() async throws {
    // One reader that asks once: nothing comes of most rows, and such a row keeps no promise.
    let words = [
      "endpoints", "--orders", "1", "--deliveries", "0", "--rate", "5", "--connections", "1", "--think", "300s",
      "--duration", "3s", "--warm-up", "0s", "--json", "-",
    ]
    let hub = try await LoadedHub.shared()
    let run = try await hub.load(words)
    #expect(run.status == 0, "\(run)")
    #expect(run.operation("deliveries")["within"]["p99"] == false)
    #expect(run.json["facts"]["missed-targets"].whole > 0)
    let expecting = try await hub.load(words + ["--expect", "missed-targets=0"])
    #expect(expecting.status == 1, "\(expecting)")
    #expect(expecting.errors.contains("missed-targets=0"))
  }

  @Test func itSaysWhenNoUnreadOrderIsLeft() async throws {
    let run = try await LoadedHub.shared().load([
      "endpoints", "--orders", "2", "--deliveries", "0", "--rate", "5", "--connections", "2", "--think", "20ms",
      "--duration", "3s", "--warm-up", "0s", "--json", "-",
    ])
    #expect(run.status == 0, "\(run)")
    #expect(run.operation("first-read")["count"].whole <= 2)
    #expect(run.operation("order")["count"].whole > 2, "\(run)")
    #expect(run.json["notes"].items.contains { $0.text.contains("first-read") }, "\(run)")
  }

  @Test func aSignalWhileItPreparesEndsItAndSaysWhatStays() async throws {
    let run = try await LoadedHub.alone { hub in
      try await hub.load(
        ["endpoints", "--orders", "1m", "--seed-connections", "1", "--tenant", "load-ended"],
        interruptedWhen: { hub.metric("orderhub_desk_commands_total") > 20 })
    }
    #expect(run.status == 1)
    #expect(run.output == "")
    #expect(run.errors.contains("Ctrl-C") && run.errors.contains("load-ended"), "\(run)")
  }

  @Test func seedsDeliveriesEvenlyAndSaysSo() async throws {
    let tenant = "load-seeding"
    let hub = try await LoadedHub.shared()
    let seed = try await hub.load([
      "seed", "--orders", "20", "--deliveries", "50", "--connections", "4", "--tenant", tenant, "--json", "-",
    ])
    #expect(seed.status == 0, "\(seed)")
    #expect(seed.operation("create")["count"] == 20)
    #expect(seed.operation("deliver")["count"] == 50)
    let ids = try await hub.read(["/api/orders?limit=100"], tenant: tenant)[0]["orders"].items.map { $0["id"].text }
    #expect(ids.count == 20)
    let numbers = try await hub.read(ids.map { "/api/orders/\($0)/deliveries" }, tenant: tenant).map {
      $0["deliveries"].items.count
    }
    #expect(numbers.filter { $0 == 3 }.count == 10)
    #expect(numbers.filter { $0 == 2 }.count == 10)
  }

  @Test(arguments: [
    ["endpoints", "--orders", "0"], ["endpoints", "--orders", "10", "--deliveries", "121"],
    ["endpoints", "--think", "0s"], ["endpoints", "--rate", "none"], ["endpoints", "--sockets", "5"],
    ["seed", "--orders", "10", "--deliveries", "121"], ["seed", "--deliveries", "-1"],
    ["endpoints", "--seed-connections", "0"],
  ])
  func refusesWhatCannotBePrepared(words: [String]) async throws {
    let run = try await LoadedHub.shared().load(words)
    #expect(run.status == 2, "\(run)")
    #expect(run.errors.contains("--help"), "\(run)")
  }
}
