import Glibc

/// Runs the hub's own program, where it lies beside this one.
enum HubCommand {
  /// How a run of it ended.
  enum Outcome: Equatable {
    /// There is none, or it could not be started.
    case absent
    /// Its exit status; 128 and the signal's number if one ended it.
    case ended(Int32)
  }

  private static let pauseNs: Int64 = 20_000_000

  /// Runs it with these words, in this folder and environment; it logs warnings only, and prints nothing to our output.
  /// Ctrl-C ends it.
  static func run(_ words: [String]) -> Outcome {
    guard let program = path, let child = spawn([program] + words) else { return .absent }
    return Interruption.outlasting {
      let before = Interruption.count
      var told = false
      var status: Int32 = 0
      while true {
        let found = waitpid(child, &status, WNOHANG)
        if found == child { return .ended(status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f) }
        if found < 0, errno != EINTR { return .absent }
        // A terminal tells both; whoever tells this process alone means both.
        if !told, Interruption.count > before {
          kill(child, SIGINT)
          told = true
        }
        sleepNs(pauseNs)
      }
    }
  }

  /// `orderhub` in the folder of this program; nil if there is none.
  private static var path: String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return readlink("/proc/self/exe", start.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    guard count > 0, let slash = bytes[..<count].lastIndex(of: UInt8(ascii: "/")) else { return nil }
    let path = String(decoding: bytes[...slash], as: UTF8.self) + "orderhub"
    return access(path, X_OK) == 0 ? path : nil
  }

  private static func spawn(_ texts: [String]) -> pid_t? {
    let settings = environment.filter { !$0.hasPrefix("LOG_LEVEL=") } + ["LOG_LEVEL=warning"]
    let words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    let values: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
    defer { for text in words + values { free(text) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Our output is the report, which programs read.
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    var child: pid_t = 0
    return posix_spawn(&child, texts[0], &actions, nil, words, values) == 0 ? child : nil
  }

  private static var environment: [String] {
    var texts: [String] = []
    var place = environ
    while let text = place.pointee {
      texts.append(String(cString: text))
      place += 1
    }
    return texts
  }
}
