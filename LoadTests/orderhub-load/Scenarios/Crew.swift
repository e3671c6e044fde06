import Dispatch
import Glibc
import HubRuntime
import SocketLoop

/// The client's loops and what they note down, for one scenario.
final class Crew {
  /// What is counted, and as what.
  struct Operation: Sendable {
    let name: String
    var kind = RunFigures.Operation.Kind.request
    var targetNs: Int64?
  }

  let operations: [Operation]
  let liveCounts = Locked(LiveCounts())
  private let loops: [ClientLoop]
  private let recorders: [Recorder]
  private var usersStarted = 0
  private var listenersStarted = 0

  /// Starts so many loops.
  init(threads: Int, operations: [Operation]) throws(RunProblem) {
    self.operations = operations
    var loops: [ClientLoop] = []
    for index in 0..<threads {
      guard let loop = ClientLoop.started(index: index) else {
        throw RunProblem(message: "no descriptor is left for a loop: raise ulimit -n")
      }
      loops.append(loop)
    }
    self.loops = loops
    recorders = loops.map { _ in Recorder(operationCount: operations.count) }
  }

  /// Lets `count` users begin. `make` gives each its errand, by its number among them.
  func addUsers(
    _ count: Int, pace: Pace, rampNs: Int64, timeoutNs: Int64, site: Site,
    make: @escaping @Sendable (Int, RequestText) -> any Errand
  ) {
    let now = monotonicNs()
    let first = usersStarted
    usersStarted += count
    let users = (0..<count).map { (number: $0, endpoint: site.api(first + $0), text: site.text(first + $0)) }
    for (index, loop) in loops.enumerated() {
      let mine = users.filter { $0.number % loops.count == index }
      guard !mine.isEmpty else { continue }
      let recorder = recorders[index]
      // An open loop is shared among the loops that have users.
      let sharing = min(loops.count, count)
      loop.post { loop in
        let group = UserGroup(
          loop: loop, recorder: recorder, pace: pace, timeoutNs: timeoutNs, share: (index: index, of: sharing))
        let lines = mine.map { user in
          UserLine(
            group: group, errand: make(user.number, user.text), endpoint: user.endpoint, number: first + user.number)
        }
        loop.users.append(group)
        group.start(lines: lines, nowNs: now, rampNs: rampNs)
      }
    }
  }

  /// Lets `count` live clients connect, spread over `rampNs`.
  func addListeners(
    _ count: Int, rampNs: Int64, timeoutNs: Int64, site: Site, talk: LiveTalk, keepsTails: Bool,
    operations: LiveGroup.Operations
  ) {
    let now = monotonicNs()
    listenersStarted = count
    for (index, loop) in loops.enumerated() {
      let numbers = (0..<count).filter { $0 % loops.count == index }
      guard !numbers.isEmpty else { continue }
      let (recorder, counts, endpoint, token) = (recorders[index], liveCounts, site.live, site.tokens[0])
      loop.post { loop in
        let group = LiveGroup(
          loop: loop, endpoint: endpoint, token: token, talk: talk, keepsTails: keepsTails, counts: counts,
          recorder: recorder, operations: operations, timeoutNs: timeoutNs)
        loop.listeners = group
        group.start(numbers: numbers, nowNs: now, rampNs: rampNs)
      }
    }
  }

  /// Cuts the first `count` live clients off; when.
  @discardableResult
  func cutListeners(_ count: Int, countingAs operation: Int? = nil) -> Int64 {
    let now = monotonicNs()
    for (index, loop) in loops.enumerated() {
      let share = (count + loops.count - 1 - index) / loops.count
      loop.ask { loop in
        if let operation { loop.listeners?.operations.connect = operation }
        loop.listeners?.cut(share, nowNs: now)
      }
    }
    return now
  }

  /// Counts what it takes to come back as another operation from now on.
  func countConnecting(as operation: Int) {
    for loop in loops { loop.ask { $0.listeners?.operations.connect = operation } }
  }

  /// Lets all that are away connect again at once.
  func reconnectListeners(missed: Int? = nil) {
    let now = monotonicNs()
    for loop in loops { loop.post { $0.listeners?.reconnect(nowNs: now, missed: missed) } }
  }

  /// What each live client has heard so far, by its number.
  func heard() -> [Int: HeardOrders] {
    loops.reduce(into: [:]) { all, loop in
      let lines = loop.ask { $0.listeners?.lines.map { (number: $0.number, heard: $0.heard) } ?? [] }
      for line in lines { all[line.number] = line.heard }
    }
  }

  /// Waits until it holds; false when the time is over, or after Ctrl-C.
  func wait(upToNs limit: Int64, _ holds: () -> Bool) -> Bool {
    let end = monotonicNs() + limit
    while !holds() {
      if monotonicNs() > end || Interruption.hasCome { return false }
      sleepNs(2_000_000)
    }
    return true
  }

  /// All notes of all loops so far.
  func tallies() -> [OperationTally] {
    recorders.reduce(into: [OperationTally](repeating: OperationTally(), count: operations.count)) { sum, recorder in
      for (index, tally) in recorder.snapshot().enumerated() { sum[index].add(tally) }
    }
  }

  /// Lets the users begin nothing more; how many starts of an open loop never came to be.
  func closeUsers() -> Int {
    let now = monotonicNs()
    return askUsers { $0.close(nowNs: now) }
  }

  /// Waits until all that is under way has its answer, or has waited for it as long as it may, and ends the users. After
  /// Ctrl-C it waits no longer than `graceNs`; how many requests had no answer then, which are not counted.
  func endUsers(timeoutNs: Int64) -> Int {
    let end = monotonicNs() + timeoutNs + Self.graceNs
    while askUsers({ $0.underWay }) > 0 {
      let now = monotonicNs()
      if let seen = Interruption.seenNs {
        if now - seen >= Self.graceNs { break }
      } else if now >= end {
        // The loop itself is late: what it did not give up by now has waited longer than it may.
        _ = askUsers {
          $0.giveUp()
          return 0
        }
      }
      sleepNs(5_000_000)
    }
    defer { for loop in loops { loop.ask { $0.users = [] } } }
    return askUsers { $0.stop() }
  }

  /// How long the answers to what is under way are waited for after Ctrl-C.
  private static let graceNs: Int64 = 1_000_000_000

  private func askUsers(_ question: @escaping @Sendable (UserGroup) -> Int) -> Int {
    loops.reduce(0) { sum, loop in sum + loop.ask { $0.users.reduce(0) { $0 + question($1) } } }
  }

  /// Ends the live clients.
  func stopListeners() {
    for loop in loops {
      loop.ask { loop in
        loop.listeners?.stop()
        loop.listeners = nil
      }
    }
  }

  /// Ends the loops and their threads. Nothing may be asked of the crew afterwards.
  func end() {
    for loop in loops {
      let isOver = DispatchSemaphore(value: 0)
      Task.detached {
        await loop.stop()
        isOver.signal()
      }
      isOver.wait()
    }
  }
}
