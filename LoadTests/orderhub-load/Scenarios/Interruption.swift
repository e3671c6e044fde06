import Glibc
import Synchronization

/// Ctrl-C: the first asks to end with the figures so far, the second ends at once.
enum Interruption {
  /// Whether it has come.
  static var hasCome: Bool { flag.load(ordering: .relaxed) }

  /// Waits until a moment, or until it comes.
  static func rest(untilNs end: Int64) {
    while monotonicNs() < end, !hasCome { sleepNs(min(max(end - monotonicNs(), 1), 50_000_000)) }
  }

  /// Listens for it; once a process.
  static func listen() {
    // Made here, before the handler: within one nothing may be made.
    flag.store(false, ordering: .relaxed)
    signal(SIGPIPE, SIG_IGN)
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM] {
      sigaddset(&wanted, number)
      var action = sigaction()
      action.__sigaction_handler.sa_handler = noteInterruption
      // The second one finds the system's own handler, which ends the process.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(number, &action, nil)
    }
    // Whoever started this may have kept signals from its own threads, and so from this process.
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }
}

private let flag = Atomic<Bool>(false)

private let noteInterruption: @convention(c) (Int32) -> Void = { _ in flag.store(true, ordering: .relaxed) }
