import EngineIO
import Orders

/// What the protocols' official test suites run against, without sockets and on a clock that the test moves: an echo of
/// Engine.IO messages, or of Socket.IO events in the namespaces `/` and `/custom`.
final class EchoServer {
  enum Speaks { case engineIO, socketIO }

  private enum Peer {
    case engine(EngineSession)
    case socketIO(SocketIOConnection)

    var engine: EngineSession {
      switch self {
      case .engine(let engine): engine
      case .socketIO(let connection): connection.engine
      }
    }
    var deadlineMs: Int64 {
      switch self {
      case .engine(let engine): engine.deadlineMs
      case .socketIO(let connection): connection.deadlineMs
      }
    }
  }

  private(set) var nowMs: Int64 = 1_000
  private let speaks: Speaks
  private let options: EngineOptions
  private var peers: [Text: Peer] = [:]
  private var exchanges: [EngineRequestID: Exchange] = [:]
  private var sockets: [EngineSocketID: Socket] = [:]
  private var count: UInt64 = 0

  init(_ speaks: Speaks = .engineIO, _ change: (inout EngineOptions) -> Void = { _ in }) {
    self.speaks = speaks
    var options = EngineOptions()
    options.pingIntervalMs = 300
    options.pingTimeoutMs = 200
    change(&options)
    self.options = options
  }

  /// How many sessions live.
  var sessionCount: Int { peers.count }

  // MARK: What a client does

  /// A request, whose answer is `nil` while it waits.
  func request(_ method: String, _ query: String, body: String = "", type: Text? = nil) -> Exchange {
    let exchange = begin(method, query, type: type)
    if method == "POST", let sid = exchange.sid, exchange.answer == nil { finish(exchange, sid, Array(body.utf8)) }
    return exchange
  }

  func get(_ sid: Text) -> Exchange { request("GET", "EIO=4&transport=polling&sid=\(sid)") }
  func post(_ sid: Text, _ body: String, type: Text? = nil) -> Exchange {
    request("POST", "EIO=4&transport=polling&sid=\(sid)", body: body, type: type)
  }

  /// The head of a request; a POST's body comes with `finish`.
  func begin(_ method: String, _ query: String, type: Text? = nil) -> Exchange {
    count += 1
    let id = EngineRequestID(count)
    let exchange = Exchange(id: id)
    exchanges[id] = exchange
    do throws(EngineRefusal) {
      switch try judge(method, query, asksForWebSocket: false) {
      case .openPolling:
        var actions: [EngineAction] = []
        let sid: Text = "sid\(count)"
        let engine = EngineSession(sid: sid, options: options, polledBy: id, nowMs: nowMs, actions: &actions)
        enter(sid, engine, actions)
      case .poll(let sid): feed(sid) { $0.poll(id, nowMs: self.nowMs) }
      case .post(let sid):
        exchange.sid = sid
        feed(sid) { $0.beginPost(id, contentType: type, nowMs: self.nowMs) }
      case .openWebSocket, .attachWebSocket: preconditionFailure("it did not ask for a WebSocket")
      }
    } catch {
      exchange.answer = .refused(error)
    }
    return exchange
  }

  func finish(_ exchange: Exchange, _ sid: Text, _ body: [UInt8]) {
    feed(sid) { $0.finishPost(exchange.id, body: body, nowMs: self.nowMs) }
  }

  func abandon(_ exchange: Exchange, _ sid: Text) { feed(sid) { $0.abandon(exchange.id) } }

  /// A WebSocket, which is refused if it comes back closed with a refusal.
  func webSocket(_ query: String) -> Socket {
    count += 1
    let socket = Socket(id: EngineSocketID(count), server: self)
    sockets[socket.id] = socket
    do throws(EngineRefusal) {
      switch try judge("GET", query, asksForWebSocket: true) {
      case .openWebSocket:
        var actions: [EngineAction] = []
        socket.sid = "sid\(count)"
        let engine = EngineSession(
          sid: socket.sid, options: options, socket: socket.id, nowMs: nowMs, actions: &actions)
        enter(socket.sid, engine, actions)
      case .attachWebSocket(let sid):
        socket.sid = sid
        feed(sid) { $0.attach(socket.id, nowMs: self.nowMs) }
      case .openPolling, .poll, .post: preconditionFailure("it asked for a WebSocket")
      }
    } catch {
      socket.refusal = error
    }
    return socket
  }

  func webSocket(sid: Text? = nil) -> Socket {
    webSocket("EIO=4&transport=websocket" + (sid.map { "&sid=\($0)" } ?? ""))
  }

  func receive(_ frame: EngineFrame, on socket: Socket) {
    feed(socket.sid) { $0.receive(frame, on: socket.id, nowMs: self.nowMs) }
  }

  func lose(_ socket: Socket) { feed(socket.sid) { $0.socketClosed(socket.id, nowMs: self.nowMs) } }

  /// A session over polling; its sid.
  func openPolling() throws -> Text {
    let text = try request("GET", "EIO=4&transport=polling").text()
    return Text(text.dropFirst(9).prefix { $0 != "\"" })
  }

