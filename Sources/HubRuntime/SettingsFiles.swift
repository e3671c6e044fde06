import Foundation
import Glibc

/// The files of a folder that settings come from.
struct SettingsFiles {
  /// What a hub that `scripts/run` started there has chosen, while it runs.
  static let runningPath = ".data/running.env"
  static let dotEnvPath = ".env"
  /// The name of that hub's process in its file.
  static let processKey = "ORDERHUB_RUN_PID"

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
    guard Self.runs(text) else {
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

  /// Whether the process that a file names is there: one that was killed could not remove its file.
  static func runs(_ text: String) -> Bool {
    let values = DotEnvFile(text, name: runningPath).values
    guard let number = values[processKey].flatMap({ Int32($0) }), number > 0 else { return false }
    return kill(number, 0) == 0 || errno == EPERM
  }
}
