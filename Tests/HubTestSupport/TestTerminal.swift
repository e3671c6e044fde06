import Foundation
import Glibc

/// A terminal for a program that is tested, and whoever sits at it.
public final class TestTerminal: @unchecked Sendable {
  // Owner: one thread at a time.
  private let person: Int32
  /// The end that a program has, for calls on it.
  public let programsEnd: Int32
  /// The same as a file, for a program's standard streams.
  public let file: URL
  private var seen: [UInt8] = []

  /// A terminal of so many columns; with none it does not say.
  public init(columns: UInt16) throws {
    var ends: (Int32, Int32) = (-1, -1)
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&ends.0, &ends.1, nil, nil, &size) == 0 else { throw TestServerError("no terminal: errno \(errno)") }
    // While a program's end is open the terminal lives, whichever programs come and go.
    (person, programsEnd) = ends
    for end in [person, programsEnd] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    file = URL(
      fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(programsEnd)"))
  }

  deinit {
    close(programsEnd)
    close(person)
  }

  /// What was on it so far, as it was written.
  public var text: String {
    var part = [UInt8](repeating: 0, count: 4_096)
    var watched = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
    while poll(&watched, 1, 0) > 0 {
      let count = read(person, &part, part.count)
      guard count > 0 else { break }
      seen += part[..<count]
    }
    return String(decoding: seen, as: UTF8.self)
  }

  /// Types a line.
  public func type(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(person, bytes, bytes.count)
  }

  /// Whether what is typed is shown.
  public var echoes: Bool {
    var settings = termios()
    return tcgetattr(programsEnd, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
  }
}
