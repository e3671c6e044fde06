/// Keeps the log small where the same is to be said again and again: by whoever is refused all day, or while a server is away.
///
/// Of refusals of a kind the first of a minute are written, and the others counted: a stranger brings about as many as it
/// likes. Of warnings and errors that say the same, word for word, the first of a minute are written as they come, and the
/// others together, with how many there were and the ids of their requests: none of these is left out.
///
/// It knows no clock and no thread. Its memory is bounded: refusals beyond `kindsLimit` kinds at a time are one kind
/// together; failures beyond as many that say something else are told apart by their message alone.
struct LogSampler {
  /// How many lines of a kind are written in a minute.
  static let linesLimit = 10
  /// How many kinds are told apart at a time.
  static let kindsLimit = 64
  /// How much of a kind's name is looked at and kept.
  static let nameLimitBytes = 96
  /// How long a failure may be that is compared with others; a longer one is written by itself.
  static let sameLimitBytes = 1_024
  /// How many bytes of requests' ids stand in a line: fewer than would be cut.
  static let idsLimitBytes = LogRenderer.textLimitBytes - 64
  /// How long the lines of a kind are counted together, in milliseconds.
  static let windowMs: Int64 = 60_000
  /// How long a request's id may wait for others.
  static let idsWaitMs: Int64 = 1_000

  /// What tells one failure from the next of the same: a request's id, or those of a batch.
  static let idFields = [Log.requestIDField, "requestIds"]

  private struct Window {
    var endMs: Int64
    var written = 0
    var leftOut = 0
    var level: LogLevel
  }

  /// Failures that say the same.
  private struct Group {
    let endMs: Int64
    /// One of them, without its request's id.
    let line: LogLine
    var written = 0
    /// How many wait to be written together, and the ids of their requests.
    var times = 0
    var ids: [UInt8] = []
    var idsDueMs: Int64?

    var dueMs: Int64 { min(endMs, idsDueMs ?? .max) }

    /// All that waits as one line; nil if nothing does.
    mutating func takeLine() -> LogLine? {
      guard times > 0 else { return nil }
      var fields = line.fields + [("times", "\(times)")]
      if !ids.isEmpty { fields.append(("requestIds", String(decoding: ids, as: UTF8.self))) }
      (times, ids, idsDueMs) = (0, [], nil)
      return LogLine(level: line.level, message: line.message, fields: fields)
    }
  }

  /// By name, as bytes: a message may hold more than it should.
  private var windows: [[UInt8]: Window] = [:]
  /// By what they say.
  private var groups: [[UInt8]: Group] = [:]
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

  /// What is to be written now of a failure: itself, those that it completes a line with, or nothing yet.
  mutating func written(failure line: LogLine, nowMs: Int64) -> LogLine? {
    var rest: [(String, String)] = []
    var id: String?
    for field in line.fields {
      if id == nil, Self.idFields.contains(field.0) { id = field.1 } else { rest.append(field) }
    }
    guard var name = Self.words(of: line, rest) else { return line }
    if groups[name] == nil, groups.count >= Self.kindsLimit {
      // Many that say something else each, such as another order: what they have in common is one kind.
      rest = []
      guard let common = Self.words(of: line, rest), groups[common] != nil || groups.count < 2 * Self.kindsLimit else {
        return line
      }
      name = common
    }
    var group =
      groups[name]
      ?? Group(
        endMs: nowMs + Self.windowMs, line: LogLine(level: line.level, message: line.message, fields: rest))
    defer { groups[name] = group }
    if group.written < Self.linesLimit {
      group.written += 1
      return line
    }
    var full: LogLine?
    if let id {
      if group.ids.count + 1 + id.utf8.count > Self.idsLimitBytes { full = group.takeLine() }
      if !group.ids.isEmpty { group.ids.append(0x20) }
      group.ids += id.utf8
      group.idsDueMs = group.idsDueMs ?? nowMs + Self.idsWaitMs
    }
    group.times += 1
    return full
  }

  /// All that a failure says but its request's id; nil if that is too long.
  private static func words(of line: LogLine, _ fields: [(String, String)]) -> [UInt8]? {
    let length = fields.reduce(line.message.utf8.count + 1) { $0 + $1.0.utf8.count + $1.1.utf8.count + 2 }
    guard length <= sameLimitBytes else { return nil }
    var words = Array(line.message.utf8)
    words.append(line.level == .error ? 1 : 0)
    for (name, value) in fields {
      words += name.utf8
      words.append(0)
      words += value.utf8
      words.append(0)
    }
    return words
  }

  /// When `ended` has something to do next; nil if no kind is counted.
  var nextMs: Int64? {
    [windows.values.lazy.map(\.endMs).min(), groups.values.lazy.map(\.dueMs).min()].compactMap(\.self).min()
  }

  /// Ends the minutes that are over, or all, and gives what waits: a line for each kind of which lines were left out, and
  /// one for those that say the same.
  mutating func ended(nowMs: Int64) -> [LogLine] {
    guard let nextMs, nextMs <= nowMs else { return [] }
    return together(nowMs) + leftOut(nowMs)
  }

  private mutating func leftOut(_ nowMs: Int64) -> [LogLine] {
    let over = windows.filter { $0.value.endMs <= nowMs }
    for name in over.keys { windows[name] = nil }
    return over.filter { $0.value.leftOut > 0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
      name, window in
      LogLine(
        level: window.level, message: "lines like others were left out",
        fields: [("kind", String(decoding: name, as: UTF8.self)), ("count", "\(window.leftOut)")])
    }
  }

  private mutating func together(_ nowMs: Int64) -> [LogLine] {
    let due = groups.filter { $0.value.dueMs <= nowMs }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    return due.compactMap { name, group in
      var group = group
      let line = group.takeLine()
      groups[name] = group.endMs <= nowMs ? nil : group
      return line
    }
  }
}
