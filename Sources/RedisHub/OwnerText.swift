import HubContracts
import Orders

/// `order:{id}:owner`: `{"tenant":"…"}` or `{"tenant":"…","customer":"…"}`.
enum OwnerText {
  private static let opening = Array(#"{"tenant":""#.utf8)
  private static let between = Array(#"","customer":""#.utf8)
  private static let closing = Array(#""}"#.utf8)

  /// Writes it.
  static func write(_ owner: OrderOwner) -> [UInt8] {
    var bytes = opening
    // A tenant's characters need no escape.
    bytes.append(contentsOf: owner.tenant.text.utf8)
    if let customer = owner.customerID {
      bytes.append(contentsOf: between)
      JSONText.escape(customer, to: &bytes)
    }
    bytes.append(contentsOf: closing)
    return bytes
  }

  /// Reads what `write` wrote; anything else is nil.
  static func read(_ bytes: [UInt8]) -> OrderOwner? {
    guard bytes.starts(with: opening), bytes.count >= opening.count + closing.count,
      bytes[(bytes.count - closing.count)...].elementsEqual(closing)
    else { return nil }
    let inner = bytes[opening.count..<(bytes.count - closing.count)]
    let end = inner.firstIndex(of: UInt8(ascii: "\"")) ?? inner.endIndex
    guard let tenant = TenantID(String(decoding: inner[..<end], as: UTF8.self)) else { return nil }
    if end == inner.endIndex { return OrderOwner(tenant: tenant, customerID: nil) }
    guard inner[end...].starts(with: between),
      let customer = JSONText.unescape(inner[(end + between.count)...])
    else { return nil }
    return OrderOwner(tenant: tenant, customerID: customer)
  }
}

/// The inside of a JSON string.
enum JSONText {
  /// Appends the text with quotes, backslashes and control characters escaped.
  static func escape(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(UInt8(ascii: "0") &+ byte >> 4)
        bytes.append(byte & 15 < 10 ? UInt8(ascii: "0") &+ (byte & 15) : UInt8(ascii: "a") &+ (byte & 15) &- 10)
      default: bytes.append(byte)
      }
    }
  }

  /// Reads what `escape` wrote; anything else is nil.
  static func unescape(_ text: ArraySlice<UInt8>) -> String? {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") || byte < 0x20 { return nil }
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard let next = rest.popFirst() else { return nil }
      switch next {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(next)
      case UInt8(ascii: "u"):
        guard rest.count >= 4, let code = UInt8(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16),
          code < 0x20
        else { return nil }
        bytes.append(code)
        rest.removeFirst(4)
      default: return nil
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
