import Foundation
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

  /// Runs `orderhub` with these settings and no others, in a folder that is empty but for a `.env` file and the file of a
  /// running hub, if they are given.
  static func orderhub(
    _ words: [String], environment: [String: String] = [:], dotEnv: String? = nil, running: String? = nil,
    input: String = ""
  ) async throws -> CommandLineRun {
    try await onThread {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-run-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
      try dotEnv?.write(to: folder.appendingPathComponent(".env"), atomically: false, encoding: .utf8)
      if let running {
        let data = folder.appendingPathComponent(".data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try running.write(to: data.appendingPathComponent("running.env"), atomically: false, encoding: .utf8)
      }
      try input.write(to: files[0], atomically: false, encoding: .utf8)
      let process = try ChildProcess(
        Hub.binary(), words, environment: environment, folder: folder, input: files[0], output: files[1],
        errors: files[2])
      let status = process.wait()
      return CommandLineRun(
        status: status, output: try String(contentsOf: files[1], encoding: .utf8),
        errors: try String(contentsOf: files[2], encoding: .utf8))
    }
  }
}
