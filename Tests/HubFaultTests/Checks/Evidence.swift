import Foundation

/// What is told and kept of a round that goes wrong: how to see it again, and what came before.
struct Evidence {
  let seed: UInt64
  let density: FaultPlan.Density
  /// Where the logs of all processes are.
  let folder: URL
  /// The older version's program, if there was one.
  var old: String?
  /// How many violations are told with what came before them.
  static let storyLimit = 5

  /// Does a round; what was violated in its world, and what kept it from its end; empty if all holds. One that throws
  /// loses nothing of what was noted before.
  func failures(in world: World, round: () throws -> Void) -> [String] {
    var wrong: [Violation] = []
    do { try round() } catch { wrong.append(Violation("a round comes to its end", "\(error)")) }
    wrong = world.violations.prefix(Self.storyLimit) + wrong
    guard !wrong.isEmpty else { return [] }
    var failures = wrong.map { story(of: $0, world.history) }
    do {
      let text = world.history.all.joined(separator: "\n")
      try text.write(to: history, atomically: false, encoding: .utf8)
    } catch { failures.append("the history could not be kept: \(error)") }
    return failures
  }

  /// Where the whole history of a round goes in which something was violated.
  var history: URL { folder.appendingPathComponent("history.log") }

  private func story(of violation: Violation, _ history: History) -> String {
    let about = history.last(30, about: violation.subjects.isEmpty ? ["FAULT"] : violation.subjects)
    let faults = history.last(15, about: ["FAULT", "MENDED"])
    return """
      \(violation)
        seen again with: scripts/faults --seed \(seed) \(density)\(old.map { " --old \($0)" } ?? "")
        about it:
          \(about.joined(separator: "\n    "))
        the last faults:
          \(faults.joined(separator: "\n    "))
      """
  }
}
