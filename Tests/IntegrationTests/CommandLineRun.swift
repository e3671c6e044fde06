import Foundation
import Glibc
import HubTestSupport

/// One run of the command line to its end.
struct CommandLineRun: Sendable, CustomStringConvertible {
  var status: Int32
  var output: String
  var errors: String
  var description: String { "exit \(status)\n\(output)\n\(errors)" }

  /// Runs `orderhub` with a hub's settings.
  static func orderhub(_ words: [String], hub: Hub, input: String = "") async throws -> CommandLineRun {
    try await orderhub(
      words, environment: Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort), input: input)
  }

  /// Runs `orderhub` with these settings and no others; see `RunningCommand`.
  static func orderhub(
    _ words: [String], environment: [String: String] = [:], dotEnv: String? = nil, running: RunningFile? = nil,
    input: String = ""
  ) async throws -> CommandLineRun {
    try await onThread {
      try RunningCommand(words, environment: environment, dotEnv: dotEnv, running: running, input: input).wait()
    }
  }
}

/// The file of a hub that `scripts/run` started in a folder.
enum RunningFile: Sendable {
  /// The hub runs still.
  case held(String)
  /// It was killed, and could not remove its file.
  case left(String)
}

/// A run of `orderhub` that goes on, in a folder that is empty but for a `.env` file and the file of a running hub, if they
/// are given.
final class RunningCommand: Sendable {
  private let process: ChildProcess
  private let folder: URL
  /// The lock of the running hub; -1 without one.
  private let lock: Int32

  /// Starts it with these settings and no others. It blocks.
  init(
    _ words: [String], environment: [String: String], dotEnv: String? = nil, running: RunningFile? = nil,
    input: String = ""
  ) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let files = ["in", "out", "err"].map { [folder] in folder.appendingPathComponent($0) }
    try dotEnv?.write(to: folder.appendingPathComponent(".env"), atomically: false, encoding: .utf8)
    lock = try running.map { [folder] in try Self.write($0, in: folder.appendingPathComponent(".data")) } ?? -1
    try input.write(to: files[0], atomically: false, encoding: .utf8)
    process = try ChildProcess(
      Hub.binary(), words, environment: environment, folder: folder, input: files[0], output: files[1],
      errors: files[2])
  }

  deinit {
    if process.isRunning {
      kill(process.processID, SIGKILL)
      process.wait()
    }
    if lock >= 0 { close(lock) }
    try? FileManager.default.removeItem(at: folder)
  }

  private static func write(_ running: RunningFile, in data: URL) throws -> Int32 {
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    let lock = open(data.appendingPathComponent("run.lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    let text: String
    switch running {
    case .held(let held):
      text = held
      guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw TestServerError("no lock: errno \(errno)") }
    case .left(let left): text = left
    }
    try text.write(to: data.appendingPathComponent("running.env"), atomically: false, encoding: .utf8)
    return lock
  }

  /// What it has written to the standard error so far.
  func errors() throws -> String { try String(contentsOf: folder.appendingPathComponent("err"), encoding: .utf8) }

  func signal(_ number: Int32) { kill(process.processID, number) }

  /// Waits until it ends. It blocks.
  func wait() throws -> CommandLineRun {
    let status = process.wait()
    return CommandLineRun(
      status: status, output: try String(contentsOf: folder.appendingPathComponent("out"), encoding: .utf8),
      errors: try errors())
  }
}
