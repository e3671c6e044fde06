public import HubContracts
public import HubRuntime
import Synchronization

/// An HTTP/1.1 server, with a thread of its own, in front of one application.
///
/// An answer at hand goes out from the server's thread; any other request suspends its connection while the program
/// works in a task. It serves from `init` until `stop`, which must be called: an unstopped server lives on.
public final class HTTPServer: Sendable {
  private let core: ServerCore
  private let daemon: Daemon
  private let sweep: Task<Void, Never>
  private let isStopped = Locked(false)
  /// The port that it listens on.
  public let port: Int

  /// How often `stop` looks whether all is answered, in milliseconds.
  private static let pollMs = 5
  /// How long those may say nothing who were let in last, in milliseconds.
  private static let silenceMs = 1_000
  /// What the last answers have to leave in, in milliseconds, when `stop` has waited long enough for the program.
  private static let lastAnswersMs = 500

  /// Listens and serves. Throws if an option is out of range or the address cannot be listened on.
  public init(
    _ options: HTTPServerOptions, application: any HTTPApplication, upgrades: (any HTTPUpgrades)? = nil, log: Log
  ) throws(HTTPServerError) {
    try options.check()
    let (socket, port) = try ListenSocket.open(host: options.host, port: options.port)
    guard let bell = Bell() else {
      ListenSocket.close(socket)
      throw .cannotStart
    }
    let core = ServerCore(options, application: application, upgrades: upgrades, bell: bell, log: log)
    do {
      daemon = try Daemon(options, socket: socket, core: core)
    } catch {
      ListenSocket.close(socket)
      throw error
    }
    self.core = core
    self.port = port
    sweep = Task {
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(1))
        core.sweep()
      }
    }
  }

  /// The server is about to go: everything is served as before, but each answer closes its connection, so that its
  /// client makes the next one elsewhere.
  public func leave() { core.leave() }

  /// Whether each answer closes its connection.
  public var isLeaving: Bool { core.isLeaving }

  /// Stops accepting. What comes on connections that are open already is answered still, and each answer closes its
  /// connection; whoever waits to be accepted is served too.
  public func drain() {
    guard core.drain() else { return }
    daemon.quiesce()
  }

  /// Drains, waits at most `withinSeconds` for requests and streams under way, answers 503 to the requests that are left,
  /// shuts the streams down that are left, and ends.
  public func stop(withinSeconds: Int = 5) async {
    let isFirst = isStopped.with { isStopped in
      defer { isStopped = true }
      return !isStopped
    }
    guard isFirst else { return }
    drain()
    await waitUntilAllAreServed(milliseconds: withinSeconds * 1_000)
    core.giveUp()
    core.cutStreams()
    await waitUntilAnswered(milliseconds: Self.lastAnswersMs)
    core.releaseStreams()
    sweep.cancel()
    core.lingering.end()
    let daemon = daemon
    await withUnsafeContinuation { continuation in
      // Waiting for the server's thread blocks, so it has a thread of its own.
      let ending = Thread.start(name: "http-stop") {
        daemon.stop()
        continuation.resume()
      }
      ending.detach()
    }
  }

  /// Until the door is shut and everybody who came in has an answer. One that has said nothing since it was let in does
  /// not hold the process up for long.
  private func waitUntilAllAreServed(milliseconds: Int) async {
    var left = milliseconds
    var silence = Self.silenceMs
    while left > 0, !daemon.isShut || core.unanswered.load(ordering: .relaxed) > 0 && silence > 0 {
      try? await Task.sleep(for: .milliseconds(Self.pollMs))
      left -= Self.pollMs
      if daemon.isShut, core.exchanges.count == 0 { silence -= Self.pollMs }
    }
    await waitUntilAnswered(milliseconds: left)
  }

  private func waitUntilAnswered(milliseconds: Int) async {
    var left = milliseconds
    while core.exchanges.count + core.streams.count > 0, left > 0 {
      try? await Task.sleep(for: .milliseconds(Self.pollMs))
      left -= Self.pollMs
    }
  }
}

extension HTTPServerOptions {
  /// Throws `badOption` for the first that is out of range.
  fileprivate func check() throws(HTTPServerError) {
    if connectionLimit < 1 { throw .badOption("connectionLimit \(connectionLimit), at least 1") }
    if connectionsPerAddressLimit < 0 { throw .badOption("connectionsPerAddressLimit \(connectionsPerAddressLimit)") }
    if !(1...3_600).contains(idleTimeoutSeconds) {
      throw .badOption("idleTimeoutSeconds \(idleTimeoutSeconds), allowed are 1 to 3600")
    }
    if !(1...3_600).contains(keepAliveSeconds) {
      throw .badOption("keepAliveSeconds \(keepAliveSeconds), allowed are 1 to 3600")
    }
    if !(4_096...1_048_576).contains(connectionMemoryBytes) {
      throw .badOption("connectionMemoryBytes \(connectionMemoryBytes), allowed are 4096 to 1048576")
    }
    if bodiesLimitBytes < 1 || addressBodiesLimitBytes < 0 {
      throw .badOption("bodiesLimitBytes \(bodiesLimitBytes), of an address \(addressBodiesLimitBytes)")
    }
    if answersLimitBytes < 1 { throw .badOption("answersLimitBytes \(answersLimitBytes), at least 1") }
    if pendingLimit < 1 { throw .badOption("pendingLimit \(pendingLimit), at least 1") }
  }
}
