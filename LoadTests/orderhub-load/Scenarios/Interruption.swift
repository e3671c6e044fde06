import Glibc
import Synchronization

/// Ctrl-C: the first asks to end with the figures so far, the second ends at once.
enum Interruption {
  /// Whether it has come.
  static var hasCome: Bool { count > 0 }
  /// How often it has come.
  static var count: Int { flag.load(ordering: .relaxed) }

  /// When this was first asked after it had come; nil before that.
  static var seenNs: Int64? {
    guard hasCome else { return nil }
    let (isFirst, earlier) = firstSeenNs.compareExchange(
      expected: 0, desired: monotonicNs(), ordering: .relaxed)
    return isFirst ? firstSeenNs.load(ordering: .relaxed) : earlier
  }

  /// Waits until a moment, or until it comes.
  static func rest(untilNs end: Int64) {
    while monotonicNs() < end, !hasCome { sleepNs(min(max(end - monotonicNs(), 1), 50_000_000)) }
  }

  /// Listens for it; once a process.
  static func listen() {
    // Made here, before the handler: within one nothing may be made.
    flag.store(0, ordering: .relaxed)
    signal(SIGPIPE, SIG_IGN)
    // The second one finds the system's own handler, which ends the process.
    handle(flags: Int32(bitPattern: UInt32(SA_RESETHAND)))
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in numbers { sigaddset(&wanted, number) }
    // Whoever started this may have kept signals from its own threads, and so from this process.
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }

  /// Runs what must say how it ended: meanwhile no signal ends this process. Afterwards the next one does again.
  static func outlasting<Success>(_ body: () -> Success) -> Success {
    handle(flags: 0)
    defer {
      handle(flags: Int32(bitPattern: UInt32(SA_RESETHAND)))
      if hasCome { for number in numbers { signal(number, SIG_DFL) } }
    }
    return body()
  }

  private static let numbers = [SIGINT, SIGTERM]

  private static func handle(flags: Int32) {
    for number in numbers {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = noteInterruption
      action.sa_flags = flags
      sigaction(number, &action, nil)
    }
  }
}

private let flag = Atomic<Int>(0)
private let firstSeenNs = Atomic<Int64>(0)

private let noteInterruption: @convention(c) (Int32) -> Void = { _ in
  flag.add(1, ordering: .relaxed)
}
