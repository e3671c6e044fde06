import Credentials
import Glibc
import HubContracts

/// Where a new password comes from: whoever sits at the terminal, or a line of the standard input.
enum PasswordPrompt {
  /// On a terminal it is asked for twice, for nobody sees what is typed. Nil after having said what is wrong.
  static func read() -> String? {
    guard let typed = line("password: ") else { return refuse("there is no password: the input has ended") }
    let bytes = PasswordRule.bytes
    guard bytes.contains(typed.utf8.count) else {
      return refuse(
        "the password has \(typed.utf8.count) bytes: allowed are \(bytes.lowerBound) to \(bytes.upperBound)")
    }
    if let defect = Argon2Hasher.defect(of: typed) { return refuse("\(defect): choose another") }
    guard isatty(0) == 1 else { return typed }
    // By its bytes: what looks the same need not be the same keys.
    guard let again = line("the same again: "), again.utf8.elementsEqual(typed.utf8) else {
      return refuse("the two are not the same: nothing was done")
    }
    return typed
  }

  private static func refuse(_ why: String) -> String? {
    printError(why)
    return nil
  }

  /// A line of the standard input; on a terminal it is asked for, and not shown.
  private static func line(_ question: String) -> String? {
    var before = termios()
    guard isatty(0) == 1, tcgetattr(0, &before) == 0 else { return readLine() }
    var hidden = before
    hidden.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(0, TCSAFLUSH, &hidden)
    writeError(question)
    defer {
      tcsetattr(0, TCSAFLUSH, &before)
      writeError("\n")
    }
    return readLine()
  }
}
