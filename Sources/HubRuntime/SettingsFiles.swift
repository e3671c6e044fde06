import Foundation
import Glibc

/// The files of a folder that settings come from.
struct SettingsFiles {
  /// What a hub that `scripts/run` started there has chosen, while it runs.
  static let runningPath = ".data/running.env"
  static let dotEnvPath = ".env"
  /// What that script holds a lock on (flock) for as long as it, or anything that it started, runs.
  static let lockPath = ".data/run.lock"

  /// The text of `.data/running.env`, if the hub that wrote it runs.
  let running: String?
  /// The text of `.env`.
  let dotEnv: String?
  /// What should be said of them.
  private(set) var warnings: [String] = []

  /// Reads those of the working directory.
  init() throws(SettingsError) {
    dotEnv = try Self.text(Self.dotEnvPath)
    guard let text = try Self.text(Self.runningPath) else {
      running = nil
      return
    }
    guard Self.isHeld(Self.lockPath) else {
      running = nil
      warnings.append("\(Self.runningPath) is of a hub that has ended, and is left out; remove it")
      return
    }
    running = text
  }

  /// No file is no problem; one that cannot be read is.
  private static func text(_ path: String) throws(SettingsError) -> String? {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      guard access(path, F_OK) != 0 else { throw SettingsError(problems: ["\(path) cannot be read as UTF-8"]) }
      return nil
    }
  }

  /// Whether somebody holds the lock on a file. The system lets go of it when its holders end, however they end: one that is
  /// killed cannot remove its files, and its number may be another process's by now.
  static func isHeld(_ path: String) -> Bool {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    // Shared, so that two who look do not find each other; it is let go of at once.
    return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
