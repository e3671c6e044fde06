import HubTestSupport

/// What a client that keeps up has learnt, judged as its page would be: of each order the events 1, 2, 3 …, each once,
/// or those up to a version by loading it.
struct WatchLog: Sendable, CustomStringConvertible {
  /// The seq of the last event of each order that the client knows of.
  private(set) var known: [String: Int] = [:]
  /// Events that came although one before them had not.
  private(set) var gaps: [String] = []
  /// How many events came again.
  private(set) var repeats = 0
  /// Why it was told to load, each time.
  private(set) var resyncs: [String] = []
  /// Entries that nobody can place.
  private(set) var strange: [String] = []
  private var seen: Set<String> = []
  /// How often it was connected.
  let connects: Int
  /// How often it came back to its place.
  let recoveries: Int
  /// What its connections ended with.
  let ends: [String]

  /// Reads a log. `ids` tells the events that have no id by their places.
  init(_ log: Document, ids: [String: String]) {
    connects = log["connects"].whole
    recoveries = log["recoveries"].whole
    ends = log["ends"].items.map(\.text)
    for entry in log["log"].items {
      if entry["resync"] != .missing {
        resyncs.append(entry["resync"].text)
      } else if entry["loaded"] != .missing {
        for (order, version) in entry["loaded"].members { known[order] = max(known[order] ?? 0, version.whole) }
      } else {
        take(entry, id: entry["id"].text.isEmpty ? ids[entry["offset"].text] : entry["id"].text)
      }
    }
  }

  private mutating func take(_ event: Document, id: String?) {
    let parts = (id ?? "").split(separator: ":")
    guard parts.count == 2, let seq = Int(parts[1]) else {
      return strange.append("\(event["event"].text) at \(event["offset"].text)")
    }
    if !seen.insert("\(parts[0]):\(seq)").inserted { repeats += 1 }
    let order = String(parts[0])
    let last = known[order] ?? 0
    // What is not newer is known from the load, or by its id.
    guard seq > last else { return }
    if seq > last + 1 { gaps.append("\(order): \(seq) after \(last)") }
    known[order] = seq
  }

  var description: String {
    "\(connects) connects, \(recoveries) recovered, resyncs \(resyncs), \(repeats) repeats, ends \(ends.prefix(5))"
  }

  /// The ids of events by their places, from logs that have both.
  static func ids(_ logs: [Document]) -> [String: String] {
    var ids: [String: String] = [:]
    for entry in logs.flatMap(\.["log"].items) where !entry["id"].text.isEmpty {
      ids[entry["offset"].text] = entry["id"].text
    }
    return ids
  }
}
