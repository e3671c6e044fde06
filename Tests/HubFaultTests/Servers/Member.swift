import Foundation
import Glibc
import HubRuntime
import HubTestSupport

/// One process of the hub or of its servers, which is ended and started again in the same folder and on the same port.
final class Member: Sendable {
  let name: String
  let port: Int
  let folder: URL
  private let arguments: [String]
  private let environment: [String: String]
  /// Words before the command: what it is started by.
  private let starter: [String]
  private let state: Locked<State>

  private struct State {
    /// What it is started from, and what it was started from the last time.
    var command: String
    var running: String?
    var process: ChildProcess?
    var isFrozen = false
    var starts = 0
  }

  init(
    _ name: String, command: String, port: Int, folder: URL, arguments: [String], environment: [String: String] = [:],
    starter: [String] = []
  ) throws {
    self.name = name
    state = Locked(State(command: command))
    self.port = port
    self.folder = folder
    self.arguments = arguments
    self.environment = environment
    self.starter = starter
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// From now on it starts from this program.
  func use(_ command: String) { state.with { $0.command = command } }
  /// Whether it runs from another program than it would start from.
  var isToChange: Bool { state.with { $0.running != nil && $0.running != $0.command } }

  var log: URL { folder.appendingPathComponent("process.log") }
  /// All that it has written since its first start.
  var logged: Data { (try? Data(contentsOf: log)) ?? Data() }
  var isRunning: Bool { state.with { $0.process?.isRunning ?? false } }
  /// How it ended the last time, 128 and the signal's number if a signal ended it; nil while it runs.
  var exitStatus: Int32? { state.with { $0.process?.exitStatus } }
  var processID: pid_t? { state.with { $0.process?.isRunning == true ? $0.process?.processID : nil } }

  /// Starts it, if it does not run, with these settings on top of its own. It dies with this process.
  func start(_ more: [String: String] = [:]) throws {
    try state.with { state in
      guard state.process?.isRunning != true else { return }
      let words = ["--pdeathsig", "KILL"] + starter + [state.command] + arguments
      var settings = ProcessInfo.processInfo.environment
      for name in ["ORDERHUB_CRASH_AT", "ORDERHUB_CLOCK_OFFSET_S"] { settings[name] = nil }
      settings.merge(environment) { $1 }
      settings.merge(more) { $1 }
      let (folder, log) = (folder, log)
      let environment = settings
      state.process = try Spawner.shared.run {
        try ChildProcess("/usr/bin/setpriv", words, environment: environment, folder: folder, output: log, errors: log)
      }
      state.running = state.command
      state.isFrozen = false
      state.starts += 1
    }
  }

  /// Ends it with SIGKILL, and waits until it is gone; false if it did not run.
  @discardableResult
  func kill() -> Bool {
    guard let process = state.with({ $0.process }), process.isRunning else { return false }
    Glibc.kill(process.processID, SIGKILL)
    process.wait()
    return true
  }

  /// Sends SIGTERM; false if nothing was sent, for it does not run, stands still, or has no handler for it yet.
  func askToEnd() -> Bool {
    guard !state.with({ $0.isFrozen }), let processID, Self.handlesTermination(processID) else { return false }
    return Glibc.kill(processID, SIGTERM) == 0
  }

  /// Waits for its end until `monotonicMicros()` is `deadline`; its exit status, nil if it still runs.
  func exitStatus(by deadline: UInt64) -> Int32? {
    while true {
      if let exitStatus { return exitStatus }
      guard monotonicMicros() < deadline else { return nil }
      usleep(10_000)
    }
  }

  /// A process that has only just begun is ended by the signal, and that is no defect.
  private static func handlesTermination(_ processID: pid_t) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("SigCgt:") }),
      let caught = line.split(separator: "\t").last.flatMap({ UInt64($0, radix: 16) })
    else { return false }
    return caught & 1 << UInt64(SIGTERM - 1) != 0
  }

  /// Lets it stand still; false if it did already, or does not run.
  func freeze() -> Bool {
    state.with { state in
      guard let process = state.process, process.isRunning, !state.isFrozen else { return false }
      Glibc.kill(process.processID, SIGSTOP)
      state.isFrozen = true
      return true
    }
  }

  func thaw() {
    state.with { state in
      guard let process = state.process, state.isFrozen else { return }
      if process.isRunning { Glibc.kill(process.processID, SIGCONT) }
      state.isFrozen = false
    }
  }

  /// Lets its files grow to so many bytes and no more, as a full disk would.
  func limitFiles(bytes: Int) throws {
    guard let processID else { throw TestServerError("\(name) does not run") }
    let words = ["--pid", "\(processID)", "--fsize=\(bytes):\(bytes)"]
    let limiting = try ChildProcess(
      "/usr/bin/prlimit", words, environment: [:], folder: folder, output: log, errors: log)
    guard limiting.wait() == 0 else { throw TestServerError("prlimit \(words) failed") }
  }

  /// Waits until it says that it is ready; false after so many seconds.
  func isReady(withinSeconds: Double) -> Bool {
    let deadline = monotonicMicros() + UInt64(withinSeconds * 1e6)
    while monotonicMicros() < deadline {
      if answersReady { return true }
      usleep(30_000)
    }
    return false
  }

  private var answersReady: Bool {
    guard let client = try? RawClient(port: port, timeoutSeconds: 2) else { return false }
    guard (try? client.request("GET", "/readyz")) != nil else { return false }
    return (try? client.answer().status) == 200
  }
}
