import HubTestSupport

/// Server-sent events, as a browser's `EventSource` reads them: it comes back with the last id. The hub says something
/// every 15 seconds; nobody can ask.
final class EventStreamLine: LiveLine {
  let name = "server-sent events"
  private(set) var place: String?
  let isNumbered = true
  private let token: String
  private var peer: EventStreamPeer?
  private var patience = Patience(asksAfterMs: .max, endsAfterMs: 20_000)

  init(token: String) { self.token = token }

  func join(port: Int) throws {
    var headers = ["Authorization: Bearer \(token)"]
    if let place { headers.append("Last-Event-ID: \(place)") }
    let peer = try EventStreamPeer(port: port, headers: headers)
    guard peer.head.status == 200 else { throw TestServerError("/events answers \(peer.head.status)") }
    self.peer = peer
    patience.heard()
  }

  func leave() { peer = nil }

  func next() -> Heard {
    guard let peer else { return .end("it was never joined") }
    do {
      let message = try peer.next(withinMs: Patience.momentMs)
      patience.heard()
      // Also of what is no order's event.
      place = message.id ?? place
      return take(message)
    } catch EventStreamPeer.Failure.timedOut {
      return patience.isOver {} ? .end("silent") : .aside(nil)
    } catch { return .end("\(error)") }
  }

  private func take(_ message: EventStreamPeer.Message) -> Heard {
    switch message.event {
    case nil: return message.data == nil ? .aside(nil) : .strange("\(message)")
    // With a place it was let in anew; without one it goes on from its own.
    case "hub:ready": return message.id == nil ? .aside("recovered") : .missed("hub:ready")
    case "resync": return .missed("resync \(Document(parsing: message.data ?? "")["reason"].text)")
    case "hub:closing": return .end("hub:closing \(message.data ?? "")")
    case let type?:
      guard let event = message.data.flatMap(EventText.init(frame:)), event.seen.type == type,
        event.offset == message.id
      else { return .strange("\(message)") }
      return .event(event)
    }
  }
}
