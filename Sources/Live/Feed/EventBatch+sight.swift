import HubContracts
import HubRuntime
import HubWire
import LiveProtocol
import Orders

/// An event in each encoding, for those who see less of it than the staff.
final class EncodedParts: Sendable {
  let plain: SharedBytes
  let socketIO: SharedBytes
  let serverSent: SharedBytes
  /// What it lacks.
  let withheld: Withheld

  init(plain: [UInt8], socketIO: [UInt8], serverSent: [UInt8], withheld: Withheld) {
    self.plain = SharedBytes(plain)
    self.socketIO = SharedBytes(socketIO)
    self.serverSent = SharedBytes(serverSent)
    self.withheld = withheld
  }

  subscript(encoding: Encoding) -> SharedBytes {
    switch encoding {
    case .plain: plain
    case .socketIO: socketIO
    case .serverSent: serverSent
    }
  }
}

/// What of a batch is shown to whom. Each view of an event is made once, when somebody first wants it, and shared.
extension EventBatch {
  /// What is shown of an event that is not shown.
  static let nothing = SharedBytes([])

  /// Some of the events as somebody is shown them.
  func part(_ some: Range<Int>, in encoding: Encoding, for sight: Sight) -> SharedBytes {
    switch sight {
    case .business: return part(some, in: encoding)
    case .nothing: return Self.nothing
    case .ownOrders, .soldOrders, .placedOrders:
      // They are given one at a time.
      if some.count == 1 { return parts(some.lowerBound, for: sight)?[encoding] ?? Self.nothing }
      return SharedBytes(some.flatMap { parts($0, for: sight)?[encoding].bytes ?? [] })
    }
  }

  /// The bytes of one event as somebody is shown it; empty if not at all.
  func withFrame<Result>(
    _ index: Int, in encoding: Encoding, for sight: Sight, _ body: (ArraySlice<UInt8>) -> Result
  ) -> Result {
    if case .business = sight { return body(self[encoding].bytes[range(of: index..<(index + 1), in: encoding)]) }
    return body(part(index..<(index + 1), in: encoding, for: sight).bytes[...])
  }

  /// An event as those see it who see orders of their own; nil if they do not.
  func parts(_ index: Int, for sight: Sight) -> EncodedParts? {
    guard events[index].isForCustomers else { return nil }
    return (sight == .soldOrders ? forSellers : forCustomers).with { made in
      if let made = made[index] { return made }
      let its = encode(index, for: sight)
      made[index] = its
      return its
    }
  }

  /// Puts what is shown of the data in the place of the data, in each encoding; nil if nothing is shown.
  private func encode(_ index: Int, for sight: Sight) -> EncodedParts? {
    let counts = events[index].counts
    let plain = payload(index, .plain)
    // {"type":<type>,"data":<data>,"id":…}
    let dataStart = plain.startIndex + 8 + counts.type + 8
    let data = plain[dataStart..<(dataStart + counts.data)]
    let type = plain[(plain.startIndex + 8)..<(plain.startIndex + 8 + counts.type)].dropFirst().dropLast()
    let shown = type.withUnsafeBytes { type in
      data.withUnsafeBytes { sight.shown($0, ofEvent: type) }
    }
    guard let shown else { return nil }
    let json = Array(plain[..<dataStart]) + shown.json + plain[(dataStart + counts.data)...]
    // 42[<type>,<data>,"<place>"]
    let packet = payload(index, .socketIO)
    let packetStart = packet.startIndex + 3 + counts.type + 1
    let socketIO = Array(packet[..<packetStart]) + shown.json + packet[(packetStart + counts.data)...]
    // …data: <the plain one's JSON>, and an empty line
    let message = self[.serverSent].bytes[range(of: index..<(index + 1), in: .serverSent)]
    let head = message.prefix(message.count - plain.count - 2)
    return EncodedParts(
      plain: ServerFrame.text(json), socketIO: ServerFrame.text(socketIO),
      serverSent: Array(head) + json.map(Self.inOneLine) + [0x0a, 0x0a], withheld: shown.withheld)
  }

  /// What stands in the WebSocket frame of one event.
  private func payload(_ index: Int, _ encoding: Encoding) -> ArraySlice<UInt8> {
    PlainFrame.payload(of: self[encoding].bytes[range(of: index..<(index + 1), in: encoding)])
  }

  /// A line ends a message's data, and in JSON a raw one can only be space between its parts.
  private static func inOneLine(_ byte: UInt8) -> UInt8 { byte == 0x0a || byte == 0x0d ? 0x20 : byte }
}
