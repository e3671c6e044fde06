import Glibc

/// How much a line of the log matters.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
  case debug, info, warning, error
  private var rank: Int {
    switch self {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    }
  }
  /// `debug` is least.
  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// A structured log: a message, and fields with names.
///
/// Lines that are alike are written only so often (`LogSampler`), those of warnings and errors by their message, unless the
/// level is debug. A message is a text of our own; what comes from outside belongs into a field.
///
/// One JSON object a line on a server, columns on a terminal. A value: `with` gives a log whose every line carries
/// further fields, such as the request's id. Never give it a token, a password or a connection string.
public struct Log: Sendable {
  private let sink: any LogSink
  /// Lines below it are dropped.
  public let level: LogLevel
  private let context: [(String, String)]

  /// A log that writes to `sink`.
  public init(level: LogLevel, sink: any LogSink) {
    self.init(level: level, sink: sink, context: [])
  }

  private init(level: LogLevel, sink: any LogSink, context: [(String, String)]) {
    self.level = level
    self.sink = sink
    self.context = context
  }

  /// A log whose every line carries `field` too.
  public func with(_ field: String, _ value: String) -> Log {
    Log(level: level, sink: sink, context: context + [(field, value)])
  }

  /// Says something that only a developer needs.
  public func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [(String, String)] = []) {
    write(.debug, message, fields) { nil }
  }
  /// Says something that an operator may want to know. With `alike`, a text of our own, it is one of many of that kind, and
  /// written only so often.
  public func info(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> [(String, String)] = [],
    alike kind: @autoclosure () -> String? = nil
  ) {
    write(.info, message, fields, kind)
  }
  /// Says something that is not as it should be, and was dealt with.
  public func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [(String, String)] = []) {
    write(.warning, message, fields) { nil }
  }
  /// Says something that somebody must look at.
  public func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [(String, String)] = []) {
    write(.error, message, fields) { nil }
  }

  private func write(
    _ level: LogLevel, _ message: () -> String, _ fields: () -> [(String, String)], _ kind: () -> String?
  ) {
    guard level >= self.level else { return }
    let message = message()
    // Whoever asks for all gets all.
    if self.level > .debug, let kind = kind() ?? (level >= .warning ? message : nil),
      !sink.takes(another: kind, level)
    {
      return
    }
    sink.write(LogLine(level: level, message: message, fields: context + fields()))
  }
}

/// One line, before it is written out.
public struct LogLine: Sendable {
  /// How much it matters.
  public let level: LogLevel
  /// What happened.
  public let message: String
  /// With what.
  public let fields: [(String, String)]
}

/// Where lines go. It never waits.
public protocol LogSink: Sendable {
  /// Takes a line, or drops it if there is no room.
  func write(_ line: LogLine)
  /// Whether one more line of a kind is to be written; asked before each line of one.
  func takes(another kind: String, _ level: LogLevel) -> Bool
}

extension LogSink {
  /// Takes all.
  public func takes(another kind: String, _ level: LogLevel) -> Bool { true }
}
