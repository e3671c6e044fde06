import Orders

/// The names of events.
enum EventName {
  /// What the libraries of clients and servers raise themselves; nobody may send them.
  private static let reserved: Set<Text> = [
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
  ]

  static func isReserved(_ name: Text) -> Bool { reserved.contains(name) }

  /// The name at the front of an event's array: a string, or a number as it is written.
  static func read(_ bytes: [UInt8], _ ranges: [Range<Int>]) throws(SocketIOFault) -> Text {
    guard let range = ranges.first, let first = bytes[range].first else { throw .badPayload }
    switch first {
    case 0x22:
      guard let name = SocketIOArguments.text(bytes[range]) else { throw .badPayload }
      guard !isReserved(name) else { throw .reservedName(name) }
      return name
    case 0x2d, 0x30...0x39: return Text(decoding: bytes[range])
    default: throw .badPayload
    }
  }
}
