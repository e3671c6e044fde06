import Foundation
import HubTestSupport

/// How often a function was called in a run of `orderhub`, and how many instructions that took, all that it calls included.
struct CountedCalls: Sendable {
  private(set) var calls: Int64 = 0
  private(set) var instructions: Int64 = 0

  /// Runs a command line to its end in Valgrind's callgrind, and looks for a function by its symbol. It blocks.
  init(of symbol: String, in arguments: [String]) throws {
    let binary = try Hub.binary()
    let shim = URL(fileURLWithPath: binary).deletingLastPathComponent().appendingPathComponent("libStandStill.so").path
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderhub-calls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cost = folder.appendingPathComponent("cost")
    let run = try ChildProcess(
      "/usr/bin/valgrind", ["--quiet", "--tool=callgrind", "--callgrind-out-file=\(cost.path)", binary] + arguments,
      environment: ProcessInfo.processInfo.environment.merging(["LD_PRELOAD": shim]) { $1 }, folder: folder,
      output: folder.appendingPathComponent("out"), errors: folder.appendingPathComponent("errors"))
    _ = run.wait()
    read(String(decoding: try Data(contentsOf: cost), as: UTF8.self), symbol)
  }

  /// Each call is a line with the callee's number, which has its name where it stands first; then one with how often it
  /// was called, and one with a place and the cost (Callgrind Format Specification, 3.2).
  private mutating func read(_ profile: String, _ symbol: String) {
    var number: Substring?
    var isCalled = false
    var isCounted = false
    for line in profile.split(separator: "\n") {
      if isCounted {
        instructions += line.split(separator: " ").last.flatMap { Int64($0) } ?? 0
        isCounted = false
      } else if line.hasPrefix("cfn=") || line.hasPrefix("fn=") {
        let parts = line.drop { $0 != "(" }.split(separator: " ")
        if parts.count == 2, parts[1] == symbol { number = parts[0] }
        if line.hasPrefix("cfn=") { isCalled = parts.first == number }
      } else if line.hasPrefix("calls="), isCalled {
        calls += line.dropFirst("calls=".count).split(separator: " ").first.flatMap { Int64($0) } ?? 0
        isCounted = true
      }
    }
  }
}
