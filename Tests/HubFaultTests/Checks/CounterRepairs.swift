import Foundation

/// How often workers found a tenant's counters in Redis wrong and repaired them, as their logs tell: their metric begins
/// anew whenever one of them dies.
enum CounterRepairs {
  /// What a worker writes when it repairs.
  static let words = "a tenant's counters had drifted and were repaired"

  static func count(of tenant: String, in logs: [Data]) -> Int {
    let mark = Data(#""tenant":"\#(tenant)""#.utf8)
    var count = 0
    for log in logs {
      var rest = log.startIndex..<log.endIndex
      while let found = log.range(of: Data(words.utf8), in: rest) {
        let lineEnd = log[found.upperBound...].firstIndex(of: UInt8(ascii: "\n")) ?? log.endIndex
        if log.range(of: mark, in: found.upperBound..<lineEnd) != nil { count += 1 }
        rest = lineEnd..<log.endIndex
      }
    }
    return count
  }

  /// What a round says of it. A repair is no violation: an api that is killed between its commit and Redis is cause
  /// enough. One in a round in which nothing was done to Redis is still worth a look.
  static func summary(_ repairs: Int, redisFaults: Int) -> String {
    let cause = repairs > 0 && redisFaults == 0 ? " though nothing was done to Redis" : ""
    return "counters repaired \(repairs) times\(cause)"
  }
}
