import EngineIO
import HubContracts
import HubWire
import LiveProtocol
import Orders

/// A batch that still grows.
struct GrowingBatch: Sendable {
  private(set) var events: [BatchedEvent] = []
  private var encoded = EncodedEvents()

  /// From how many bytes of one encoding on a batch is sent without waiting for more.
  static let fullBytes = 128 * 1024

  var isEmpty: Bool { events.isEmpty }
  var isFull: Bool { encoded.plain.count >= Self.fullBytes }
  /// How many bytes it holds.
  var byteCount: Int { encoded.plain.count + encoded.socketIO.count + encoded.serverSent.count }
  /// The place of its last event that has one.
  var newest: StreamOffset? { events.last { $0.offset != nil }?.offset }

  /// Whether its first event that has a place stands at one up to another.
  func startsUpTo(_ offset: StreamOffset?) -> Bool {
    guard let offset, let first = events.lazy.compactMap(\.offset).first else { return false }
    return first <= offset
  }

  /// Encodes an event. `before` is the place that a Socket.IO client may keep if the event has none of its own: a client
  /// takes any last string for a place, so none may be without.
  mutating func append(_ envelope: Envelope, of message: UnsafeRawBufferPointer, before: StreamOffset?) {
    let start = encoded.plain.count
    PlainFrame.append(envelope, of: message, to: &encoded.plain)
    appendSocketIO(envelope, of: message, before: before)
    appendServerSent(envelope, of: message, json: PlainFrame.payload(of: encoded.plain[start...]))
    events.append(
      BatchedEvent(
        offset: envelope.place(in: message),
        order: OrderID(hex: Self.inner(message, envelope.orderID)),
        parties: OrderParties(
          customer: Self.text(message, envelope.customer), seller: Self.text(message, envelope.seller),
          kiosk: Self.text(message, envelope.kiosk)),
        happenedAtMs: envelope.atMillis(in: message), ends: encoded.ends,
        counts: (envelope.type.count, envelope.data.count),
        isForCustomers: Sight.ownOrders.shows(event: Self.inner(message, envelope.type))))
  }

  /// The batch without the events up to `offset`, which are known already; nil if none is left. Of an event without a
  /// place nobody can say that it is known.
  func sealed(tenant: TenantID, serial: UInt64, after offset: StreamOffset? = nil) -> EventBatch? {
    let isNew = { (event: BatchedEvent) in if let offset, let its = event.offset { its > offset } else { true } }
    guard let first = events.firstIndex(where: isNew) else { return nil }
    if first == 0, events.allSatisfy(isNew) {
      return EventBatch(tenant: tenant, serial: serial, events: events, encoded: encoded)
    }
    var rest = EncodedEvents()
    var kept: [BatchedEvent] = []
    for index in events.indices[first...] where isNew(events[index]) {
      rest.append(encoded, from: index == 0 ? BatchedEvent.Ends() : events[index - 1].ends, to: events[index].ends)
      var event = events[index]
      event.ends = rest.ends
      kept.append(event)
    }
    return EventBatch(tenant: tenant, serial: serial, events: kept, encoded: rest)
  }

  private mutating func appendSocketIO(
    _ envelope: Envelope, of message: UnsafeRawBufferPointer, before: StreamOffset?
  ) {
    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: message[range]) }
    let place = envelope.offset == nil ? before.map { Array("\"\($0.text)\"".utf8) } : nil
    let placeCount = envelope.offset?.count ?? place?.count
    // `42[`, the comma between name and data, one before the place, `]`.
    let count = 5 + envelope.type.count + envelope.data.count + (placeCount.map { $0 + 1 } ?? 0)
    ServerFrame.appendTextHead(count, to: &encoded.socketIO)
    if let place {
      place.withUnsafeBytes {
        SocketIOFrame.appendEvent(
          type: bytes(envelope.type), data: bytes(envelope.data), offset: $0, to: &encoded.socketIO)
      }
    } else {
      SocketIOFrame.appendEvent(
        type: bytes(envelope.type), data: bytes(envelope.data), offset: envelope.offset.map(bytes),
        to: &encoded.socketIO)
    }
  }

  private mutating func appendServerSent(
    _ envelope: Envelope, of message: UnsafeRawBufferPointer, json: ArraySlice<UInt8>
  ) {
    if let offset = envelope.offset {
      encoded.serverSent += Array("id: ".utf8)
      encoded.serverSent += Self.inner(message, offset)
      encoded.serverSent.append(0x0a)
    }
    encoded.serverSent += Array("event: ".utf8)
    encoded.serverSent += Self.inner(message, envelope.type)
    encoded.serverSent += Array("\ndata: ".utf8)
    // A line ends a message's data, and in JSON a raw one can only be space between its parts.
    for byte in json { encoded.serverSent.append(byte == 0x0a || byte == 0x0d ? 0x20 : byte) }
    encoded.serverSent += [0x0a, 0x0a]
  }

  /// What a JSON string says.
  private static func text(_ message: UnsafeRawBufferPointer, _ string: Range<Int>?) -> Text? {
    string.flatMap { JSONText.decode(UnsafeRawBufferPointer(rebasing: message[$0])) }
  }

  /// A JSON string without its quotes.
  fileprivate static func inner(_ message: UnsafeRawBufferPointer, _ string: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: message[(string.lowerBound + 1)..<(string.upperBound - 1)])
  }
}

extension Envelope {
  /// The place of the event in its tenant's stream, if it has one.
  func place(in message: UnsafeRawBufferPointer) -> StreamOffset? {
    offset.flatMap { StreamOffset(GrowingBatch.inner(message, $0)) }
  }
}
