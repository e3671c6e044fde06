import EngineServer
import Glibc
import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// A loop with its subscribers and rooms.
final class LiveLoop: SocketLoop, @unchecked Sendable {
  // Owner: the loop's thread, but for `mailbox` and `missed`, which guard themselves.
  let options: LiveOptions
  let metrics: LiveMetrics
  let census: Census
  let gate: Gate
  let clock: any HubClock
  let parsers: FrameParsers
  let desk: EngineDesk
  let feeds: Feeds
  let reader: StreamReader
  let owners: any OrderOwners
  private let mailbox: Mailbox<LiveLetter>
  /// Tenants of which a batch found no room in the mailbox, and the newest place that was left out.
  private let missed = Locked<[TenantID: StreamOffset?]>([:])
  private(set) var subscribers: [Subscriber] = []
  var rooms = RoomRegistry()
  /// The place of the last event that was delivered, by tenant.
  var delivered: [TenantID: StreamOffset] = [:]
  /// Wishes that wait until their tenant's subscription stands.
  var waiting: [TenantID: [Wish]] = [:]
  /// Wishes that go on when their subscriber has read.
  var paced: [Wish] = []
  /// Who waits for answers, by the number of the question.
  private var asked: [UInt64: (any Sendable) -> Void] = [:]
  private var lastQuestion: UInt64 = 0
  var justDelivered: [EventBatch] = []
  /// The event that somebody was shown last who sees orders of its own, in this turn.
  var lastShown: (batch: EventBatch, index: Int, sight: Sight, parts: EncodedParts?)?
  private var reportedQueuedBytes = 0
  private var isDraining = false
  /// Wall clock less loop's clock, to see jumps.
  private var clockOffsetMs: Int64?
  /// The most a wall clock may drift between two looks before it counts as a jump.
  private static let jumpMs: Int64 = 500

  init?(
    index: Int, options: LiveOptions, gate: Gate, feeds: Feeds, reader: StreamReader, owners: any OrderOwners,
    metrics: LiveMetrics
  ) {
    self.options = options
    self.owners = owners
    self.metrics = metrics
    self.feeds = feeds
    self.reader = reader
    census = gate.census
    self.gate = gate
    clock = gate.clock
    parsers = FrameParsers(messageLimitBytes: options.messageLimitBytes)
    mailbox = Mailbox(limit: options.mailboxLimit, limitBytes: options.mailboxLimitBytes)
    desk = EngineDesk(index: index, options: options.engine)
    super.init(
      index: index, name: "live-\(index)", queueLimitBytes: options.queueLimitBytes, clock: options.steadyClock)
    desk.serve(self) { [unowned self] in open($0) }
  }

  // MARK: From any thread

  /// Hands over a client; false if too much waits already.
  func post(_ arrival: Arrival) -> Bool { post(.arrival(arrival), bytes: arrival.leftover.count, urgent: false) }

  /// Hands over a reader of server-sent events; false if too much waits already.
  func post(_ arrival: StreamArrival) -> Bool { post(.stream(arrival), bytes: 0, urgent: false) }

  /// Hands over what must arrive.
  func post(urgent letter: LiveLetter) { _ = post(letter, bytes: 0, urgent: true) }

  /// Hands over events. If the loop is so far behind that there is no room, its members are told to load again; until
  /// then nothing more of the tenant is taken, so that all they get is from before what was left out, or from after it.
  ///
  /// A tenant's batches are posted one after the other.
  func post(_ batch: EventBatch) {
    let isBehind = missed.with { missed in
      guard let newest = missed[batch.tenant] else { return false }
      missed[batch.tenant] = .some(batch.newest ?? newest)
      return true
    }
    if isBehind || post(.events(batch), bytes: batch.byteCount, urgent: false) { return }
    missed.with { $0[batch.tenant] = .some(batch.newest) }
    ring()
  }

  /// Hands over what a program outside the hub sent; dropped and counted if the loop is so far behind.
  func post(_ event: EmittedEvent) {
    if !post(.emitted(event), bytes: event.byteCount, urgent: false) { metrics.emittedDropped.add() }
  }

  private func post(_ letter: LiveLetter, bytes: Int, urgent: Bool) -> Bool {
    switch mailbox.post(letter, bytes: bytes, urgent: urgent) {
    case .first: ring()
    case .further: break
    case .full: return false
    }
    return true
  }

  /// After the loop has stopped: closes the sockets that it never took.
  func closeUnopened() {
    for letter in mailbox.takeAll() {
      switch letter {
      case .arrival(let arrival):
        close(arrival.socket)
        census.leave(address: arrival.address)
      case .stream(let arrival): drop(arrival)
      case .events, .standing, .resync, .answered, .emitted, .ended, .drain: break
      }
    }
  }

  private func drop(_ arrival: StreamArrival) {
    close(arrival.socket)
    census.leave(address: arrival.request.address, descriptors: Census.streamDescriptors)
    arrival.finished()
  }

  // MARK: On the loop's thread

