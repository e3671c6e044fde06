import HubContracts
import Orders

/// What a subscriber still waits for in rooms of its tenant: a subscription that stands, or what it missed.
///
/// It has one at a time, in which all rooms are that wait: so what it gets is in order over all of them, and the place of
/// the last event that it got says what it has.
final class Wish {
  let subscriber: Subscriber
  let tenant: TenantID
  /// Up to where it has all events; nil if it wants only what is new.
  private(set) var givenTo: StreamOffset?
  /// Rooms of which it has more than that.
  private var has: [RoomName: StreamOffset] = [:]
  /// Rooms in which it was not told yet that it is served.
  var untold: [RoomName] = []
  /// What was read from the stream for it and not given yet, and up to where.
  private(set) var read: [EventBatch] = []
  private(set) var readTo: StreamOffset?
  /// Whether the stream ended where it was read to.
  private(set) var hasReadAll = false
  var pages = 0
  /// Whether it waits for the bus to come to its place here.
  var isAhead = false
  /// Whether it was told that its place was found.
  var isTold = false
  /// Why its place cannot be found any more.
  private(set) var lostReason: String?
  init(_ subscriber: Subscriber, tenant: TenantID, after place: StreamOffset?) {
    self.subscriber = subscriber
    self.tenant = tenant
    givenTo = place
  }

  /// From where on it is to be read for; nil if it wants only what is new, or must load again.
  var place: StreamOffset? { lostReason == nil ? readTo ?? givenTo : nil }
  /// Whether the subscriber still waits for it.
  var isWanted: Bool { subscriber.seat >= 0 && subscriber.wish === self }
  /// How many bytes were read for it.
  var readBytes: Int { read.reduce(0) { $0 + $1[.plain].bytes.count } }

  /// Takes up a room that has all events up to a place already.
  func add(_ room: RoomName, having place: StreamOffset?) { has[room] = place }

  /// Wants what came after an earlier place too; the rooms that it has keep what they have.
  func goBack(to place: StreamOffset, keeping rooms: [RoomName]) {
    if let givenTo { for room in rooms { has[room] = max(has[room] ?? givenTo, givenTo) } }
    givenTo = place
    forgetRead()
  }

  /// What was read for it and not given is read again when it is its turn.
  func forgetRead() {
    read = []
    readTo = nil
    hasReadAll = false
  }

  /// Whether an event is new to one of the rooms.
  func wants(_ event: BatchedEvent, in rooms: [RoomName]) -> Bool {
    rooms.contains { room in
      guard room.takes(event) else { return false }
      guard let has = has[room], let offset = event.offset else { return true }
      return offset > has
    }
  }

  /// Whether all events are new to it.
  func wantsAll(in rooms: [RoomName]) -> Bool {
    subscriber.sight == .business
      && rooms.contains { room in if case .tenant = room { has[room] == nil } else { false } }
  }

  /// A page of the stream was read for it.
  func add(_ page: [EventBatch], upTo place: StreamOffset, isAll: Bool) {
    read += page
    readTo = place
    hasReadAll = isAll
  }

  /// It was given all up to a place; nil for all that was read.
  func gave(upTo place: StreamOffset?) {
    givenTo = place ?? readTo ?? givenTo
    readTo = nil
    hasReadAll = false
  }

  /// Its place is gone.
  func lose(_ reason: String) {
    lostReason = reason
    read = []
  }

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
