import HubContracts
import LiveProtocol
import Orders

/// What comes for one tenant: which loops want it, what is on its way to them, and what was missed while the bus was
/// away. It knows no threads and no Redis: it is told what happened and says what to do.
///
/// Whenever the bus has confirmed the subscription, a reader looks in the tenant's stream for what was missed (`Fill`).
/// Until it is back, events are held; then the missed ones go out first.
struct TenantFeed {
  /// A bit a loop that has members.
  var loops: UInt64 = 0
  /// Since when no loop has members.
  var emptySinceMs: Int64?
  private let tenant: TenantID
  private var standing = Standing.away
  /// Tells the fills of different subscriptions apart, those of an earlier feed of the tenant too.
  private var round: UInt64
  private var growing = GrowingBatch()
  private var held: [GrowingBatch] = []
  private var heldBytes = 0
  private var hasLostHeld = false
  private var ring: Ring
  private var nextSerial: UInt64 = 1
  /// The place of the newest event that the loops were given, or of what stood before.
  private(set) var newest: StreamOffset?
  /// Up to where the reader was last, until the bus brings what is newer. They are different connections: what the one
  /// has read the other may still have to bring.
  private var readTo: StreamOffset?

  private enum Standing {
    case away
    case filling
    case standing
  }

  /// How many bytes of events are held while the missed ones are read.
  static let heldLimitBytes = 8 * 1024 * 1024

  /// `number` tells the feeds that a tenant has had apart.
  init(tenant: TenantID, ringBytes: Int, number: UInt64 = 0) {
    self.tenant = tenant
    round = number << 32
    ring = Ring(limitBytes: ringBytes)
  }

  /// Asks a reader for what was missed.
  struct Fill: Sendable, Equatable {
    var tenant: TenantID
    var round: UInt64
    /// What the loops have; nil if they have nothing yet.
    var after: StreamOffset?
  }

  /// What a reader found.
  struct Filled: Sendable {
    /// The events that were missed; or, if nobody knows which, the newest.
    var events: [GrowingBatch]
    /// The newest place in the stream.
    var newest: StreamOffset
    /// Whether `events` are all that the loops miss.
    var isComplete: Bool
  }

  /// What is to be done, in this order.
  enum Output {
    case batch(EventBatch)
    /// Members may have missed events: they must load again. What follows comes after `offset`.
    case resync(reason: String, offset: StreamOffset?)
    /// Members miss nothing from now on.
    case standing
  }

  /// From where on a member of a loop is served.
  struct Point {
    /// The first batch that it gets.
    var serial: UInt64
    /// The place before that batch.
    var offset: StreamOffset?
  }

  /// What a new member gets.
  enum Start {
    /// The subscription does not stand yet.
    case later
    /// What it missed, and then what comes from a point on.
    case from(Point, missed: [Ring.Part])
    /// The place that it named is not in the ring.
    case unknown(Point)
  }

  // MARK: The bus

  /// The bus has confirmed the subscription.
  mutating func subscribed() -> Fill {
    standing = .filling
    round &+= 1
    return Fill(tenant: tenant, round: round, after: newest)
  }

  /// Whether the loops were not given what stands at a place in the stream, and nobody looks for it yet.
  func lags(behind head: StreamOffset) -> Bool {
    guard case .standing = standing, let newest else { return false }
    return newest < head
  }

  /// The bus is lost.
  mutating func fall() {
    // What came before the loss is good; what was held will be read again.
    standing = .away
    round &+= 1
    drop()
  }

  /// Encodes an event, unless the reader has brought it already. The batch, if it must not grow further.
  mutating func add(_ envelope: Envelope, of message: UnsafeRawBufferPointer) -> EventBatch? {
    switch standing {
    case .away: return nil
    case .filling:
      growing.append(envelope, of: message, before: growing.newest ?? held.last?.newest ?? newest)
      if growing.isFull { hold() }
      return nil
    case .standing:
      if let readTo, let place = envelope.place(in: message) {
        if place <= readTo { return nil }
        self.readTo = nil
      }
      growing.append(envelope, of: message, before: growing.newest ?? newest)
      return growing.isFull ? take() : nil
    }
  }

  /// Whether events wait to be taken.
  var hasWaiting: Bool { if case .standing = standing { !growing.isEmpty } else { false } }

  /// The events that wait.
  mutating func take() -> EventBatch? {
    guard hasWaiting, let batch = growing.sealed(tenant: tenant, serial: nextSerial) else { return nil }
    growing = GrowingBatch()
    note(batch)
    return batch
  }

  // MARK: What was missed

  /// Whether a fill is still waited for.
  func awaits(round: UInt64) -> Bool {
    if case .filling = standing { self.round == round } else { false }
  }

  /// A reader is back. Nothing if nobody waits for it any more.
  mutating func filled(_ filled: Filled, round: UInt64) -> [Output] {
    guard awaits(round: round) else { return [] }
    var outputs: [Output] = []
    let isFirst = newest == nil
    hold()
    if !filled.isComplete || isFirst { ring.reset(to: nil) }
    for events in filled.events {
      guard let batch = events.sealed(tenant: tenant, serial: nextSerial) else { continue }
      note(batch)
      if filled.isComplete, !isFirst { outputs.append(.batch(batch)) }
    }
    if filled.events.isEmpty, !filled.isComplete || isFirst { ring.reset(to: filled.newest) }
    newest = filled.newest
    readTo = filled.newest
    if !filled.isComplete, !isFirst { outputs.append(.resync(reason: "gap", offset: newest)) }
    standing = .standing
    outputs += release()
    outputs.append(.standing)
    return outputs
  }

  private mutating func hold() {
    guard !growing.isEmpty else { return }
    heldBytes += growing.byteCount
    held.append(growing)
    growing = GrowingBatch()
    guard heldBytes > Self.heldLimitBytes else { return }
    hasLostHeld = true
    let last = held.removeLast()
    drop(keepingLoss: true)
    held = [last]
    heldBytes = last.byteCount
  }

  /// Gives out what was held and is not known already.
  private mutating func release() -> [Output] {
    var outputs: [Output] = []
    // Unless the reader has brought all that was let go of.
    if hasLostHeld, !(held.first?.startsUpTo(newest) ?? false) {
      ring.reset(to: nil)
      outputs.append(.resync(reason: "overload", offset: newest))
    }
    for batch in held {
      guard let sealed = batch.sealed(tenant: tenant, serial: nextSerial, after: newest) else { continue }
      note(sealed)
      outputs.append(.batch(sealed))
    }
    drop()
    return outputs
  }

  private mutating func drop(keepingLoss: Bool = false) {
    growing = GrowingBatch()
    held = []
    heldBytes = 0
    if !keepingLoss { hasLostHeld = false }
  }

  private mutating func note(_ batch: EventBatch) {
    nextSerial += 1
    ring.append(batch)
    newest = batch.events.last { $0.offset != nil }?.offset ?? newest
  }

  // MARK: Members

  /// What a member gets that has all events up to `offset`, or wants none but new ones.
  func start(after offset: StreamOffset?) -> Start {
    guard case .standing = standing else { return .later }
    let point = Point(serial: nextSerial, offset: newest)
    guard let offset, offset != newest else { return .from(point, missed: []) }
    guard let missed = ring.events(after: offset) else { return .unknown(point) }
    return .from(point, missed: missed)
  }
}
