import HubContracts
import HubRuntime
import Orders

/// How an event is written for one kind of client.
enum Encoding: CaseIterable {
  /// A WebSocket frame of the plain protocol.
  case plain
  /// A WebSocket frame that holds a Socket.IO packet of the main namespace.
  case socketIO
  /// A message of a stream of server-sent events.
  case serverSent
}

/// Events of one tenant that came together, encoded once for each kind of client and shared by all sockets of all loops:
/// as the staff see them at once, as a customer or a seller sees one when the first who may hears it.
final class EventBatch: Sendable {
  let tenant: TenantID
  /// Its number among the tenant's batches; 0 for one that was read for a single client.
  let serial: UInt64
  let events: [BatchedEvent]
  private let plain: SharedBytes
  private let socketIO: SharedBytes
  private let serverSent: SharedBytes
  /// Of the events that a customer or a kiosk has heard, what it was shown, by their places.
  let forCustomers = Locked<[Int: EncodedParts]>([:])
  /// The same of sellers.
  let forSellers = Locked<[Int: EncodedParts]>([:])

  init(tenant: TenantID, serial: UInt64, events: [BatchedEvent], encoded: EncodedEvents) {
    self.tenant = tenant
    self.serial = serial
    self.events = events
    plain = SharedBytes(encoded.plain)
    socketIO = SharedBytes(encoded.socketIO)
    serverSent = SharedBytes(encoded.serverSent)
  }

  /// Several batches of one tenant that follow each other as one.
  init(joining batches: [EventBatch]) {
    guard let last = batches.last else { preconditionFailure("no batches are joined") }
    tenant = last.tenant
    serial = last.serial
    var events: [BatchedEvent] = []
    var encoded = EncodedEvents()
    for batch in batches {
      let before = encoded.ends
      events += batch.events.map { event in
        var event = event
        event.ends.move(by: before)
        return event
      }
      encoded.plain += batch.plain.bytes
      encoded.socketIO += batch.socketIO.bytes
      encoded.serverSent += batch.serverSent.bytes
    }
    self.events = events
    plain = SharedBytes(encoded.plain)
    socketIO = SharedBytes(encoded.socketIO)
    serverSent = SharedBytes(encoded.serverSent)
  }

  /// The place of its last event that has one.
  var newest: StreamOffset? { events.last { $0.offset != nil }?.offset }

  /// How many bytes it holds as the staff see it; at most as many again as customers do, and as sellers.
  var byteCount: Int {
    plain.bytes.count + socketIO.bytes.count + serverSent.bytes.count + events.count * MemoryLayout<BatchedEvent>.stride
  }

  /// All events, as the staff see them.
  subscript(encoding: Encoding) -> SharedBytes {
    switch encoding {
    case .plain: plain
    case .socketIO: socketIO
    case .serverSent: serverSent
    }
  }

  /// Where some of the events stand in an encoding.
  func range(of some: Range<Int>, in encoding: Encoding) -> Range<Int> {
    let start = some.lowerBound == 0 ? 0 : events[some.lowerBound - 1].ends[encoding]
    return start..<(some.isEmpty ? start : events[some.upperBound - 1].ends[encoding])
  }

  /// Some of the events, as the staff see them; the shared bytes themselves if it is all of them.
  func part(_ some: Range<Int>, in encoding: Encoding) -> SharedBytes {
    if some == events.indices { return self[encoding] }
    return SharedBytes(Array(self[encoding].bytes[range(of: some, in: encoding)]))
  }
}

/// What the rooms and the ring must know of an event.
struct BatchedEvent: Sendable {
  /// Its place in the tenant's stream; without one it cannot be recovered.
  var offset: StreamOffset?
  var order: OrderID?
  /// Whom the order concerns.
  var parties = OrderParties()
  var happenedAtMs: Int64?
  /// Where it ends in each encoding.
  var ends: Ends
  /// How many bytes its type, with its quotes, and its data have.
  var counts: (type: Int, data: Int) = (0, 0)
  /// Whether customers, sellers and kiosks are shown events of its type.
  var isForCustomers = false

  struct Ends: Sendable {
    var plain = 0
    var socketIO = 0
    var serverSent = 0

    mutating func move(by other: Ends) {
      plain += other.plain
      socketIO += other.socketIO
      serverSent += other.serverSent
    }

    subscript(encoding: Encoding) -> Int {
      switch encoding {
      case .plain: plain
      case .socketIO: socketIO
      case .serverSent: serverSent
      }
    }
  }
}

/// Events one after the other, in each encoding.
struct EncodedEvents: Sendable {
  var plain: [UInt8] = []
  var socketIO: [UInt8] = []
  var serverSent: [UInt8] = []

  var ends: BatchedEvent.Ends {
    BatchedEvent.Ends(plain: plain.count, socketIO: socketIO.count, serverSent: serverSent.count)
  }

  /// Appends what stands between two ends in others.
  mutating func append(_ others: EncodedEvents, from start: BatchedEvent.Ends, to end: BatchedEvent.Ends) {
    plain += others.plain[start.plain..<end.plain]
    socketIO += others.socketIO[start.socketIO..<end.socketIO]
    serverSent += others.serverSent[start.serverSent..<end.serverSent]
  }
}
