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

  /// Runs `orderhub` with these settings and no others, in an empty folder.
  static func orderhub(
    _ words: [String], environment: [String: String] = [:], input: String = ""
  ) async throws -> CommandLineRun {
    try await onThread {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-run-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
      try input.write(to: files[0], atomically: false, encoding: .utf8)
      for file in files.dropFirst() { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try Hub.binary())
      process.arguments = words
      process.currentDirectoryURL = folder
      process.environment = environment
      process.standardInput = try FileHandle(forReadingFrom: files[0])
      process.standardOutput = try FileHandle(forWritingTo: files[1])
      process.standardError = try FileHandle(forWritingTo: files[2])
      try process.run()
      process.waitUntilExit()
      return CommandLineRun(
        status: process.terminationStatus, output: try String(contentsOf: files[1], encoding: .utf8),
        errors: try String(contentsOf: files[2], encoding: .utf8))
    }
  }
}
