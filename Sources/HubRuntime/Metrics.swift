import Glibc
import Synchronization

/// The process's metrics, in Prometheus's text format 0.0.4.
///
/// Make each metric once, at start, and keep it: making one takes a lock, using one does not.
public final class Metrics: Sendable {
  private let families = Locked<[Family]>([])

  /// An empty registry.
  public init() {}

  /// A count that only grows. The same name with other labels is a further series of one family.
  public func counter(_ name: MetricName, labels: [(String, String)] = []) -> Counter {
    let counter = Counter()
    add(name, .counter, labels, .counter(counter))
    return counter
  }

  /// A value that goes up and down.
  public func gauge(_ name: MetricName, labels: [(String, String)] = []) -> Gauge {
    let gauge = Gauge()
    add(name, .gauge, labels, .gauge(gauge))
    return gauge
  }

  /// A value that is asked for when the metrics are read; `read` must not wait.
  public func gauge(
    _ name: MetricName, labels: [(String, String)] = [], read: @escaping @Sendable () -> Int64
  ) {
    add(name, .gauge, labels, .reading(read))
  }

  /// How long things take, in seconds, in buckets from 0.5 ms to 10 s.
  public func histogram(_ name: MetricName, labels: [(String, String)] = []) -> Histogram {
    let histogram = Histogram()
    add(name, .histogram, labels, .histogram(histogram))
    return histogram
  }

  /// All of them as text.
  public func render() -> String {
    var text = ""
    for family in families.with({ $0 }) {
      let name = family.name.rawValue
      text += "# HELP \(name) \(family.name.meaning)\n# TYPE \(name) \(family.name.kind.rawValue)\n"
      for series in family.series {
        switch series.metric {
        case .counter(let counter): text += "\(name)\(labels(series.labels)) \(counter.value)\n"
        case .gauge(let gauge): text += "\(name)\(labels(series.labels)) \(gauge.value)\n"
        case .reading(let read): text += "\(name)\(labels(series.labels)) \(read())\n"
        case .histogram(let histogram): text += lines(name, series.labels, histogram)
        }
      }
    }
    return text
  }

  private func add(_ name: MetricName, _ kind: MetricName.Kind, _ labels: [(String, String)], _ metric: Metric) {
    precondition(name.kind == kind, "the metric \(name.rawValue) is a \(name.kind.rawValue), not a \(kind.rawValue)")
    families.with { families in
      let series = Series(labels: labels, metric: metric)
      if let index = families.firstIndex(where: { $0.name == name }) {
        families[index].series.append(series)
      } else {
        families.append(Family(name: name, series: [series]))
      }
    }
  }

  private func lines(_ name: String, _ pairs: [(String, String)], _ histogram: Histogram) -> String {
    var text = ""
    let snapshot = histogram.snapshot()
    var sum: UInt64 = 0
    for (bound, count) in zip(Histogram.boundsText, snapshot.counts) {
      sum += count
      text += "\(name)_bucket\(labels(pairs + [("le", bound)])) \(sum)\n"
    }
    text += "\(name)_sum\(labels(pairs)) \(Double(snapshot.sumMicros) / 1e6)\n"
    text += "\(name)_count\(labels(pairs)) \(sum)\n"
    return text
  }

  private func labels(_ pairs: [(String, String)]) -> String {
    pairs.isEmpty ? "" : "{" + pairs.map { "\($0.0)=\"\(escape($0.1))\"" }.joined(separator: ",") + "}"
  }

  private func escape(_ value: String) -> String {
    var escaped = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private struct Family {
    let name: MetricName
    var series: [Series]
  }

  private struct Series {
    let labels: [(String, String)]
    let metric: Metric
  }

  private enum Metric {
    case counter(Counter)
    case gauge(Gauge)
    case reading(@Sendable () -> Int64)
    case histogram(Histogram)
  }
}

/// A count that only grows.
public final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)
  /// Counts `by` more.
  public func add(_ by: Int = 1) { count.wrappingAdd(UInt64(by), ordering: .relaxed) }
  /// The count.
  public var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A value that goes up and down.
public final class Gauge: Sendable {
  private let level = Atomic<Int64>(0)
  /// Moves it by `by`.
  public func add(_ by: Int64 = 1) { level.wrappingAdd(by, ordering: .relaxed) }
  /// Puts it at `to`.
  public func set(_ to: Int64) { level.store(to, ordering: .relaxed) }
  /// The value.
  public var value: Int64 { level.load(ordering: .relaxed) }
}

/// How long things take.
public final class Histogram: Sendable {
  static let boundsMicros: [UInt64] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000,
  ]
  static let boundsText = [
    "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "10", "+Inf",
  ]
  private let counts: [Bucket] = (0..<14).map { _ in Bucket() }
  private let sum = Atomic<UInt64>(0)

  /// Notes one that took so many microseconds.
  public func record(micros: UInt64) {
    let index = Self.boundsMicros.firstIndex { micros <= $0 } ?? Self.boundsMicros.count
    counts[index].count.wrappingAdd(1, ordering: .relaxed)
    sum.wrappingAdd(micros, ordering: .relaxed)
  }

  func snapshot() -> (counts: [UInt64], sumMicros: UInt64) {
    (counts.map { $0.count.load(ordering: .relaxed) }, sum.load(ordering: .relaxed))
  }

  private final class Bucket: Sendable { let count = Atomic<UInt64>(0) }
}

/// Microseconds of a clock that never jumps, for how long things take.
public func monotonicMicros() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000 &+ UInt64(time.tv_nsec) / 1_000
}
