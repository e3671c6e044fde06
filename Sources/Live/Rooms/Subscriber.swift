import HubContracts
import HubRuntime
import Orders

/// Somebody who gets events, by whatever protocol: a member of rooms of one tenant on one loop.
///
/// A subclass is a protocol's session. It may have a socket of its own, or be asked for what waits.
class Subscriber {
  /// The loop it lives on.
  unowned let home: LiveLoop
  /// The rooms it is in.
  var memberships: [Membership] = []
  /// What it waits for.
  var wish: Wish?
  /// The place up to which it had all events when it was last given its start.
  var reached: StreamOffset?
  /// The first batch after that place: all its rooms begin with it, so none is ahead of another.
  var from: UInt64 = 0
  /// The first batch that it gets as a member of its tenant's room; `UInt64.max` while it is none.
  var tenantFrom = UInt64.max
  /// Who it is, and so whose orders it hears of, and what of them; nil, and nothing at all, until it has said so.
  final var reader: Actor? { didSet { sight = reader?.role.sight ?? .nothing } }
  /// How much of what it hears of it is shown.
  private(set) final var sight = Sight.nothing
  /// Where the loop keeps it.
  var seat = -1
  /// The last event that it got as a member of a narrow room, so that it gets none twice by two of them.
  var lastNarrow: (serial: UInt64, index: Int) = (0, -1)

  init(home: LiveLoop) { self.home = home }

  /// How many bytes wait to be sent to it.
  var queuedBytes: Int { 0 }

  /// Takes some of a batch's events, of which it is to be given what is `shown`.
  func deliver(_ batch: EventBatch, _ some: Range<Int>) { preconditionFailure("\(type(of: self)) takes no events") }

  /// Gives it events that it may hear, and counts what it is not shown of them.
  final func take(_ batch: EventBatch, _ some: Range<Int>) {
    if case .business = sight { return deliver(batch, some) }
    for index in some {
      guard let parts = home.parts(batch, index, for: sight) else {
        // Its data is not what its type says.
        home.metrics.withheld.noteEvent()
        continue
      }
      deliver(batch, index..<(index + 1))
      home.metrics.withheld.note(parts.withheld)
    }
  }

  /// What it is shown of some of a batch's events.
  final func shown(_ batch: EventBatch, _ some: Range<Int>, in encoding: Encoding) -> SharedBytes {
    switch sight {
    case .business where some.count == batch.events.count: return batch[encoding]
    case .ownOrders where some.count == 1, .soldOrders where some.count == 1, .placedOrders where some.count == 1: break
    case .business, .ownOrders, .soldOrders, .placedOrders, .nothing:
      return batch.part(some, in: encoding, for: sight)
    }
    return home.parts(batch, some.lowerBound, for: sight)?[encoding] ?? EventBatch.nothing
  }

  /// It is served in rooms: what it missed comes next, then what is new. `offset` is the place up to which it has all
  /// events.
  func follows(_ rooms: [RoomName], from offset: StreamOffset?, _ outcome: FollowOutcome) {
    preconditionFailure("\(type(of: self)) follows nothing")
  }

  /// Events may be missing: it must load the state again. What follows comes after `offset`.
  func resync(reason: String, offset: StreamOffset?) {
    preconditionFailure("\(type(of: self)) cannot be told to load again")
  }

  /// The process is about to stop: it is to be sent elsewhere at that moment of the loop's clock.
  func leave(atMs: Int64) { preconditionFailure("\(type(of: self)) cannot be sent away") }

  /// The wall clock jumped: what depends on it is to be looked at again.
  func clockJumped() {}

  /// Tokens were ended: its own may be one of them.
  func tokensEnded() {}

  /// How many single orders it follows.
  final var roomsOfOrders: Int {
    memberships.reduce(0) { count, membership in if case .order = membership.room.name { count + 1 } else { count } }
  }

  /// The rooms whose events it gets as they come.
  final var liveRooms: [RoomName] { memberships.filter { !$0.isWaiting }.map(\.room.name) }

  /// The place up to which its live rooms have all events, where its loop has delivered its tenant's up to another.
  final func reached(deliveredTo delivered: StreamOffset?) -> StreamOffset? {
    [reached, delivered].compactMap(\.self).max()
  }

  /// Whether it is in a room.
  final func isMember(_ name: RoomName) -> Bool { memberships.contains { $0.room.name == name } }

  /// Whether it may hear of an event of its tenant: who may read the order may, if the event is one that it is shown.
  final func mayHear(_ event: BatchedEvent) -> Bool {
    guard let reader, reader.maySee(event.parties) else { return false }
    switch reader.role.sight {
    case .business: return true
    case .nothing: return false
    case .ownOrders, .soldOrders, .placedOrders:
      if !event.isForCustomers { home.metrics.withheld.noteEvent() }
      return event.isForCustomers
    }
  }
}
