import Dispatch
import HubContracts
import HubRuntime
import SocketLoop
import Synchronization

/// Something on a loop that must be looked at again at some moment.
protocol Timed: AnyObject {
  /// Does what is due; the moment of the next look, or `Int64.max`.
  func due(nowNs: Int64) -> Int64
  /// Four times a second or so: looks for what took too long.
  func swept(nowNs: Int64)
}

/// A loop of the client, and the thread that wakes it to the tenth of a millisecond.
final class ClientLoop: SocketLoop, @unchecked Sendable {
  // Owner: the loop's own thread, as in `SocketLoop`; `letters` and `nextNs` are shared.
  private let letters = Mailbox<@Sendable (ClientLoop) -> Void>(limit: 10_000, limitBytes: 1 << 20)
  private let nextNs = Atomic<Int64>(Int64.max)
  private var timed: [any Timed] = []
  /// The users of this loop, and its live clients: for letters.
  var users: [UserGroup] = []
  var listeners: LiveGroup?

  /// The longest sleep of the waking thread, and the shortest: what is due sooner is done together.
  private static let longestSleepNs: Int64 = 1_000_000
  private static let shortestSleepNs: Int64 = 100_000

  /// Starts a loop and its waking thread; nil if the system has no descriptor left.
  static func started(index: Int) -> ClientLoop? {
    guard let loop = ClientLoop(index: index, name: "client-\(index)", queueLimitBytes: 16 << 20) else { return nil }
    loop.start()
    Thread.start(name: "wake-\(index)") { [weak loop] in
      while let sleep = loop?.wake() { sleepNs(sleep) }
    }.detach()
    return loop
  }

  /// Runs something on the loop's thread, soon.
  func post(_ letter: @escaping @Sendable (ClientLoop) -> Void) {
    _ = letters.post(letter, urgent: true)
    ring()
  }

  /// Runs something on the loop's thread and waits for what it gives. Not from a loop's thread.
  func ask<Result: Sendable>(_ question: @escaping @Sendable (ClientLoop) -> Result) -> Result {
    let reply = Locked<Result?>(nil)
    let done = DispatchSemaphore(value: 0)
    post { loop in
      let result = question(loop)
      reply.with { $0 = result }
      done.signal()
    }
    while true {
      done.wait()
      if let result = reply.with({ $0 }) { return result }
    }
  }

  /// On the loop's thread: has something looked at from now on.
  func add(_ thing: any Timed) {
    timed.append(thing)
    nextNs.store(0, ordering: .relaxed)
  }

  /// On the loop's thread: forgets it.
  func remove(_ thing: any Timed) { timed.removeAll { $0 === thing } }

  /// On the loop's thread: something is due earlier than was said.
  func wake(atNs moment: Int64) {
    if moment < nextNs.load(ordering: .relaxed) { nextNs.store(moment, ordering: .relaxed) }
  }

  override func rung() {
    for letter in letters.takeAll() { letter(self) }
    let now = monotonicNs()
    var next = Int64.max
    for thing in timed { next = min(next, thing.due(nowNs: now)) }
    nextNs.store(next, ordering: .relaxed)
  }

  override func ticked() {
    let now = monotonicNs()
    for thing in timed { thing.swept(nowNs: now) }
  }

  /// What the waking thread does; how long it then sleeps.
  private func wake() -> Int64 {
    let left = nextNs.load(ordering: .relaxed) &- monotonicNs()
    guard left <= 0 else { return min(left, Self.longestSleepNs) }
    ring()
    return Self.shortestSleepNs
  }
}
