import Foundation
import Glibc

/// How long a test waits for what must come.
///
/// It ends a test that hangs, and judges none: what comes late on a busy machine has come. Where a test says that nothing
/// comes, or that a time is kept, it counts or moves a `MovedClock` instead.
public enum HangLimit {
  /// In seconds.
  public static let seconds = 120
  /// In milliseconds.
  public static let ms: Int32 = 120_000
}

/// Waits until something holds, and says what never did.
public func eventually(_ what: String, _ holds: () async throws -> Bool) async throws {
  let end = Date().addingTimeInterval(Double(HangLimit.seconds))
  while try await !holds() {
    if Date() > end { throw TestServerError("never: \(what)") }
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// Whether something holds in the end.
public func eventually(_ holds: () async throws -> Bool) async rethrows -> Bool {
  let end = Date().addingTimeInterval(Double(HangLimit.seconds))
  while try await !holds() {
    if Date() > end { return false }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return true
}

/// Whether something holds in the end. It blocks: for `onThread`.
public func blockUntil(_ holds: () throws -> Bool) rethrows -> Bool {
  let end = Date().addingTimeInterval(Double(HangLimit.seconds))
  while try !holds() {
    if Date() > end { return false }
    usleep(5_000)
  }
  return true
}

/// Waits until a socket can be read, if only for its end. It blocks: for `onThread`.
public func waitUntilReadable(_ socket: Int32) -> Bool {
  var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
  return poll(&watched, 1, HangLimit.ms) > 0
}

/// Whether a socket can be read now, if only for its end.
public func isReadable(_ socket: Int32) -> Bool {
  var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
  return poll(&watched, 1, 0) > 0
}
