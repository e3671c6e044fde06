import Glibc
import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// What other threads ask of a loop.
enum LiveLetter: Sendable {
  /// A new client.
  case arrival(Arrival)
  /// Events for the members of a tenant.
  case events(EventBatch)
  /// The bus has confirmed a tenant's subscription: tell the members who wait for it.
  case standing(TenantID)
  /// Events may be missing: tell every member of every tenant.
  case resync(reason: String)
  /// Send everybody away, spread over so long.
  case drain(overMs: Int64)
}

/// A client whose handshake is done.
struct Arrival: Sendable {
  let socket: Int32
  let leftover: [UInt8]
  let address: String
  /// What its token said; nil if it brought none.
  let claims: TokenClaims?
}

/// A loop with its subscribers and rooms.
final class LiveLoop: SocketLoop, @unchecked Sendable {
  // Owner: the loop's thread, but for `mailbox` and `missed`, which guard themselves.
  let options: LiveOptions
  let metrics: LiveMetrics
  let census: Census
  let verifier: any TokenVerifier
  let clock: any HubClock
  let parsers: FrameParsers
  private let routes: Routes
  private let mailbox: Mailbox<LiveLetter>
  /// Tenants of which a batch found no room in the mailbox.
  private let missed = Locked<Set<TenantID>>([])
  private var subscribers: [Subscriber] = []
  private var rooms = RoomRegistry()
  private var justDelivered: [EventBatch] = []
  private var reportedQueuedBytes = 0
  private var isDraining = false
  /// Wall clock less loop's clock, to see jumps.
  private var clockOffsetMs: Int64?
  /// The most a wall clock may drift between two looks before it counts as a jump.
  private static let jumpMs: Int64 = 500

  init?(index: Int, options: LiveOptions, gate: Gate, routes: Routes, metrics: LiveMetrics) {
    self.options = options
    self.metrics = metrics
    self.routes = routes
    census = gate.census
    verifier = gate.verifier
    clock = gate.clock
    parsers = FrameParsers(messageLimitBytes: options.messageLimitBytes)
    mailbox = Mailbox(limit: options.mailboxLimit, limitBytes: options.mailboxLimitBytes)
    super.init(index: index, name: "live-\(index)", queueLimitBytes: options.queueLimitBytes)
  }

  // MARK: From any thread

  /// Hands over a client; false if too much waits already.
  func post(_ arrival: Arrival) -> Bool { post(.arrival(arrival), bytes: arrival.leftover.count, urgent: false) }

  /// Hands over what must arrive.
  func post(urgent letter: LiveLetter) { _ = post(letter, bytes: 0, urgent: true) }

  /// Hands over events. If the loop is so far behind that there is no room, its members are told to load again.
  func post(_ batch: EventBatch) {
    if post(.events(batch), bytes: batch.byteCount, urgent: false) { return }
    missed.with { _ = $0.insert(batch.tenant) }
    ring()
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
    for case .arrival(let arrival) in mailbox.takeAll() {
      close(arrival.socket)
      census.leave(address: arrival.address)
    }
  }

  // MARK: On the loop's thread

  override func rung() {
    for letter in mailbox.takeAll() {
      switch letter {
      case .arrival(let arrival): open(arrival)
      case .events(let batch): deliver(batch)
      case .standing(let tenant): for member in rooms[.tenant(tenant)]?.members ?? [] { member.stands(tenant) }
      case .resync(let reason): resyncAll(reason: reason)
      case .drain(let overMs): drain(overMs: overMs)
      }
    }
    let late = missed.with { missed in
      defer { missed = [] }
      return missed
    }
    for tenant in late { resync(tenant, reason: "overload") }
  }

  override func settled() {
    if queuedBytes != reportedQueuedBytes {
      metrics.queuedBytes.add(Int64(queuedBytes - reportedQueuedBytes))
      reportedQueuedBytes = queuedBytes
    }
    guard !justDelivered.isEmpty else { return }
    let now = clock.now().millis
    for batch in justDelivered {
      for at in batch.happenedAtMs { metrics.lag.record(micros: UInt64(clamping: max(0, now &- at)) &* 1_000) }
    }
    justDelivered.removeAll(keepingCapacity: true)
  }

  override func ticked() {
    let offset = clock.now().millis &- nowMs
    if let before = clockOffsetMs, offset.subtractingReportingOverflow(before).partialValue.magnitude > Self.jumpMs {
      for subscriber in subscribers { subscriber.clockJumped() }
    }
    clockOffsetMs = offset
    if index == 0 { routes.sweep(emptyBeforeMs: nowMs - options.unsubscribeDelayMs) }
  }

  /// Makes a subscriber a member of a room.
  func join(_ subscriber: Subscriber, _ name: RoomName) {
    guard rooms.join(subscriber, name) else { return }
    metrics.rooms.add(1)
    if case .tenant(let tenant) = name { routes.open(tenant, loop: index) }
  }

  /// Whether a tenant's members miss nothing from now on; if not, `Subscriber.stands` will say when.
  func isStanding(_ tenant: TenantID) -> Bool { routes.isStanding(tenant) }

  /// Ends a membership.
  func leave(_ subscriber: Subscriber, _ name: RoomName) {
    guard rooms.leave(subscriber, name) else { return }
    metrics.rooms.add(-1)
    if case .tenant(let tenant) = name { routes.close(tenant, loop: index, nowMs: nowMs) }
  }

  /// Counts a subscriber in.
  func add(_ subscriber: Subscriber) {
    subscriber.place = subscribers.count
    subscribers.append(subscriber)
    metrics.connections.add(1)
  }

  /// Ends all that a subscriber has here.
  func remove(_ subscriber: Subscriber) {
    guard subscriber.place >= 0 else { return }
    while let membership = subscriber.memberships.last { leave(subscriber, membership.room.name) }
    let last = subscribers.removeLast()
    if last !== subscriber {
      subscribers[subscriber.place] = last
      last.place = subscriber.place
    }
    subscriber.place = -1
    metrics.connections.add(-1)
  }

  private func open(_ arrival: Arrival) {
    let session = PlainSession(home: self, address: arrival.address)
    guard let connection = adopt(arrival.socket, owner: session) else {
      census.leave(address: arrival.address)
      return
    }
    add(session)
    session.begin(on: connection, claims: arrival.claims, leftover: arrival.leftover)
    if isDraining { session.leave(atMs: nowMs) }
  }

  private func deliver(_ batch: EventBatch) {
    guard let room = rooms[.tenant(batch.tenant)] else { return }
    let members = room.members
    for member in members { member.deliver(batch) }
    metrics.deliveries.add(members.count * batch.count)
    justDelivered.append(batch)
  }

  private func resync(_ tenant: TenantID, reason: String) {
    guard let room = rooms[.tenant(tenant)] else { return }
    metrics.resyncs.add(room.members.count)
    for member in room.members { member.resync(reason: reason) }
  }

  private func resyncAll(reason: String) {
    let told = subscribers.filter { !$0.memberships.isEmpty }
    metrics.resyncs.add(told.count)
    for subscriber in told { subscriber.resync(reason: reason) }
  }

  private func drain(overMs: Int64) {
    isDraining = true
    let count = Int64(max(subscribers.count, 1))
    for (index, subscriber) in subscribers.enumerated() {
      subscriber.leave(atMs: nowMs + overMs * Int64(index) / count)
    }
  }
}
