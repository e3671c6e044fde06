import Glibc
import HubRuntime

/// What a person sees: progress on the standard error, the report on the standard output. Colours and lines that are
/// rewritten in place are for terminals only.
final class Console {
  private let isQuiet: Bool
  private var isLineOpen = false
  /// Whether the report may be in colours.
  let usesColours: Bool

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    usesColours = isatty(1) == 1 && getenv("NO_COLOR") == nil
  }

  /// Shows what is going on now, in place of what was shown before; on a terminal only.
  func progress(_ text: String) {
    guard !isQuiet, let columns = Terminal.columns(of: 2) else { return }
    Self.write(2, Terminal.progress(text, columns: columns))
    isLineOpen = true
  }

  /// Says what is done, on a line that stays.
  func say(_ text: String) {
    guard !isQuiet else { return }
    clear()
    Self.write(2, text + "\n")
  }

  /// Says what is wrong.
  func complain(_ text: String) {
    clear()
    Self.write(2, text + "\n")
  }

  /// Prints the report.
  func report(_ text: String) {
    clear()
    if !isQuiet { Self.write(1, text + "\n") }
  }

  /// Prints what a program reads.
  static func output(_ text: String) { write(1, text) }

  private func clear() {
    if isLineOpen { Self.write(2, Terminal.progress("", columns: 1)) }
    isLineOpen = false
  }

  private static func write(_ file: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if count <= 0 { return }
      done += count
    }
  }
}
