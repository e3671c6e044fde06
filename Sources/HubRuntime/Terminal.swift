import Glibc

/// The terminal that a program writes to, if it writes to one.
public enum Terminal {
  /// What is taken for its width where it does not say.
  private static let usualColumns = 80

  /// How many columns it has; nil if the file is no terminal.
  public static func columns(of file: Int32) -> Int? {
    guard isatty(file) == 1 else { return nil }
    var size = winsize()
    guard ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return usualColumns }
    return Int(size.ws_col)
  }

  /// What puts a line of progress in the place of the one before. It is cut: a line that wraps cannot be taken back, and
  /// one that ends in the last column may wrap.
  public static func progress(_ text: String, columns: Int) -> String {
    "\r\u{1b}[K" + text.prefix(max(0, columns - 1))
  }
}
