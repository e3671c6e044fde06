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
/// Unless the level is debug, refusals that are `alike` are written only so often, and warnings and errors that say the same
/// are written together: of those nothing is left out, and each request's id stands beside the cause (`LogSampler`). A
/// message is a text of our own; what comes from outside belongs into a field.
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
    write(.debug, message, fields)
  }
  /// The name of the field with a request's id: whoever sent the request was told it, and it must be found in the log.
  public static let requestIDField = "requestId"

  /// Says something that an operator may want to know. With `alike`, a text of our own, it is one of many of that kind, and
  /// written only so often: for what a stranger may bring about as often as it likes.
  public func info(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> [(String, String)] = [],
    alike kind: @autoclosure () -> String? = nil
  ) {
    // Whoever asks for all gets all.
    if level == .info, let kind = kind(), !sink.takes(another: kind, .info) { return }
    write(.info, message, fields)
  }
  /// Says something that is not as it should be, and was dealt with.
  public func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [(String, String)] = []) {
    write(.warning, message, fields)
  }
  /// Says something that somebody must look at.
  public func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [(String, String)] = []) {
    write(.error, message, fields)
  }

  private func write(_ level: LogLevel, _ message: () -> String, _ fields: () -> [(String, String)]) {
    guard level >= self.level else { return }
    let line = LogLine(level: level, message: message(), fields: context + fields())
    if level >= .warning, self.level > .debug {
      sink.writeTogether(line)
    } else {
      sink.write(line)
    }
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
  /// Takes a line that may be written together with others that say the same.
  func writeTogether(_ line: LogLine)
  /// Whether one more line of a kind is to be written; asked before each line of one.
  func takes(another kind: String, _ level: LogLevel) -> Bool
}

extension LogSink {
  /// Each by itself.
  public func writeTogether(_ line: LogLine) { write(line) }
  /// Takes all.
  public func takes(another kind: String, _ level: LogLevel) -> Bool { true }
}
