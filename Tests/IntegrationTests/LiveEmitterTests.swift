import HubTestSupport
import Testing

/// What another program sends with Socket.IO's emitter for Redis, in the bytes that the emitter publishes.
@Suite(.serialized) struct LiveEmitterTests {
  @Test(arguments: Transports.allCases)
  func reachesSocketIOClientsWhereItIsOn(over transports: Transports) async throws {
    let hub = try await Hub.shared()
    let listening = try await hub.anotherLive(environment: ["SOCKETIO_EMITTER": "on"])
    defer { listening.stop() }
    let clients = try await LiveClients.start()
    defer { clients.end() }
    let (ada, eve) = (try hub.caller(), try hub.caller())
    for (name, who, live) in [("on", ada, listening), ("other", eve, listening), ("off", ada, hub.live)] {
      _ = try await clients.connect(name, to: live, token: who.token, over: transports)
      #expect(try await clients.take(1, from: name).first?[0] == "hub:ready")
    }
    let room = "tenant:\(ada.tenant)"
    try await hub.emit(["notice", ["text": "tea", "cups": 3]], channel: "socket.io#/#\(room)#", rooms: [room])
    try await hub.emit(["to:all", "é", 1.5, false, nil], channel: "socket.io#/#")
    try await hub.emit(["with:bytes", .bytes([1, 2, 255])], channel: "socket.io#/#\(room)#", rooms: [room])
    try await hub.emit(["to:no-one"], channel: "socket.io#/#", except: [room, "tenant:\(eve.tenant)"])
    try await hub.emit(["elsewhere"], channel: "socket.io#/admin#", namespace: "/admin")

    let seen = try await clients.take(3, from: "on")
    #expect(seen.map { $0[0] } == ["notice", "to:all", "with:bytes"])
    #expect(seen[0][1] == ["text": "tea", "cups": 3])
    #expect((1...4).map { seen[1][$0] } == ["é", 1.5, false, .null])
    #expect(seen[2][1] == "0102ff")
    // The place goes last, as with every event.
    #expect(seen.allSatisfy { $0.items.last?.text.wholeMatch(of: /\d+-\d+/) != nil }, "\(seen)")
    #expect(try await clients.take(1, from: "other").map { $0[0] } == ["to:all"])
    for name in ["on", "other", "off"] {
      #expect(try await clients.take(1, from: name, withinMs: 300) == [], "\(name)")
    }
    // The hub's own events go on.
    _ = try await ada.place([("p1", "1")])
    for name in ["on", "off"] { #expect(try await clients.take(1, from: name).first?[0] == "order:created") }
  }
}

extension Hub {
  /// Publishes an event as `@socket.io/redis-emitter` does.
  fileprivate func emit(
    _ data: MessagePack, channel: String, namespace: String = "/", rooms: [String] = [],
    except: [String] = []
  ) async throws {
    let packet: MessagePack = .map([("type", 2), ("data", data), ("nsp", .text(namespace))])
    let options: MessagePack = .map([
      ("rooms", .list(rooms.map { .text($0) })), ("except", .list(except.map { .text($0) })), ("flags", .map([])),
    ])
    let message = MessagePack.list(["emitter", packet, options]).encoded
    let port = redisPort
    try await onThread {
      let client = try RawClient(port: port)
      let head = "*3\r\n$7\r\nPUBLISH\r\n$\(channel.utf8.count)\r\n\(channel)\r\n$\(message.count)\r\n"
      try client.send(Array(head.utf8) + message + [13, 10])
      _ = try client.line()
    }
  }
}

/// MessagePack as the emitter writes it; small values only.
private indirect enum MessagePack: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByNilLiteral,
  ExpressibleByDictionaryLiteral
{
  case null, truth(Bool), whole(UInt8), real(Double), text(String), bytes([UInt8]), list([MessagePack])
  case map([(String, MessagePack)])

  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: UInt8) { self = .whole(value) }
  init(floatLiteral value: Double) { self = .real(value) }
  init(booleanLiteral value: Bool) { self = .truth(value) }
  init(arrayLiteral elements: MessagePack...) { self = .list(elements) }
  init(nilLiteral: ()) { self = .null }
  init(dictionaryLiteral elements: (String, MessagePack)...) { self = .map(elements.map { ($0.0, $0.1) }) }

  var encoded: [UInt8] {
    switch self {
    case .null: return [0xc0]
    case .truth(let value): return [value ? 0xc3 : 0xc2]
    case .whole(let value):
      precondition(value < 0x80, "\(value) is not a small number")
      return [value]
    case .real(let value): return [0xcb] + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (56 - 8 * $0)) }
    case .text(let text):
      let bytes = Array(text.utf8)
      return (bytes.count < 32 ? [0xa0 | UInt8(bytes.count)] : [0xd9, UInt8(bytes.count)]) + bytes
    case .bytes(let bytes): return [0xc4, UInt8(bytes.count)] + bytes
    case .list(let items):
      precondition(items.count < 16, "\(items.count) items are not a small list")
      return [0x90 | UInt8(items.count)] + items.flatMap(\.encoded)
    case .map(let members):
      precondition(members.count < 16, "\(members.count) members are not a small map")
      return [0x80 | UInt8(members.count)] + members.flatMap { MessagePack.text($0.0).encoded + $0.1.encoded }
    }
  }
}