  /// Moves the clock, and looks at what is due when it is due.
  func advance(_ ms: Int64) {
    let until = nowMs + ms
    while let due = peers.values.map(\.deadlineMs).min(), due <= until {
      nowMs = max(nowMs, due)
      for sid in peers.filter({ $0.value.deadlineMs <= nowMs }).keys { tick(sid) }
    }
    nowMs = until
  }

  /// Moves the clock without looking at anything.
  func advanceWithoutTimer(_ ms: Int64) { nowMs += ms }

  // MARK: The server

  private func judge(_ method: String, _ query: String, asksForWebSocket: Bool) throws(EngineRefusal) -> EngineRequest {
    let pairs = query.split(separator: "&").map { $0.split(separator: "=", omittingEmptySubsequences: false) }
    return try EngineRequest.read(
      method: method, query: { name in pairs.first { Text($0[0]) == name }.map { Text($0[1]) } },
      asksForWebSocket: asksForWebSocket, transport: { self.peers[$0]?.engine.transport })
  }

  private func enter(_ sid: Text, _ engine: EngineSession, _ actions: [EngineAction]) {
    switch speaks {
    case .engineIO: peers[sid] = .engine(engine)
    case .socketIO:
      var options = SocketIOOptions()
      options.namespaces = ["/", "/custom"]
      peers[sid] = .socketIO(SocketIOConnection(engine: engine, options: options, nowMs: nowMs))
    }
    act(sid, actions)
  }

  private func tick(_ sid: Text) {
    guard case .socketIO(var connection)? = peers[sid] else { return feed(sid) { $0.tick(nowMs: self.nowMs) } }
    let outputs = connection.tick(nowMs: nowMs)
    peers[sid] = .socketIO(connection)
    act(sid, outputs)
  }

  private func feed(_ sid: Text, _ input: (inout EngineSession) -> [EngineAction]) {
    switch peers[sid] {
    case .engine(var engine)?:
      let actions = input(&engine)
      peers[sid] = .engine(engine)
      act(sid, actions)
    case .socketIO(var connection)?:
      let outputs = connection.receive(nowMs: nowMs, input)
      peers[sid] = .socketIO(connection)
      act(sid, outputs)
    case nil: break
    }
  }

  private func act(_ sid: Text, _ outputs: [SocketIOConnection.Output]) {
    for output in outputs {
      switch output {
      case .transport(let action): act(sid, [action])
      case .message(let message): obey(sid, message)
      }
    }
  }

  private func act(_ sid: Text, _ actions: [EngineAction]) {
    for action in actions {
      switch action {
      case .answer(let id, let answer): exchanges.removeValue(forKey: id)?.answer = answer
      case .send(let id, let frame): sockets[id]?.inbox.append(frame)
      case .closeSocket(let id, let reason): sockets.removeValue(forKey: id)?.closed = reason
      case .text(let bytes): feed(sid) { $0.send([.message(bytes)], nowMs: self.nowMs) }
      case .binary(let bytes): feed(sid) { $0.send([.binary(bytes)], nowMs: self.nowMs) }
      case .upgraded: break
      case .ended: peers[sid] = nil
      }
    }
  }

  private func obey(_ sid: Text, _ message: SocketIOMessage) {
    guard case .socketIO(var connection)? = peers[sid] else { return }
    let outputs = try? connection.send(nowMs: nowMs) { session in
      switch message {
      case .connect(let namespace, let auth):
        return try session.accept(namespace, sid: "public\(self.count)")
          + session.emit(namespace, name: "auth", arguments: auth)
      case .event(let namespace, "message", let arguments, _):
        return try session.emit(
          namespace, name: "message-back", arguments: arguments.joined, attachments: arguments.attachments)
      case .event(let namespace, "message-with-ack", let arguments, let id?):
        return session.acknowledge(
          namespace, id: id, arguments: arguments.joined, attachments: arguments.attachments)
      case .event, .acknowledged, .left: return []
      }
    }
    peers[sid] = .socketIO(connection)
    act(sid, outputs ?? [])
  }
}

/// A request and, once it is there, its answer.
final class Exchange {
  let id: EngineRequestID
  var answer: EngineAnswer?
  var sid: Text?

  init(id: EngineRequestID) { self.id = id }

  var status: Int? { answer?.status }

  struct Unanswered: Error {}

  func text() throws -> String {
    guard let answer else { throw Unanswered() }
    return String(decoding: answer.body, as: UTF8.self)
  }
}

/// A client's end of a WebSocket.
final class Socket {
  let id: EngineSocketID
  private let server: EchoServer
  var sid: Text = ""
  var inbox: [EngineFrame] = []
  var closed: EngineEnd?
  var refusal: EngineRefusal?

  init(id: EngineSocketID, server: EchoServer) {
    self.id = id
    self.server = server
  }

  func send(_ text: String) { server.receive(.text(Array(text.utf8)), on: self) }
  func send(_ bytes: [UInt8]) { server.receive(.binary(bytes), on: self) }

  /// What came since it was last asked for; `<01 02>` for a binary message.
  func read() -> [String] {
    defer { inbox = [] }
    return inbox.map { frame in
      switch frame {
      case .text(let bytes): String(decoding: bytes, as: UTF8.self)
      case .binary(let bytes): "<\(bytes.map(String.init).joined(separator: " "))>"
      }
    }
  }
}
