public import EngineIO
public import LiveProtocol
public import Orders
public import SocketLoop

/// One client's sockets and waiting requests: where the actions of its session are performed. For its loop's thread.
///
/// It holds the client until the session ends.
public final class EngineTransports {
  /// The secret that names the session.
  public let sid: Text
  /// The loop that the client belongs to for life.
  public unowned let loop: SocketLoop
  unowned let desk: EngineDesk
  private var client: (any EngineClient)?
  /// The WebSocket that is the main transport.
  private var main: EngineSocket?
  /// WebSockets that may become it, or are about to be turned away.
  private var others: [EngineSocket] = []
  /// Whether the client has said who it is.
  private(set) var isTrusted = false

  init(sid: Text, loop: SocketLoop, desk: EngineDesk) {
    self.sid = sid
    self.loop = loop
    self.desk = desk
  }

  /// The loop's clock.
  public var nowMs: Int64 { loop.nowMs }

  /// The main WebSocket while there is one: whole frames may be sent on it without asking the session, such as one
  /// `EngineFrame.webSocketFrame` that many clients share. Nil over polling, where `EngineSession.send` keeps them.
  public var direct: Connection? { main?.connection }

  /// The client has said who it is: from now on it may send as much as any, and not only
  /// `EngineServerOptions.untrustedLimitBytes`.
  public func trust() {
    guard !isTrusted else { return }
    isTrusted = true
    desk.noteTrusted(sid)
  }

  /// How many bytes a message on one of its WebSockets may have.
  var frameLimitBytes: Int { desk.options.frameLimitBytes(isTrusted: isTrusted) }

  /// Does what the session wants done: all but `text` and `binary`, which are the client's.
  public func perform(_ action: EngineAction) {
    switch action {
    case .answer(let request, let answer): desk.answer(request, answer)
    case .send(let socket, let frame): find(socket)?.send(frame)
    case .closeSocket(let socket, let end): take(socket)?.close(end.closeCode, end.closeReason)
    case .upgraded(let socket):
      main = take(socket)
      desk.noteUpgraded(sid)
      watch()
    case .ended(let end): finish(end)
    case .text, .binary: break
    }
  }

  /// Asks for `EngineClient.tick` at its deadline, or again within a tick of it. Call it when something of the client's
  /// own has brought the deadline nearer; after what comes from sockets and requests it is done already.
  public func watch() {
    guard let client else { return }
    // A client without a main WebSocket is looked at on every tick.
    direct?.remind(atMs: client.deadlineMs)
  }

  /// Ends a client that is on a WebSocket with a code and a reason, after what waits for it or, with `cutting`, without
  /// that. Over polling, where there are no codes, its session is closed politely; or, with a code that asks to come again
  /// and nothing else, with an error, which every client answers by coming again.
  public func drop(_ code: CloseCode, _ reason: String, cutting: Bool = false) {
    guard let main else {
      let now = nowMs
      let passes = code == .serviceRestart || code == .tryAgainLater
      client?.step { passes ? $0.dismiss() : $0.close(nowMs: now) }
      return
    }
    main.close(code, reason, cutting: cutting)
    lost(main)
  }

  // MARK: What the desk calls

  /// The client is here, and its session's first actions.
  func begin(_ client: any EngineClient, main socket: EngineSocket?, _ actions: [EngineAction]) {
    self.client = client
    main = socket
    for action in actions { perform(action) }
    watch()
  }

  /// Gives something that happened to the session.
  func step(_ input: (inout EngineSession) -> [EngineAction]) { client?.step(input) }

  /// A second WebSocket.
  func attach(_ socket: EngineSocket) {
    others.append(socket)
    let now = nowMs
    step { $0.attach(socket.id, nowMs: now) }
  }

  /// Reads what has come on WebSockets that are tried out: a client may have sent the upgrade on one before the request
  /// that is at hand.
  func readTrials() { for socket in others { socket.connection?.readNow() } }

  func hears(_ messageCount: Int) -> Bool { client?.heard(messageCount) ?? false }

  func tick() { client?.tick() }

  var deadlineMs: Int64 { client?.deadlineMs ?? .max }

  /// The loop ends, and no socket is left.
  func abandon() { finish(.serverClosed) }

  // MARK: What its sockets call

  func receive(_ frame: EngineFrame, on socket: EngineSocketID) {
    let now = nowMs
    step { $0.receive(frame, on: socket, nowMs: now) }
  }

  func overflowed(_ socket: EngineSocket) {
    if socket === main {
      client?.overflowed()
    } else {
      // Nothing but the answer to a probe goes to another one: it cannot overflow with a client that reads.
      socket.close(.tooSlow, "too slow", cutting: true)
      lost(socket)
    }
  }

  /// A socket is gone, or of no more use.
  func lost(_ socket: EngineSocket) {
    guard take(socket.id) != nil else { return }
    let now = nowMs
    step { $0.socketClosed(socket.id, nowMs: now) }
  }

  // MARK: Parts

  private func find(_ id: EngineSocketID) -> EngineSocket? {
    if let main, main.id == id { return main }
    return others.first { $0.id == id }
  }

  private func take(_ id: EngineSocketID) -> EngineSocket? {
    if let main, main.id == id {
      self.main = nil
      return main
    }
    guard let place = others.firstIndex(where: { $0.id == id }) else { return nil }
    return others.remove(at: place)
  }

  private func finish(_ end: EngineEnd) {
    guard let client else { return }
    self.client = nil
    desk.forget(sid)
    client.gone(end)
  }
}

extension EngineEnd {
  /// What a WebSocket is closed with. The clients of Engine.IO look at none of it, people who debug do.
  var closeCode: CloseCode {
    switch self {
    case .clientClosed, .serverClosed, .transportClosed, .notWanted, .upgradeTimeout: .normal
    case .pingTimeout: .goingAway
    case .protocolError(.messageTooLarge): .messageTooBig
    case .protocolError: .protocolError
    case .queueOverflow: .tooSlow
    }
  }

  var closeReason: String {
    switch self {
    case .clientClosed, .serverClosed, .transportClosed: ""
    case .notWanted: "the session has a WebSocket, or is over"
    case .upgradeTimeout: "the upgrade took too long"
    case .pingTimeout: "a ping was not answered in time"
    case .protocolError: "the protocol was broken"
    case .queueOverflow: "too slow"
    }
  }
}
