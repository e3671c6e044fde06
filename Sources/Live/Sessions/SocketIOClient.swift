import EngineIO
import EngineServer
import HubContracts
import HubRuntime
import LiveProtocol
import Orders
import SocketLoop

/// A Socket.IO client, over polling or a WebSocket. It follows all that it may hear from when it is let in.
final class SocketIOClient: Client, EngineClient {
  /// The one namespace that there is.
  static let namespace: Text = "/"

  private var machine: SocketIOConnection
  let transports: EngineTransports
  /// The token of the handshake, for a client that sends none when it connects.
  var handshakeToken: Text?
  var standing = Standing.outside
  /// What it is known by to itself and to others; nil before it was let in.
  var ticket: SessionTicket?
  /// Why it is to be told to load again once it is served.
  var lostReason: String?
  /// Acks of commands that wait until the client is served in a room.
  var owed: [RoomName: [Int64]] = [:]
  /// Commands, by their acks if they want one, that wait until the rooms are noted.
  var unnoted: [Int64?] = []
  /// Whether the rooms are being noted now.
  var isNoting = false
  /// Rooms that it was served in while its command was still looked at.
  var justServed: Set<RoomName> = []
  private var dueMs = Int64.max

  enum Standing {
    case outside
    /// It came back, and its place is being looked for.
    case returning
    case inside
  }

  /// A client whose session is about to open, and which the census has counted.
  init(home: LiveLoop, opening: EngineOpening, address: Text) {
    machine = SocketIOConnection(engine: opening.engine, options: home.options.socketIO, nowMs: home.nowMs)
    transports = opening.transports
    handshakeToken = Gate.token(of: opening.request).token
    super.init(home: home, address: address)
  }

  // MARK: Subscriber

  override var queuedBytes: Int { transports.direct?.queuedBytes ?? machine.engine.queuedBytes }

  override func deliver(_ batch: EventBatch, _ some: Range<Int>) {
    if let socket = transports.direct {
      socket.send(shown(batch, some, in: .socketIO))
    } else {
      keep(batch, some)
    }
  }

  /// Takes what a program outside the hub sent.
  func deliver(_ emitted: EmittedFrames) {
    guard case .inside = standing else { return }
    if let socket = transports.direct { socket.send(emitted.socketIO) } else { keep(emitted.frames) }
  }

  /// Keeps events for the next poll.
  private func keep(_ batch: EventBatch, _ some: Range<Int>) {
    keep(some.map { .text(Array(batch.withFrame($0, in: .socketIO, for: sight) { PlainFrame.payload(of: $0) })) })
  }

  private func keep(_ frames: [EngineFrame]) {
    let now = home.nowMs
    step { $0.send(frames, nowMs: now) }
  }

  override func resync(reason: String, offset: StreamOffset?) {
    emit("resync", JSONText.object([("reason", reason)]), offset)
  }

  override func follows(_ rooms: [RoomName], from offset: StreamOffset?, _ outcome: FollowOutcome) {
    if case .returning = standing { takeUp(outcome) } else { served(rooms, from: offset, outcome) }
  }

  // MARK: Client

  /// Its protocol has no codes, and the usual clients do not show those of a WebSocket: it is told by an event, unless it
  /// is to come again at once, which it does by itself, or was not let in.
  override func close(_ code: CloseCode, _ reason: String) {
    if code != .serviceRestart, case .inside = standing {
      emit("hub:closing", JSONText.object(Self.closing(code, reason)), home.place(of: self))
    }
    retire()
    transports.drop(code, reason)
  }

  override func remind(atMs: Int64) {
    dueMs = min(dueMs, atMs)
    transports.watch()
  }

  override var transport: LiveTransport { machine.engine.transport == .polling ? .polling : .socketIO }

  // MARK: EngineClient

  func step(_ input: (inout EngineSession) -> [EngineAction]) { perform(machine.receive(nowMs: home.nowMs, input)) }

  var deadlineMs: Int64 { min(machine.deadlineMs, dueMs) }

  func tick() {
    perform(machine.tick(nowMs: home.nowMs))
    guard home.nowMs >= dueMs else { return }
    dueMs = .max
    look(nowMs: home.nowMs)
  }

  func heard(_ messageCount: Int) -> Bool { countMessages(messageCount) }

  func overflowed() {
    home.metrics.slowCloses.add()
    retire()
    transports.drop(.tooSlow, "too slow: reconnect and catch up", cutting: true)
  }

  func gone(_ end: EngineEnd) {
    if end == .queueOverflow { home.metrics.slowCloses.add() }
    forget()
  }

  // MARK: The machine

  /// Lets it into the namespace under a ticket.
  func accept(_ ticket: SessionTicket, _ actor: Actor) {
    standing = .inside
    self.ticket = ticket
    let pid = ticket.pid(for: actor, key: home.options.ticketKey)
    perform(machine.send(nowMs: home.nowMs) { $0.accept(Self.namespace, sid: ticket.sid, pid: pid) })
  }

  /// Keeps it out of the namespace; `data` is JSON.
  func refuseConnection(_ message: String, data: [UInt8]) {
    perform(machine.send(nowMs: home.nowMs) { $0.refuse(Self.namespace, message: message, data: data) })
  }

  /// Sends an event with one argument, JSON, and a place that the client may keep.
  func emit(_ name: Text, _ json: [UInt8], _ offset: StreamOffset?) {
    let outputs = try? machine.send(nowMs: home.nowMs) { session throws(SocketIOFault) in
      try session.emit(Self.namespace, name: name, arguments: json, offset: offset?.text)
    }
    guard let outputs else { preconditionFailure("the protocol keeps the name \(name) for itself") }
    perform(outputs)
  }

  /// Answers a command with one argument, JSON.
  func acknowledge(_ id: Int64, _ json: [UInt8]) {
    perform(machine.send(nowMs: home.nowMs) { $0.acknowledge(Self.namespace, id: id, arguments: json) })
  }

  private func perform(_ outputs: [SocketIOConnection.Output]) {
    for output in outputs {
      switch output {
      case .transport(let action):
        transports.perform(action)
        if case .upgraded = action { noteTransport() }
      case .message(.connect(_, let auth)): connect(auth)
      case .message(.event(_, let name, let arguments, let ackID)): obey(name, arguments, ackID)
      case .message(.left):
        standing = .outside
        owed = [:]
        unnoted = []
        seeks = [:]
        home.leaveAll(self)
      case .message(.acknowledged): break
      }
    }
  }
}
