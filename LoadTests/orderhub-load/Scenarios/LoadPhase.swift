import Glibc
import HubRuntime

/// What came of one stretch of a run, in short slices of time. Making one lets the stretch pass.
struct LoadPhase {
  let name: String
  let seconds: Double
  let tally: OperationTally
  let processes: [RunFigures.ProcessUse]
  private var slices: [Slice] = []

  private struct Slice {
    /// When it began, in seconds from the stretch's beginning.
    var from: Double
    var failures: Int64
    var count: Int64
    var p99Ns: Int64
    /// Of the watched processes together.
    var residentBytes: Int64
  }

  private static let neverStarted = "never started"
  private static let sliceNs: Int64 = 250_000_000
  /// So many slices in a row are a second.
  private static let slicesOfCalm = 4

  init(_ name: String, crew: Crew, watched: [Int32], console: Console, settleNs: Int64, forNs: Int64) {
    self.name = name
    Self.rest(untilNs: monotonicNs() + settleNs)
    let before = (watched + [getpid()]).compactMap(ProcessSample.of)
    let (start, first) = (monotonicNs(), Self.sum(crew))
    var (last, lastNs) = (first, start)
    while lastNs - start < forNs, !Interruption.hasCome {
      Self.rest(untilNs: lastNs + Self.sliceNs)
      let (now, all) = (monotonicNs(), Self.sum(crew))
      let part = all.since(last)
      slices.append(
        Slice(
          from: Double(lastNs - start) / 1e9, failures: part.failureCount, count: part.latency.count,
          p99Ns: part.latency.value(at: 0.99),
          residentBytes: watched.compactMap(ProcessSample.of).reduce(0) { $0 + $1.residentBytes }))
      console.progress(
        "\(name): \(Units.rate(Double(part.latency.count) / (Double(now - lastNs) / 1e9)))"
          + " · p99 \(Units.latency(part.latency.value(at: 0.99))) · errors \(part.failureCount)")
      (last, lastNs) = (all, now)
    }
    let seconds = Double(lastNs - start) / 1e9
    self.seconds = seconds
    processes = before.compactMap { ProcessSample.of($0.processID)?.use(since: $0, seconds: seconds) }
    var tally = last.since(first)
    let late = crew.stopUsers()
    if late > 0 { tally.failures[Self.neverStarted, default: 0] += Int64(late) }
    self.tally = tally
  }

  /// What went well, a second.
  var rate: Double { seconds > 0 ? Double(tally.latency.count) / seconds : 0 }

  /// Those that were told to come again later, and how soon they were told.
  var turnedAway: OperationTally { OperationTally(latency: tally.refused) }

  /// How many were sent and then cut off, left to wait or answered as they should not be.
  var broken: Int64 {
    tally.failureCount - tally.refused.count - (tally.failures[Self.neverStarted] ?? 0)
  }

  /// By what part the memory of the watched processes grew between the first quarter and the end; nil if none could be
  /// seen.
  var memoryGrowth: Double? {
    let early = slices.prefix(max(1, slices.count / 4)).map(\.residentBytes).max() ?? 0
    let late = slices.suffix(max(1, slices.count / 4)).map(\.residentBytes).max() ?? 0
    return early > 0 ? Double(late) / Double(early) - 1 : nil
  }

  /// From when on a whole second passes without a failure and with no p99 above a limit, in seconds; nil if none does.
  func calmFrom(p99Ns limit: Int64) -> Double? {
    let isCalm = slices.map { $0.failures == 0 && $0.count > 0 && $0.p99Ns <= limit }
    let first = isCalm.indices.first { start in
      start + Self.slicesOfCalm <= isCalm.count && isCalm[start..<(start + Self.slicesOfCalm)].allSatisfy { $0 }
    }
    return first.map { slices[$0].from }
  }

  private static func sum(_ crew: Crew) -> OperationTally {
    crew.tallies().reduce(into: OperationTally()) { $0.add($1) }
  }

  private static func rest(untilNs end: Int64) {
    while monotonicNs() < end, !Interruption.hasCome { sleepNs(min(max(end - monotonicNs(), 1), 50_000_000)) }
  }
}
