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
    var frames: [StreamOffset?: EmittedFrames] = [:]
    for case let client as SocketIOClient in subscribers {
      guard client.isIn(event.rooms, except: event.except) else { continue }
      let reached = place(of: client)
      let its = frames[reached] ?? EmittedFrames(event, offset: reached)
      frames[reached] = its
      client.deliver(its)
      metrics.deliveries.add()
    }
  }
}

extension SocketIOClient {
  /// Whether it is in one of the rooms, or there are none to be in, and in none of the others. As every client of
  /// Socket.IO it is in a room of its own name too.
  fileprivate func isIn(_ rooms: [Text], except: [Text]) -> Bool {
    guard let actor = identity, let ticket else { return false }
    let tenant = actor.tenant.text
    func isIn(_ room: Text) -> Bool {
      if room == Text(ticket.sid) || room == "user:\(tenant):\(actor.user.text)" { return true }
      // Anybody may name any order. Of the hub's own events each says whose it is; these do not, so only those who may
      // see all of the tenant's orders get them.
      guard actor.mayHearTenant else { return false }
      return room == "tenant:\(tenant)"
        || memberships.contains { membership in
          membership.room.name.order.map { "order:\(tenant):\($0)" as Text } == room
        }
    }
    return (rooms.isEmpty || rooms.contains(where: isIn)) && !except.contains(where: isIn)
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
