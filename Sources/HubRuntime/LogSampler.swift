/// Which of the lines that are alike are written: of each kind the first of a minute. How many were left out is said once
/// the minute is over. So whoever is refused all day, or a server that is away, does not fill the disk.
///
/// It knows no clock and no thread. Its memory is bounded: kinds beyond `kindsLimit` at a time are one kind together.
struct LogSampler {
  /// How many lines of a kind are written in a minute.
  static let linesLimit = 10
  /// How many kinds are told apart at a time.
  static let kindsLimit = 64
  /// How much of a kind's name is looked at and kept.
  static let nameLimitBytes = 96
  /// How long the lines of a kind are counted together, in milliseconds.
  static let windowMs: Int64 = 60_000

  private struct Window {
    var endMs: Int64
    var written = 0
    var leftOut = 0
    var level: LogLevel
  }

  /// By name, as bytes: a message may hold more than it should.
  private var windows: [[UInt8]: Window] = [:]
  private static let others = Array("other lines".utf8)

  /// Whether one more line of a kind is written at a moment of a clock that never jumps.
  mutating func takes(another kind: String, _ level: LogLevel, nowMs: Int64) -> Bool {
    var name = Array(kind.utf8.prefix(Self.nameLimitBytes))
    if windows[name] == nil, windows.count >= Self.kindsLimit { name = Self.others }
    var window = windows[name] ?? Window(endMs: nowMs + Self.windowMs, level: level)
    window.level = max(window.level, level)
    let isWritten = window.written < Self.linesLimit
    if isWritten { window.written += 1 } else { window.leftOut += 1 }
    windows[name] = window
    return isWritten
  }

  /// When `ended` has something to do next; nil if no kind is counted.
  var nextMs: Int64? { windows.values.lazy.map(\.endMs).min() }

  /// Ends the minutes that are over, or all: a line for each kind of which lines were left out.
  mutating func ended(nowMs: Int64) -> [LogLine] {
    guard let nextMs, nextMs <= nowMs else { return [] }
    let over = windows.filter { $0.value.endMs <= nowMs }
    for name in over.keys { windows[name] = nil }
    return over.filter { $0.value.leftOut > 0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
      name, window in
      LogLine(
        level: window.level, message: "lines like others were left out",
        fields: [("kind", String(decoding: name, as: UTF8.self)), ("count", "\(window.leftOut)")])
    }
  }
}
