/// A live client of any kind that follows all that its token may, or one order. It blocks: use it in `onThread`.
public struct LiveEar {
  /// How it is connected.
  public enum Client {
    case plain(WebSocketClient)
    case socketIO(SocketIOPeer)
    case stream(EventStreamPeer)
  }

  /// What it comes back with.
  public struct Place: Sendable {
    /// The place of the last event that it had.
    public var offset: String
    /// A Socket.IO client's proof.
    public var pid: String?
    /// Names a place.
    public init(offset: String, pid: String? = nil) { (self.offset, self.pid) = (offset, pid) }
  }

  /// An event that came.
  public struct Heard {
    /// Its name.
    public var type: String
    /// Its data.
    public var data: Document
    /// What came, as text.
    public var text: String
  }

  /// The kinds that there are: the plain WebSocket, Socket.IO by polling and by a WebSocket, server-sent events.
  public static let kinds = 0..<4

  /// How it is connected.
  public let client: Client
  /// Where it began.
  public let place: Place

  /// Uses a client that is served already.
  public init(_ client: Client) {
    self.client = client
    place = Place(offset: "")
  }

  /// Connects, and is served; with a place, it comes back from there. Nil if its role may not follow, or if
  /// there is no such order for it; throws if it is refused for another reason.
  public init?(port: Int, kind: Int, token: String, order: String? = nil, after place: Place? = nil) throws {
    switch kind {
    case 0:
      let socket = try WebSocketClient.connected(port: port, token: token)
      do {
        guard Document(parsing: try socket.nextText())["type"] == "hub:ready" else { throw Self.strange("no greeting") }
      } catch WebSocketClient.Failure.malformed(let frame) {
        // A close frame with 4403, and nothing before it.
        guard frame.hasPrefix("opcode 8: [17, 51,") else { throw Self.strange(frame) }
        return nil
      }
      let offset = place.map { ",\"offset\":\"\($0.offset)\"" } ?? ""
      let wanted = order.map { "subscribe:order\",\"orderId\":\"\($0)\"" }
      socket.send("{\"type\":\"\(wanted ?? (place == nil ? "subscribe:orders\"" : "recover\""))\(offset)}")
      let answer = Document(parsing: try socket.nextText())
      if answer["code"] == Self.noSuchOrder { return nil }
      guard ["subscribed", "recovered"].contains(answer["type"].text) else { throw Self.strange("\(answer)") }
      client = .plain(socket)
      self.place = Place(offset: answer["offset"].text)
    case 1, 2:
      let peer = SocketIOPeer(try EnginePeer(port: port, over: kind == 1 ? .polling : .websocket))
      let members = [("token", token), ("pid", place?.pid), ("offset", place?.offset)]
      let auth = members.compactMap { name, value in value.map { "\"\(name)\":\"\($0)\"" } }
      let answer = try peer.connect(auth: "{\(auth.joined(separator: ","))}")
      if case .refused(_, "forbidden") = answer { return nil }
      guard case .connected = answer else { throw Self.strange("\(answer)") }
      if place == nil, try peer.nextEvent().name != "hub:ready" { throw Self.strange("no greeting") }
      if let order {
        for (name, members) in [("unsubscribe:orders", "{}"), ("subscribe:order", "{\"orderId\":\"\(order)\"}")] {
          let done = try peer.request(name, members)
          if done["code"] == Self.noSuchOrder { return nil }
          guard done["success"] == true else { throw Self.strange("\(done)") }
        }
      }
      client = .socketIO(peer)
      self.place = Place(offset: peer.offset ?? "", pid: peer.pid)
    default:
      let pairs = [order.map { "orderId=\($0)" }, place.map { "lastEventId=\($0.offset)" }].compactMap { $0 }
      let stream = try EventStreamPeer(
        port: port, query: pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"),
        headers: ["Authorization: Bearer \(token)"])
      if stream.head.status == 403 { return nil }
      guard stream.head.status == 200, try stream.next().retry != nil else { throw Self.strange("\(stream.head)") }
      let first = try stream.next()
      if Document(parsing: first.data ?? "")["code"] == Self.noSuchOrder { return nil }
      guard first.event == "hub:ready" else { throw Self.strange("\(first)") }
      client = .stream(stream)
      self.place = Place(offset: stream.lastID ?? "")
    }
  }

  private static let noSuchOrder: Document = "order_not_found"

  private static func strange(_ what: String) -> EnginePeer.Failure { .malformed(what) }

  /// The next event.
  public func next() throws -> Heard {
    switch client {
    case .plain(let socket): return Self.heard(try socket.nextText())
    case .stream(let stream): return Self.heard(try stream.nextEvent().data ?? "")
    case .socketIO(let peer):
      let event = try peer.nextEvent()
      return Heard(type: event.name, data: event.data, text: "\(event.data)")
    }
  }

  private static func heard(_ text: String) -> Heard {
    let message = Document(parsing: text)
    return Heard(type: message["type"].text, data: message["data"], text: text)
  }

  /// Whether nothing more is there, after everything that was sent by now.
  public func isEmpty() throws -> Bool {
    switch client {
    case .plain(let socket):
      socket.send("{\"type\":\"ping\"}")
      return try socket.nextText() == "{\"type\":\"pong\"}"
    case .socketIO(let peer):
      let id = try peer.ask("ping")
      return try peer.next() == .ack(id: id, ["success": true])
    case .stream(let stream):
      do {
        _ = try stream.nextEvent(withinMs: 1)
        return false
      } catch EventStreamPeer.Failure.timedOut { return true }
    }
  }
}

extension WebSocketClient {
  /// A plain WebSocket whose handshake, with a token in its header, is done.
  public static func connected(port: Int, token: String?) throws -> WebSocketClient {
    let raw = try RawClient(port: port)
    try raw.request(
      "GET", "/ws",
      headers: [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ] + (token.map { ["Authorization: Bearer \($0)"] } ?? []))
    let answer = try raw.answer()
    guard answer.status == 101 else { throw RawClient.Failure("\(answer.status) \(answer.body)") }
    let (socket, rest) = raw.release()
    return WebSocketClient(socket: socket, leftover: rest)
  }
}
