/// What all scenarios are told: how long, how hard, and what to make of it.
struct LoadPlan: Sendable {
  var connections: Int
  /// Requests a second of an open loop; nil: a closed one.
  var ratePerSecond: Double?
  var durationNs: Int64
  var warmUpNs: Int64
  var rampNs: Int64
  var timeoutNs: Int64
  var threads: Int
  var expectations: [Expectation]
  var jsonFile: String?
  var htmlFile: String?
  var isQuiet: Bool
  let occasion: Occasion

  static let connectionLimit = 100_000

  /// Options that every scenario has, with its own number of users.
  static func kinds(connections: Int) -> [OptionKind] {
    [
      OptionKind(
        name: "connections", value: "N", summary: "users at once, each on a connection of its own",
        preset: "\(connections)")
    ] + kinds
  }

  /// The options that have nothing to do with users.
  private static let kinds: [OptionKind] = [
    OptionKind(name: "duration", value: "TIME", summary: "for how long it is measured", preset: "10s"),
    OptionKind(name: "warm-up", value: "TIME", summary: "load before that, which does not count", preset: "2s"),
    OptionKind(name: "ramp", value: "TIME", summary: "time over which users, or the rate, grow first", preset: "0s"),
    OptionKind(
      name: "timeout", value: "TIME",
      summary: "longest a request may take; what is under way at the end is waited for so long, and counts",
      preset: "10s"
    ),
    OptionKind(name: "threads", value: "N", summary: "threads of the client", preset: "1"),
    OptionKind(
      name: "expect", value: "TEXT", summary: "a threshold, as in 'p99<20ms'; exit status 1 if it does not hold",
      repeats: true),
    OptionKind(name: "json", value: "FILE", summary: "write the figures as JSON; - is the standard output"),
    OptionKind(name: "html", value: "FILE", summary: "write a page with plots over time"),
    OptionKind(name: "quiet", summary: "no progress, no table"),
  ]

  static let rateKind = OptionKind(
    name: "rate", value: "N",
    summary: "start so many a second, whatever the answers take (open loop); without it each user goes on when it is"
      + " answered (closed loop)"
  )

  /// Understands them.
  init(_ given: GivenOptions, connections preset: Int, warmUpSeconds: Double = 2) throws(UsageProblem) {
    connections = try given.count("connections", preset: preset, in: 1...Self.connectionLimit)
    ratePerSecond = try given.rate("rate")
    durationNs = try given.duration("duration", presetSeconds: 10, atLeastSeconds: 0.5)
    warmUpNs = try given.duration("warm-up", presetSeconds: warmUpSeconds)
    rampNs = try given.duration("ramp", presetSeconds: 0)
    timeoutNs = try given.duration("timeout", presetSeconds: 10, atLeastSeconds: 0.25)
    threads = try given.count("threads", preset: 1, in: 1...64)
    jsonFile = try OutputFile.named("json", given)
    htmlFile = try OutputFile.named("html", given)
    occasion = Occasion(given)
    isQuiet = given.has("quiet") || jsonFile == "-"
    expectations = []
    for text in given.texts("expect") {
      guard let expectation = Expectation(text) else {
        throw UsageProblem(message: "--expect \(text): allowed is \(Expectation.allowed)")
      }
      if let refusal = expectation.refusal { throw UsageProblem(message: "--expect \(text): \(refusal)") }
      expectations.append(expectation)
    }
  }

  /// The pace of its users.
  var pace: Pace {
    guard let ratePerSecond else { return .closed(thinkMs: 0) }
    return .open(ArrivalSchedule(ratePerSecond: ratePerSecond, rampSeconds: Double(rampNs) / 1e9))
  }

  /// What the reports say of it.
  var settings: [RunFigures.Setting] {
    var settings = [RunFigures.Setting(name: "connections", value: "\(connections)")]
    if let ratePerSecond { settings.append(.init(name: "rate", value: Units.rate(ratePerSecond))) }
    settings.append(.init(name: "loop", value: ratePerSecond == nil ? "closed" : "open"))
    if rampNs > 0 { settings.append(.init(name: "ramp", value: Units.latency(rampNs))) }
    settings.append(.init(name: "warm-up", value: Units.latency(warmUpNs)))
    if threads > 1 { settings.append(.init(name: "threads", value: "\(threads)")) }
    return settings
  }
}
