import Glibc

/// Runs a command line that the user gave.
enum ShellCommand {
  /// Its exit status, 128 and the signal's number if one ended it; nil if it could not be started.
  static func run(_ line: String) -> Int32? {
    let texts: [String] = ["/bin/sh", "-c", line]
    let words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    guard posix_spawn(&child, "/bin/sh", nil, nil, words, environ) == 0 else { return nil }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      if errno != EINTR { return nil }
    }
    return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
  }
}
