import HubRuntime

/// What the live clients of a run have in common, told to the thread that reports.
struct LiveCounts: Sendable, Equatable {
  var ready = 0
  /// Attempts to connect that failed, and connections that were lost, by kind.
  var losses: [String: Int64] = [:]
  var events: Int64 = 0
  /// Events that say that an order of this run was created.
  var stamped: Int64 = 0
  var resyncs = 0
  var recovered = 0
}

/// The live clients of one loop. Touched only on the loop's thread, but for `counts`.
final class LiveGroup: Timed {
  unowned let loop: ClientLoop
  let endpoint: Endpoint
  let token: String
  let talk: LiveTalk
  /// Whether sockets keep what they need to recover.
  let keepsTails: Bool
  private let counts: Locked<LiveCounts>
  private let recorder: Recorder
  /// May change between the phases of a run.
  var operations: Operations
  private let timeoutNs: Int64
  private(set) var lines: [LiveLine] = []
  private var dialling: [(atNs: Int64, line: LiveLine)] = []
  private var stampHint = 0
  private var nextPingNs = Int64.max
  private var isStopped = false

  /// Under which numbers things are counted.
  struct Operations: Sendable {
    /// From having no connection to being subscribed.
    var connect: Int
    /// From when an order's request should have started to the event at a client.
    var event: Int
    /// From the first byte to having all that was missed.
    var recover: Int?
  }

  private static let pingEveryNs: Int64 = 60_000_000_000
  private static let firstRetryNs: Int64 = 100_000_000
  private static let longestRetryNs: Int64 = 2_000_000_000

  init(
    loop: ClientLoop, endpoint: Endpoint, token: String, talk: LiveTalk, keepsTails: Bool, counts: Locked<LiveCounts>,
    recorder: Recorder, operations: Operations, timeoutNs: Int64
  ) {
    self.loop = loop
    self.endpoint = endpoint
    self.token = token
    self.talk = talk
    self.keepsTails = keepsTails
    self.counts = counts
    self.recorder = recorder
    self.operations = operations
    self.timeoutNs = timeoutNs
  }

  /// Connects clients with these numbers, spread over `rampNs`.
  func start(numbers: [Int], nowNs: Int64, rampNs: Int64) {
    for (index, number) in numbers.enumerated() {
      let line = LiveLine(group: self, number: number)
      lines.append(line)
      let moment = nowNs + rampNs * Int64(index) / Int64(numbers.count)
      line.awaySinceNs = moment
      dialling.append((moment, line))
    }
    nextPingNs = nowNs + Self.pingEveryNs
    loop.add(self)
  }

  /// Cuts the first `count` clients off.
  func cut(_ count: Int, nowNs: Int64) {
    for line in lines.prefix(count) where line.phase != .away {
      if line.phase == .ready { counts.with { $0.ready -= 1 } }
      line.cut()
      line.awaySinceNs = nowNs
      line.failedAttempts = 0
    }
  }

  /// Lets those that are away connect again, all at once; with `missed` they ask for so many stamped events.
  func reconnect(nowNs: Int64, missed: Int? = nil) {
    for line in lines where line.phase == .away { line.dial(nowNs: nowNs, missed: missed) }
  }

  func stop() {
    isStopped = true
    loop.remove(self)
    for line in lines { line.cut() }
  }

  // MARK: What a line tells

  func becameReady(_ line: LiveLine) {
    counts.with { $0.ready += 1 }
    recorder.succeeded(operations.connect, latencyNs: monotonicNs() - line.awaySinceNs)
    line.failedAttempts = 0
  }

  func heardEvent(_ line: LiveLine, created text: UnsafeRawBufferPointer?) {
    let stamp = text.flatMap(stamp)
    counts.with { counts in
      counts.events += 1
      if stamp != nil { counts.stamped += 1 }
    }
    guard let stamp else { return }
    line.heard.hear(stamp.number)
    if line.toRecover != nil {
      if line.countRecovered(), let recover = operations.recover {
        counts.with { $0.recovered += 1 }
        recorder.succeeded(recover, latencyNs: monotonicNs() - line.dialledNs)
      }
    } else {
      recorder.succeeded(operations.event, latencyNs: monotonicNs() - stamp.momentNs)
    }
  }

  func heardResync(_ line: LiveLine) {
    counts.with { $0.resyncs += 1 }
    line.heard.resync()
    line.recovered()
  }

  /// A connection is gone, or an attempt failed: it is tried again, at first soon, later less often and never all at once.
  func lost(_ line: LiveLine, _ kind: String, wasReady: Bool) {
    guard !isStopped else { return }
    let now = monotonicNs()
    let kind = wasReady ? "lost: \(kind)" : kind
    recorder.failed(operations.connect, kind)
    counts.with { counts in
      counts.losses[kind, default: 0] += 1
      if wasReady { counts.ready -= 1 }
    }
    if wasReady {
      line.awaySinceNs = now
      line.failedAttempts = 0
      return insert(line, atNs: now)
    }
    line.failedAttempts += 1
    let pause = min(Self.firstRetryNs << Int64(min(line.failedAttempts - 1, 5)), Self.longestRetryNs)
    // A part that differs from line to line and from attempt to attempt, and is the same in each run.
    let spread = Int64((line.number &* 7_919 &+ line.failedAttempts &* 104_729) % 1_000)
    insert(line, atNs: now + pause / 2 + pause * spread / 1_000)
  }

  // MARK: Time

  func due(nowNs: Int64) -> Int64 {
    var taken = 0
    while taken < dialling.count, dialling[taken].atNs <= nowNs { taken += 1 }
    let due = dialling[..<taken]
    dialling.removeFirst(taken)
    for entry in due { entry.line.dial(nowNs: nowNs) }
    return dialling.first?.atNs ?? Int64.max
  }

  func swept(nowNs: Int64) {
    for line in lines where line.phase == .upgrading || line.phase == .greeting {
      if line.dialledNs < nowNs - timeoutNs { line.giveUp() }
    }
    guard nowNs >= nextPingNs, let ping = talk.ping() else { return }
    nextPingNs = nowNs + Self.pingEveryNs
    for line in lines where line.phase == .ready { line.say(ping) }
  }

  private func insert(_ line: LiveLine, atNs moment: Int64) {
    var place = dialling.count
    while place > 0, dialling[place - 1].atNs > moment { place -= 1 }
    dialling.insert((moment, line), at: place)
    loop.wake(atNs: moment)
  }

  /// The stamp of a created order. All clients get the same bytes, so it is looked for where it was the last time.
  private func stamp(_ text: UnsafeRawBufferPointer) -> Stamp? {
    if !text.has(Stamp.mark, at: stampHint) {
      guard let found = text.firstIndex(of: Stamp.mark) else { return nil }
      stampHint = found
    }
    return Stamp(text, at: stampHint)
  }
}
