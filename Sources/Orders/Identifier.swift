/// The identity of one entity: 12 bytes, written as 24 lower-case hex digits (a MongoDB ObjectId).
///
/// The entity is a type parameter, so an order's id cannot be passed where a delivery's is expected.
@frozen
public struct Identifier<Entity>: Hashable, Sendable, CustomStringConvertible {
  /// Bytes 0…7, big endian.
  public let high: UInt64
  /// Bytes 8…11, big endian.
  public let low: UInt32

  /// Makes an identity of its 12 bytes, given as two big-endian integers.
  @inlinable
  public init(high: UInt64, low: UInt32) {
    self.high = high
    self.low = low
  }

  /// Reads exactly 24 hex digits (either case) as ASCII; anything else is nil.
  ///
  /// Not generic: a generic one, called from another module, costs more than all else of a cached read.
  public init?(hex: UnsafeRawBufferPointer) {
    guard hex.count == 24 else { return nil }
    var high: UInt64 = 0
    var low: UInt32 = 0
    for index in 0..<24 {
      let value: UInt8
      switch hex[index] {
      case 0x30...0x39: value = hex[index] &- 0x30
      case 0x41...0x46: value = hex[index] &- 0x37
      case 0x61...0x66: value = hex[index] &- 0x57
      default: return nil
      }
      if index < 16 { high = high << 4 | UInt64(value) } else { low = low << 4 | UInt32(value) }
    }
    self.init(high: high, low: low)
  }

  /// Reads exactly 24 hex digits; anything else is nil.
  public init?(_ text: String) {
    var text = text
    guard let read = text.withUTF8({ Self(hex: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = read
  }

  /// Reads exactly 24 hex digits; anything else is nil.
  public init?(_ text: Text) {
    guard let read = text.withBytes({ Self(hex: $0) }) else { return nil }
    self = read
  }

  /// The 24 lower-case hex digits as ASCII, appended to `bytes`.
  public func write(to bytes: inout [UInt8]) {
    for shift in stride(from: 60, through: 0, by: -4) { bytes.append(Self.digit(UInt8(high >> UInt64(shift) & 15))) }
    for shift in stride(from: 28, through: 0, by: -4) { bytes.append(Self.digit(UInt8(low >> UInt32(shift) & 15))) }
  }

  /// The 24 lower-case hex digits.
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value &+ 0x30 : value &+ 0x57 }
}

/// The identity of an order.
public typealias OrderID = Identifier<Order>
/// The identity of an item within an order.
public typealias ItemID = Identifier<OrderItem>
/// The identity of a delivery.
public typealias DeliveryID = Identifier<Delivery>
/// The identity of an invoice.
public typealias InvoiceID = Identifier<Invoice>
/// The identity of a row of the stock ledger.
public typealias LedgerRowID = Identifier<LedgerRow>
