import HubContracts
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

  /// Where the envelope was left out of the answer, it is empty.
  static func read(_ reader: inout BSONReader) throws(BSONError) -> RecordedEvent {
    RecordedEvent(
      orderID: try reader.identifier("orderId", Order.self), seq: try reader.integer("seq"),
      tenant: try reader.tenant("tenantId"), type: EventType(try reader.string("type") as Text),
      at: try reader.date("at"), by: try reader.user("by"),
      envelope: try reader.find("envelope")?.textBytes ?? [])
  }
}