  override func rung() {
    desk.rung()
    // Taken at once: all letters of such a tenant are from before what was left out.
    let (letters, late) = missed.with { missed in
      defer { missed = [:] }
      return (mailbox.takeAll(), missed)
    }
    var runs = EventRuns()
    for letter in letters {
      if case .events(let batch) = letter {
        runs.append(batch)
        continue
      }
      // What else is said of a tenant is said between its events.
      for run in runs.takeAll() { deliver(run) }
      switch letter {
      case .events: break
      case .arrival(let arrival): open(arrival)
      case .stream(let arrival): open(arrival)
      case .standing(let tenant): for wish in waiting.removeValue(forKey: tenant) ?? [] { serve(wish) }
      case .resync(let tenant, let reason, let offset): resync(tenant, reason: reason, offset: offset)
      case .answered(let number, let answer): asked.removeValue(forKey: number)?(answer)
      case .emitted(let event): emit(event)
      case .ended: for subscriber in subscribers { subscriber.tokensEnded() }
      case .drain(let overMs): drain(overMs: overMs)
      }
    }
    for run in runs.takeAll() { deliver(run) }
    for (tenant, newest) in late {
      resync(tenant, reason: "overload", offset: [newest, delivered[tenant]].compactMap(\.self).max())
    }
  }

  override func settled() {
    goOnGiving()
    lastShown = nil
    if queuedBytes != reportedQueuedBytes {
      metrics.queuedBytes.add(Int64(queuedBytes - reportedQueuedBytes))
      reportedQueuedBytes = queuedBytes
    }
    guard !justDelivered.isEmpty else { return }
    let now = clock.now().millis
    for batch in justDelivered {
      for case .some(let at) in batch.events.lazy.map(\.happenedAtMs) {
        metrics.lag.record(micros: UInt64(clamping: max(0, now &- at)) &* 1_000)
      }
    }
    justDelivered.removeAll(keepingCapacity: true)
  }

  override func ending() { desk.ending() }

  override func ticked() {
    desk.ticked()
    let offset = clock.now().millis &- nowMs
    if let before = clockOffsetMs, offset.subtractingReportingOverflow(before).partialValue.magnitude > Self.jumpMs {
      for subscriber in subscribers { subscriber.clockJumped() }
    }
    clockOffsetMs = offset
    if index == 0 { feeds.sweep(emptyBeforeMs: nowMs - options.unsubscribeDelayMs) }
    forgetUnwanted()
  }

  /// Counts a subscriber in.
  func add(_ subscriber: Subscriber) {
    subscriber.seat = subscribers.count
    subscribers.append(subscriber)
  }

  /// Ends all that a subscriber has here.
  func remove(_ subscriber: Subscriber) {
    guard subscriber.seat >= 0 else { return }
    leaveAll(subscriber)
    let last = subscribers.removeLast()
    if last !== subscriber {
      subscribers[subscriber.seat] = last
      last.seat = subscriber.seat
    }
    subscriber.seat = -1
  }

  /// Lets a task do what takes waiting, and goes on with its answer on this thread.
  func ask<Answer: Sendable>(
    _ work: @escaping @Sendable () async -> Answer, then goOn: @escaping (Answer) -> Void
  ) {
    lastQuestion += 1
    let number = lastQuestion
    asked[number] = { answer in
      guard let answer = answer as? Answer else { preconditionFailure("question \(number) got another's answer") }
      goOn(answer)
    }
    Task { self.post(urgent: .answered(number, await work())) }
  }

  private func open(_ arrival: StreamArrival) {
    let client = StreamClient(home: self, arrival: arrival)
    guard let connection = adopt(arrival.socket, owner: client) else {
      census.leave(address: arrival.request.address, descriptors: Census.streamDescriptors)
      return arrival.finished()
    }
    client.begin(on: connection)
    if isDraining { client.leave(atMs: nowMs) }
  }

  /// Makes the client of a Socket.IO session that is about to open; nil if there is no room for it.
  private func open(_ opening: EngineOpening) -> (any EngineClient)? {
    let address = NetworkAddress.limitKey(of: opening.request.remoteAddress)
    if let refusal = census.enter(address: address) {
      metrics.noteRefused(refusal)
      return nil
    }
    let client = SocketIOClient(home: self, opening: opening, address: address)
    client.begin()
    let isProven = gate.proof(of: opening.request) != nil
    client.awaitToken(withinMs: options.authTimeoutMs, isProven: isProven)
    if isProven { opening.transports.trust() }
    if isDraining { client.leave(atMs: nowMs) }
    return client
  }

  private func open(_ arrival: Arrival) {
    let session = PlainSession(home: self, address: arrival.address)
    guard let connection = adopt(arrival.socket, owner: session) else {
      census.leave(address: arrival.address)
      return
    }
    session.begin(on: connection, arrival)
    if isDraining { session.leave(atMs: nowMs) }
  }

  private func drain(overMs: Int64) {
    isDraining = true
    let count = Int64(max(subscribers.count, 1))
    for (index, subscriber) in subscribers.enumerated() {
      subscriber.leave(atMs: nowMs + overMs * Int64(index) / count)
    }
  }
}
