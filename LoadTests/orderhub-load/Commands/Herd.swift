import Foundation
import Glibc
import HubRuntime

extension Subcommand {
  static let herd = Subcommand(
    name: "herd", summary: "all live clients come back at once: how long until all are served again",
    about: """
      --sockets clients connect and subscribe. Then all lose their connection in the same moment and come back at
      once, as after a restart. Who is refused tries again after 50 to 150 ms, then after twice as long each time, at
      most 1 to 3 s. With --restart the shell command is run instead, which must restart the live process: the clients
      come back when it closes them. 'back' is when the last one is subscribed again; 'refused-503' counts the attempts
      that were refused.
      """,
    options: [
      OptionKind(name: "sockets", value: "N", summary: "live clients", preset: "5000"),
      OptionKind(name: "restart", value: "COMMAND", summary: "a shell command that restarts the live process"),
      OptionKind(name: "patience", value: "TIME", summary: "how long all may take to come back", preset: "60s"),
    ] + liveKinds
      + LoadPlan.kinds(connections: 1).filter {
        !["connections", "duration", "warm-up", "ramp", "html"].contains($0.name)
      }
      + Site.kinds,
    run: { given, console in try Herd(given, console).run() })
}

/// The scenario `herd`.
private struct Herd {
  private let plan: LoadPlan
  private let site: Site
  private let console: Console
  private let sockets: Int
  private let talk: LiveTalk
  private let connectRampNs: Int64
  private let patienceNs: Int64
  private let restart: String?
  private let crew: Crew

  init(_ given: GivenOptions, _ console: Console) throws {
    plan = try LoadPlan(given, connections: 1)
    sockets = try given.count("sockets", preset: 5_000, in: 1...LoadPlan.connectionLimit)
    talk = given.has("socket-io") ? .socketIO : .plain
    connectRampNs = try given.duration("connect-ramp", presetSeconds: Double(sockets) / 1_000)
    patienceNs = try given.duration("patience", presetSeconds: 60, atLeastSeconds: 1)
    restart = given.text("restart")
    site = try Site(given, users: 1)
    self.console = console
    crew = try Crew(
      threads: plan.threads, operations: ["connect", "event", "back"].map { Crew.Operation(name: $0, kind: .aside) })
  }

  func run() throws -> Int32 {
    try site.check()
    try Descriptors.require(sockets)
    crew.addListeners(
      sockets, rampNs: connectRampNs, timeoutNs: plan.timeoutNs, site: site, talk: talk, keepsTails: false,
      operations: LiveGroup.Operations(connect: 0, event: 1))
    guard awaitReady("connecting", limitNs: connectRampNs + 60_000_000_000) else {
      let losses = crew.liveCounts.with { $0.losses }
      throw RunProblem(
        message: "not all of \(sockets) clients could subscribe; "
          + losses.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", "))
    }
    let watched = site.watched(withLive: true).compactMap(ProcessSample.of)
    let start = try scatter()
    let areBack = awaitReady("coming back", limitNs: patienceNs)
    let seconds = Double(monotonicNs() - start) / 1e9
    var figures = RunFigures(scenario: talk == .plain ? "herd" : "herd, Socket.IO", seconds: seconds)
    figures.wasInterrupted = Interruption.hasCome
    figures.operations = zip(crew.operations, crew.tallies()).map {
      RunFigures.Operation(name: $0.name, tally: $1, kind: $0.kind)
    }
    figures.processes = watched.compactMap { sample in
      ProcessSample.of(sample.processID)?.use(since: sample, seconds: seconds)
    }
    add(to: &figures, areBack: areBack, seconds: seconds)
    crew.stopListeners()
    figures.notes.append(site.leave(console))
    let status = try Conclusion.reach(figures, plan: plan, console: console)
    return areBack ? status : Program.Exit.failure
  }

  private func awaitReady(_ what: String, limitNs: Int64) -> Bool {
    let (counts, console, sockets) = (crew.liveCounts, console, sockets)
    return crew.wait(upToNs: limitNs) {
      let ready = counts.with { $0.ready }
      console.progress("\(what): \(ready) of \(sockets)")
      return ready == sockets
    }
  }

  /// Drives all away; when.
  private func scatter() throws(RunProblem) -> Int64 {
    guard let restart else {
      let start = crew.cutListeners(sockets, countingAs: 2)
      crew.reconnectListeners()
      return start
    }
    crew.countConnecting(as: 2)
    let start = monotonicNs()
    guard let status = ShellCommand.run(restart) else { throw RunProblem(message: "no shell could be started") }
    guard status == 0 else { throw RunProblem(message: "the command of --restart ended with \(status)") }
    let counts = crew.liveCounts
    // A restart that is slow to begin must not be taken for one that is over.
    let hasBegun = crew.wait(upToNs: patienceNs) { counts.with { $0.losses.contains { $0.key.hasPrefix("lost") } } }
    if !hasBegun { throw RunProblem(message: "no client lost its connection: the command restarted nothing") }
    return start
  }

  private func add(to figures: inout RunFigures, areBack: Bool, seconds: Double) {
    let back = figures.operations[2].tally
    let refused = back.failures.filter { $0.key.hasPrefix("503") }.values.reduce(0, +)
    let lost = back.failures.filter { $0.key.hasPrefix("lost") }.values.reduce(0, +)
    figures.settings += [.init(name: "sockets", value: "\(sockets)")]
    figures.facts += [
      .init(name: .refused503, value: Double(refused), unit: .count, meaning: "attempts refused with 503"),
      .init(
        name: .failed, value: Double(back.failureCount - lost - refused), unit: .count,
        meaning: "attempts that failed otherwise"),
    ]
    if areBack {
      figures.facts.insert(.init(name: .back, value: seconds, unit: .seconds, meaning: "until all were back"), at: 0)
    } else {
      let ready = crew.liveCounts.with { $0.ready }
      figures.notes.append("Not all came back: \(ready) of \(sockets) within \(Units.decimal(seconds, 1)) s.")
    }
  }
}
