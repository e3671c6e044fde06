import HubContracts
import HubWire
import Orders

/// What `@socket.io/redis-emitter` publishes, and Socket.IO's own Redis adapter with it: on the channel
/// `socket.io#{namespace}#` or `socket.io#{namespace}#{room}#`, as MessagePack `[uid, packet, options]`, where packet is
/// `{type, data: [name, argument…], nsp}` and options `{rooms, except, flags}`.
enum EmitterMessage {
  /// What its channels are called.
  static let pattern = "socket.io#/*"
  /// How many bytes a message may have.
  static let limitBytes = 1 << 20

  private static let prefix = "socket.io#"
  /// An event, and one whose binaries were counted by the sender: both come with their binaries inside.
  private static let types: Set<Int64> = [2, 5]
  /// What a client takes for something that happened to its connection; the emitter itself refuses these.
  private static let reserved: Set<Text> = [
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
  ]

  /// Reads a message. The flags mean nothing here: every event is sent to who is there, and compressed or not as the
  /// connection is.
  static func read(
    _ content: UnsafeRawBufferPointer, channel: UnsafeRawBufferPointer
  ) throws(EmitterFault) -> EmittedEvent {
    guard content.count <= limitBytes else {
      throw EmitterFault("\(content.count) bytes, allowed are \(limitBytes)")
    }
    var reader = MessagePackReader(content)
    let depth = MessagePackReader.depthLimit - 1
    guard case .array(3) = try reader.next() else { throw EmitterFault("it is no array of three") }
    try reader.skip(depth: depth)
    let packet = try Packet(&reader, depth: depth)
    let (rooms, except) = try options(&reader, depth: depth)
    guard reader.isAtEnd else { throw EmitterFault("something follows it") }
    guard channel.starts(with: "\(prefix)\(packet.namespace)#".utf8) else {
      throw EmitterFault("the channel is not that of its namespace")
    }
    return try packet.event(rooms: rooms, except: except)
  }

  private struct Packet {
    var type: Int64?
    /// A reader that stands before the data.
    var data: MessagePackReader?
    var namespace: Text = "/"
    private let depth: Int

    init(_ reader: inout MessagePackReader, depth: Int) throws(EmitterFault) {
      self.depth = try MessagePackReader.inner(depth)
      guard case .map(let count) = try reader.next() else { throw EmitterFault("the packet is no map") }
      for _ in 0..<count {
        switch try EmitterMessage.name(&reader) {
        case "type":
          guard case .integer(let number) = try reader.next() else { throw EmitterFault("its type is no number") }
          type = number
        case "nsp" where !reader.isAtUndefined:
          guard case .text(let range) = try reader.next() else { throw EmitterFault("its namespace is no string") }
          namespace = reader.text(range)
        case "data":
          data = reader
          try reader.skip(depth: self.depth)
        default: try reader.skip(depth: self.depth)
        }
      }
    }

    func event(rooms: [Text], except: [Text]) throws(EmitterFault) -> EmittedEvent {
      guard let type, types.contains(type) else { throw EmitterFault("it is a packet of another type than an event") }
      guard var reader = data, case .array(let count) = try reader.next(), count > 0,
        case .text(let range) = try reader.next()
      else { throw EmitterFault("its data is no array that begins with a name") }
      let name = reader.text(range)
      guard !reserved.contains(name) else { throw EmitterFault("the name \(name.start(64)) is reserved") }
      let inner = try MessagePackReader.inner(depth)
      var json = JSONWriter(capacity: 256)
      var attachments: [[UInt8]] = []
      json.beginArray()
      for _ in 1..<count { try reader.write(to: &json, attachments: &attachments, depth: inner) }
      json.endArray()
      return EmittedEvent(
        namespace: namespace, rooms: rooms, except: except, name: name,
        arguments: Array(json.bytes.dropFirst().dropLast()), attachments: attachments)
    }
  }

  private static func options(
    _ reader: inout MessagePackReader, depth: Int
  ) throws(EmitterFault) -> (rooms: [Text], except: [Text]) {
    guard case .map(let count) = try reader.next() else { throw EmitterFault("the options are no map") }
    let inner = try MessagePackReader.inner(depth)
    var (rooms, except): ([Text], [Text]) = ([], [])
    for _ in 0..<count {
      switch try name(&reader) {
      case "rooms": rooms = try names(&reader)
      case "except": except = try names(&reader)
      default: try reader.skip(depth: inner)
      }
    }
    return (rooms, except)
  }

  private static func name(_ reader: inout MessagePackReader) throws(EmitterFault) -> Text {
    guard case .text(let range) = try reader.next() else { throw EmitterFault("a name in a map is no string") }
    return reader.text(range)
  }

  /// Rooms' names; none where there is nothing.
  private static func names(_ reader: inout MessagePackReader) throws(EmitterFault) -> [Text] {
    switch try reader.next() {
    case .null, .fixedExtension(type: 0, _): return []
    case .array(let count):
      var names: [Text] = []
      for _ in 0..<count {
        guard case .text(let range) = try reader.next() else { throw EmitterFault("a room is no string") }
        names.append(reader.text(range))
      }
      return names
    case .bool, .integer, .large, .float, .text, .binary, .fixedExtension, .extended, .map:
      throw EmitterFault("the rooms are no array")
    }
  }
}
