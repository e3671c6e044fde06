import EngineIO
import EngineServer
import HubContracts
import HubRuntime
import Orders

extension LiveLoop {
  /// Gives an event of a program outside the hub to the Socket.IO clients it is for. Each event carries the place that its
  /// client has reached, so it is encoded once a place.
  func emit(_ event: EmittedEvent) {
    guard event.namespace == SocketIOClient.namespace else { return }
    let (named, except) = (NamedRooms(event.rooms, among: rooms), NamedRooms(event.except, among: rooms))
    var frames: [StreamOffset?: EmittedFrames] = [:]
    for case let client as SocketIOClient in subscribers {
      guard let names = client.emitterNames, event.rooms.isEmpty || named.have(client, names),
        !except.have(client, names)
      else { continue }
      let reached = place(of: client)
      let its = frames[reached] ?? EmittedFrames(event, offset: reached)
      frames[reached] = its
      client.deliver(its)
      metrics.deliveries.add()
    }
  }
}

/// The rooms that an event names. What they cost is their number and that of the clients, and not the one times the other:
/// a program may name thousands.
private struct NamedRooms {
  private let names: Set<Text>
  /// Who is in a room of one of the orders.
  private var followers: Set<ObjectIdentifier> = []

  init(_ names: [Text], among rooms: RoomRegistry) {
    self.names = Set(names)
    for name in self.names {
      guard let order = Self.order(name), let room = rooms[order] else { continue }
      for member in room.members { followers.insert(ObjectIdentifier(member.subscriber)) }
    }
  }

  /// Whether a client, of these names, is in one of them. Anybody may name any order. Of the hub's own events each says
  /// whose it is; these do not, so only those who may see all of the tenant's orders get them.
  func have(_ client: SocketIOClient, _ its: EmitterNames) -> Bool {
    if names.isEmpty { return false }
    if names.contains(its.sid) || names.contains(its.user) { return true }
    guard let tenant = its.tenant else { return false }
    return names.contains(tenant) || followers.contains(ObjectIdentifier(client))
  }

  /// The room that is called `order:{tenant}:{id}`.
  private static func order(_ name: Text) -> RoomName? {
    let parts = name.split(on: UInt8(ascii: ":"))
    guard parts.count == 3, parts[0] == "order", let tenant = TenantID(parts[1].string), let id = OrderID(parts[2]),
      "order:\(tenant.text):\(id)" as Text == name
    else { return nil }
    return .order(tenant, id)
  }
}

/// What programs outside the hub call a client's rooms.
private struct EmitterNames {
  /// As every client of Socket.IO it is in a room of its own name.
  let sid: Text
  let user: Text
  /// Nil for who may not see all of the tenant's orders.
  let tenant: Text?
}

extension SocketIOClient {
  /// Nil for who may see nothing.
  fileprivate var emitterNames: EmitterNames? {
    guard let actor = identity, actor.role.sight != .nothing, let ticket else { return nil }
    let tenant = actor.tenant.text
    return EmitterNames(
      sid: Text(ticket.sid), user: "user:\(tenant):\(actor.user.text)",
      tenant: actor.role.sight == .business ? "tenant:\(tenant)" : nil)
  }
}

/// An event for Socket.IO clients: a packet, and its attachments.
struct EmittedFrames {
  /// For clients that poll.
  let frames: [EngineFrame]
  /// For clients on a WebSocket: all of them, as frames.
  let socketIO: SharedBytes

  init(_ event: EmittedEvent, offset: StreamOffset?) {
    frames = SocketIOFrame.event(
      SocketIOClient.namespace, name: event.name, arguments: event.arguments, attachments: event.attachments,
      offset: offset?.text)
    socketIO = SharedBytes(frames.flatMap(\.webSocketFrame))
  }
}
