import HubTestSupport

/// The plain WebSocket: `subscribe:orders` at first, `recover` with the last place afterwards, a `ping` into silence.
final class PlainLine: LiveLine {
  let name = "WebSocket"
  private(set) var place: String?
  let isNumbered = true
  private let token: String
  private var client: WebSocketClient?
  private var patience = Patience(asksAfterMs: 2_000, endsAfterMs: 6_000)

  init(token: String) { self.token = token }

  func join(port: Int) throws {
    let raw = try RawClient(port: port, timeoutSeconds: 3)
    let headers = [
      "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Authorization: Bearer \(token)",
    ]
    try raw.request("GET", "/ws", headers: headers)
    let status = try raw.answer().status
    guard status == 101 else { throw TestServerError("/ws answers \(status)") }
    let (socket, rest) = raw.release()
    let client = WebSocketClient(socket: socket, leftover: rest)
    let greeting = try client.nextText(withinMs: 3_000)
    guard greeting.hasPrefix(#"{"type":"hub:ready""#) else { throw TestServerError("greeted with \(greeting)") }
    if let place {
      client.send(#"{"type":"recover","offset":"\#(place)"}"#)
    } else {
      client.send(#"{"type":"subscribe:orders"}"#)
    }
    self.client = client
    patience.heard()
  }

  func leave() { client = nil }

  func next() -> Heard {
    guard let client else { return .end("it was never joined") }
    do throws(WebSocketClient.Failure) {
      let frame = try client.next(withinMs: Patience.momentMs)
      patience.heard()
      switch frame.opcode {
      case 1: return take(frame.text)
      case 8: return .end("closed with \(frame.payload.prefix(2).reduce(0) { $0 << 8 | Int($1) })")
      default: return .aside(nil)
      }
    } catch {
      guard error == .timedOut else { return .end("\(error)") }
      return patience.isOver { client.send(#"{"type":"ping"}"#) } ? .end("silent") : .aside(nil)
    }
  }

  private func take(_ text: String) -> Heard {
    if let event = EventText(frame: text) {
      place = event.offset ?? place
      return .event(event)
    }
    let message = Document(parsing: text)
    switch message["type"].text {
    case "subscribed":
      // A place of its own: what came before it was not promised to a follower who had none.
      move(to: message["offset"])
      return .missed("subscribed")
    case "recovered": return .aside("recovered")
    case "resync":
      move(to: message["offset"])
      return .missed("resync \(message["reason"].text)")
    case "pong": return .aside(nil)
    default: return .strange(text)
    }
  }

  private func move(to offset: Document) { if case .string(let text) = offset { place = text } }
}
