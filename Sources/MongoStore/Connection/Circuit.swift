import Dispatch
import Glibc
import HubRuntime
import Synchronization

/// Knows when the store is away, so that calls are refused at once instead of each waiting for itself.
///
/// A few failures in a row open it; from then on one prober asks, and its first answer closes it.
final class Circuit: Sendable {
  /// So many broken connections in a row mean that the store is away. No primary within the driver's wait is one.
  static let failureLimit = 3
  /// How long the prober waits between two questions.
  static let probeIntervalMs = 200

  private let failures = Atomic<Int>(0)
  private let open = Atomic<Bool>(false)
  private let closing = Atomic<Bool>(false)
  private let wake = DispatchSemaphore(value: 0)
  private let thread = Locked<Thread?>(nil)
  private let log: Log

  /// A closed circuit whose prober asks with `ask`, which may take as long as the driver's wait for a primary.
  init(log: Log, ask: @escaping @Sendable () -> Bool) {
    self.log = log
    thread.with { $0 = Thread.start(name: "mongo-prober") { [self] in probe(ask) } }
  }

  /// Whether calls are refused.
  var isOpen: Bool { open.load(ordering: .relaxed) }

  /// Notes a command that the server answered.
  func succeeded() {
    if failures.load(ordering: .relaxed) != 0 { failures.store(0, ordering: .relaxed) }
  }

  /// Notes a command that found no server.
  func failed(_ failure: MongoFailure) {
    let count = failures.wrappingAdd(1, ordering: .relaxed).newValue
    guard failure.kind == .noPrimary || count >= Self.failureLimit else { return }
    guard !open.exchange(true, ordering: .relaxed) else { return }
    log.error("the document store is away", [("reason", failure.message)])
    wake.signal()
  }

  /// Ends the prober and waits for it, at most until a time of `monotonicMicros`; from a thread that may block. False if it
  /// has not ended by then.
  func close(until micros: UInt64) -> Bool {
    closing.store(true, ordering: .relaxed)
    wake.signal()
    return thread.with { thread in
      defer { thread = nil }
      return thread?.join(until: micros) ?? true
    }
  }

  private func probe(_ ask: () -> Bool) {
    while true {
      wake.wait()
      while isOpen {
        if closing.load(ordering: .relaxed) { return }
        if ask() {
          failures.store(0, ordering: .relaxed)
          open.store(false, ordering: .relaxed)
          log.info("the document store is back")
        } else {
          usleep(UInt32(Self.probeIntervalMs * 1000))
        }
      }
      if closing.load(ordering: .relaxed) { return }
    }
  }
}
