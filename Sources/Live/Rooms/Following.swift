import HubContracts
import Orders

/// A subscriber's wish to follow rooms of its tenant, from the wish until it is served.
final class Following {
  let subscriber: Subscriber
  let tenant: TenantID
  let rooms: [RoomName]
  /// The place of the last event that it has; nil if it wants only what is new.
  let after: StreamOffset?
  /// What was read from the stream for it and not given yet.
  var read: [EventBatch] = []
  /// Up to where it was given events, or they were read for it; nil at first.
  var readTo: StreamOffset?
  /// Whether the stream ended where it was read to.
  var hasReadAll = false
  var pages = 0
  /// Whether the subscriber was told that it is served.
  var isTold = false
  /// Why its place cannot be found any more.
  var lostReason: String?
  /// How many pages are read for one wish: who never comes to an end must load again.
  static let pageLimit = 1_000

  init(_ subscriber: Subscriber, tenant: TenantID, rooms: [RoomName], after: StreamOffset?) {
    self.subscriber = subscriber
    self.tenant = tenant
    self.rooms = rooms
    self.after = after
  }

  /// From where on it still misses events.
  var place: StreamOffset? { readTo ?? after }
  /// Whether the subscriber still waits for it.
  var isWanted: Bool { subscriber.place >= 0 && subscriber.memberships.contains { $0.following === self } }
  /// How many bytes were read for it.
  var readBytes: Int { read.reduce(0) { $0 + $1[.plain].bytes.count } }

  /// Takes what was read for it.
  func takeRead() -> [Ring.Part] {
    defer { read = [] }
    return read.map { ($0, $0.events.indices) }
  }

  /// Takes what was read for it, up to a place; what is beyond is dropped.
  func takeRead(upTo place: StreamOffset) -> [Ring.Part] {
    defer { read = [] }
    return read.compactMap { batch in
      let end = batch.events.firstIndex { $0.offset.map { $0 > place } ?? false } ?? batch.events.count
      return end == 0 ? nil : (batch, 0..<end)
    }
  }
}

/// How a wish was met.
enum FollowOutcome: Equatable {
  /// It gets what is new.
  case new
  /// Its place was found: what it missed follows, and then what is new.
  case recovered
  /// Its place is not known any more: it must load again, and then gets what is new.
  case lost(reason: String)
}
