import HubContracts
import HubWire
import Orders

extension RecordedEvent: Document {
  /// An event's identity: its order's and its number, so an order's events are read without a further index.
  static func key(_ order: OrderID, _ seq: Int64) -> String {
    String(unsafeUninitializedCapacity: 48) { buffer in
      var at = 0
      for shift in stride(from: 60, through: 0, by: -4) {
        buffer[at] = digit(UInt8(truncatingIfNeeded: order.high >> UInt64(shift)) & 15)
        at += 1
      }
      for shift in stride(from: 28, through: 0, by: -4) {
        buffer[at] = digit(UInt8(truncatingIfNeeded: order.low >> UInt32(shift)) & 15)
        at += 1
      }
      buffer[at] = 0x3a
      at += 1
      let number = seq.magnitude
      var divisor: UInt64 = 1
      while number / divisor >= 10 { divisor *= 10 }
      while divisor > 0 {
        buffer[at] = UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10)
        at += 1
        divisor /= 10
      }
      return at
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value &+ 0x30 : value &+ 0x57 }

  func write(to writer: inout BSONWriter) {
    writer.string("_id", Self.key(orderID, seq))
    writer.identifier("orderId", orderID)
    writer.int64("seq", seq)
    writer.tenant("tenantId", tenant)
    writer.string("type", type.rawValue)
    writer.date("at", at)
    writer.user("by", by)
    writer.string("envelope", utf8: envelope)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> RecordedEvent {
    var event = try readHead(&reader)
    guard event.isSound else { return event }
    guard let envelope = try reader.find("envelope") else {
      event.fault = .member
      return event
    }
    // What this version has written itself needs no look.
    if !event.type.isKnown, envelope.bytes.count > unknownLimitBytes { event.fault = .size }
    guard event.isSound else { return event }
    event.envelope = envelope.textBytes ?? []
    if event.envelope.isEmpty { event.fault = .member }
    if event.isSound, !event.type.isKnown, !event.fitsEnvelope { event.fault = .envelope }
    if !event.isSound { event.envelope = [] }
    return event
  }

  /// The event without its envelope. Its number comes from its identity, so that one which cannot be read otherwise keeps
  /// its place among the others: it has a fault, and says of itself nothing that it does not know.
  static func readHead(_ reader: inout BSONReader) throws(BSONError) -> RecordedEvent {
    guard let id = try reader.find("_id")?.textBytes, let (order, seq) = place(id) else { throw .wrong("_id") }
    func faulty(_ fault: EventFault) -> RecordedEvent {
      RecordedEvent(
        orderID: order, seq: seq, tenant: nobody.tenant, type: EventType("?"), at: Timestamp(millis: 0),
        by: nobody.user, envelope: [], fault: fault)
    }
    do throws(BSONError) {
      guard try reader.identifier("orderId", Order.self) == order, try reader.integer("seq") == seq else {
        return faulty(.member)
      }
      let tenant = try reader.tenant("tenantId")
      guard let type = try reader.find("type"), type.type == .string else { return faulty(.member) }
      // Its bytes are looked at before they are copied.
      let name = UnsafeRawBufferPointer(rebasing: type.bytes[4..<(type.bytes.count - 1)])
      guard EventType.isName(name) else { return faulty(.type) }
      return RecordedEvent(
        orderID: order, seq: seq, tenant: tenant, type: EventType(Text(decoding: name)), at: try reader.date("at"),
        by: try reader.user("by"), envelope: [])
    } catch {
      if case .malformed = error { throw error }
      return faulty(.member)
    }
  }

  /// `orderId:seq`
  private static func place(_ id: [UInt8]) -> (OrderID, Int64)? {
    guard id.count > 25, id[24] == 0x3a, let order = id[..<24].withUnsafeBytes({ OrderID(hex: $0) }),
      let seq = Int64(String(decoding: id[25...], as: UTF8.self)), seq > 0
    else { return nil }
    return (order, seq)
  }

  /// Whose event it is that does not say so.
  private static let nobody: (tenant: TenantID, user: UserID) = {
    guard let tenant = TenantID("-"), let user = UserID("-") else { preconditionFailure("- is a name") }
    return (tenant, user)
  }()

  /// Whether its envelope is JSON that says what its document says.
  private var fitsEnvelope: Bool {
    guard let json = try? JSONParser.parse(envelope), json["data"] != nil else { return false }
    return json["id"] == .string("\(orderID):\(seq)") && json["seq"] == .number("\(seq)")
      && json["tenant"] == .string(Text(tenant.text)) && json["type"] == .string(type.name)
      && json["orderId"] == .string("\(orderID)")
  }
}
