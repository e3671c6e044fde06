public import HubContracts
import Orders

/// What `/readyz?verbose` of a worker tells of jobs.
public enum JobConditions {
  /// Whether there are jobs that were given up, of any tenant.
  public static func deadLetters(_ queue: any JobQueue) async -> [Condition] {
    do throws(StoreError) {
      let dead = try await queue.census([.timer, .notice, .call]).filter { $0.state == .dead && $0.count > 0 }
      let found = dead.map { "\($0.count)\($0.isCapped ? " or more" : "") of the kind \($0.kind)" }
      return [
        Condition(
          "jobs.deadLetters", dead.isEmpty ? .ok : .doubtful,
          found: found.isEmpty ? "none" : found.joined(separator: ", "), wanted: "none",
          remedy: "look at GET /api/operations/dead-letters, mend the cause, and retry or discard them")
      ]
    } catch {
      // That MongoDB does not answer is told beside it.
      return [Condition("jobs.deadLetters", .unknown, found: "MongoDB does not answer", wanted: "none")]
    }
  }
}
