import EngineIO
import Glibc
import HubContracts
import HubRuntime
import LiveProtocol
import Orders
public import SocketLoop

/// A loop's Engine.IO sessions, and the requests that wait for them.
///
/// The loop's subclass makes one, calls `serve` in its init, and passes `rung`, `ticked` and `ending` on to it.
public final class EngineDesk: @unchecked Sendable {
  // Owner: the loop's thread. `mailbox` and `known` are for all; `loop` is set before the loop starts.
  /// Which loop it belongs to, 0 to 63.
  public let index: Int
  let options: EngineServerOptions
  private let sids: SessionIDs
  let parsers: FrameParsers
  private let mailbox: Mailbox<EngineLetter>
  /// What the threads of the HTTP server know of each session.
  private let known = Locked<[Text: Known]>([:])

  private struct Known {
    /// The main transport.
    var transport: EngineTransport
    var isTrusted: Bool
    /// How many WebSockets have come to be tried out.
    var attached = 0
  }

  /// How many WebSockets may come to a session's polling in its life. A client has one tried out; each that is not wanted
  /// keeps its descriptor until it is closed, so that any number would be all of the process's, for one session without a
  /// token.
  static let attachLimit = 4
  private unowned var loop: SocketLoop?
  private var open: (EngineOpening) -> (any EngineClient)? = { _ in nil }
  /// The sessions that began with polling; the others belong to their sockets.
  private var sessions: [Text: EngineTransports] = [:]
  private var held: [EngineRequestID: HeldRequest] = [:]
  /// Answers to POSTs whose body is still on its way.
  private(set) var early: [EngineRequestID: EngineAnswer] = [:]
  private var lastNumber: UInt64 = 0

  /// Makes the desk of a loop; it needs `serve` before letters are posted.
  public init(index: Int, options: EngineServerOptions) {
    precondition((0..<SessionIDs.loopLimit).contains(index), "loop \(index): a sid can name 64 loops")
    self.index = index
    self.options = options
    sids = SessionIDs(process: options.processName)
    parsers = FrameParsers(
      messageLimitBytes: options.frameLimitBytes(isTrusted: true), fragmentLimit: options.fragmentLimit)
    mailbox = Mailbox(limit: options.mailboxLimit, limitBytes: options.mailboxLimitBytes)
  }

  /// Joins it to its loop, before that starts. `open` makes the client of a new session, on the loop's thread; nil if
  /// there is no room for it.
  public func serve(_ loop: SocketLoop, open: @escaping (EngineOpening) -> (any EngineClient)?) {
    self.loop = loop
    self.open = open
  }

  // MARK: From any thread

  /// How many sessions there are.
  public var sessionCount: Int { known.with { $0.count } }

  /// Whether nothing is left, for tests: of the loop's thread, or after it has ended.
  var isEmpty: Bool { sessions.isEmpty && held.isEmpty && early.isEmpty }

  func transport(of sid: Text) -> EngineTransport? { known.with { $0[sid]?.transport } }

  /// Whether one more WebSocket may come to a session; it is counted.
  func mayAttach(to sid: Text) -> Bool {
    known.with {
      guard let session = $0[sid], session.attached < Self.attachLimit else { return false }
      $0[sid]?.attached += 1
      return true
    }
  }

  /// Whether a session may send as much as any; false too if there is none of that name.
  func trusts(_ sid: Text) -> Bool { known.with { $0[sid]?.isTrusted ?? false } }

  /// Posts a letter; false if there is no room for it. An urgent one is rare, and needs none.
  func post(_ letter: EngineLetter, urgent: Bool = false) -> Bool {
    switch mailbox.post(letter, bytes: letter.byteCount, urgent: urgent) {
    case .first: loop?.ring()
    case .further: break
    case .full: return false
    }
    return true
  }

  // MARK: What the loop calls

  /// Reads the letters.
  public func rung() { for letter in mailbox.takeAll() { obey(letter) } }

  /// Looks at the sessions that have no WebSocket to be reminded on.
  public func ticked() {
    guard let loop else { return }
    let due = sessions.values.filter { $0.deadlineMs <= loop.nowMs }
    for transports in due { transports.tick() }
  }

  /// Answers all that waits, and takes no more letters. Call it too if the loop was never started.
  public func ending() {
    for letter in mailbox.close() {
      // A request that a letter holds is answered when the letter goes.
      switch letter {
      case .openWebSocket(_, let socket, _), .attach(_, let socket, _): close(socket)
      case .openPolling, .poll, .undelivered, .post, .beginPost, .finishPost, .refusePost, .abandonPost: break
      }
    }
    for transports in Array(sessions.values) { transports.abandon() }
    for request in held.values { request.answer(.busy) }
    held = [:]
    early = [:]
  }

  // MARK: What transports call

  func answer(_ id: EngineRequestID, _ answer: EngineAnswer) {
    if let request = held.removeValue(forKey: id) {
      request.answer(.answer(answer))
    } else if id.awaitsBody {
      // `finishPost`, `refusePost` or `abandonPost` comes in any case, so each is taken out again.
      early[id] = answer
    }
  }

  func noteUpgraded(_ sid: Text) { known.with { $0[sid]?.transport = .websocket } }

  func noteTrusted(_ sid: Text) { known.with { $0[sid]?.isTrusted = true } }

  func forget(_ sid: Text) {
    sessions[sid] = nil
    _ = known.with { $0.removeValue(forKey: sid) }
  }

  // MARK: Letters

  private func obey(_ letter: EngineLetter) {
    switch letter {
    case .openPolling(let request, let waiting): openPolling(request, waiting)
    case .openWebSocket(let request, let socket, let leftover): openWebSocket(request, socket, leftover)
    case .attach(let sid, let socket, let leftover): attach(sid, socket, leftover)
    case .poll(let sid, let waiting):
      sessions[sid]?.readTrials()
      ask(sid, EngineRequestID(nextNumber()), waiting) { $0.poll($1, nowMs: $2) }
    case .undelivered(let sid): sessions[sid]?.step { $0.undelivered() }
    case .post(let sid, let contentType, let body, let waiting):
      let id = EngineRequestID(nextNumber())
      guard hears(sid, body) else { return waiting.answer(.answer(.refused(.badRequest))) }
      ask(sid, id, waiting) { session, id, now in
        session.beginPost(id, contentType: contentType, nowMs: now)
          + session.finishPost(id, body: body, nowMs: now)
      }
      release(id)
    case .beginPost(let sid, let id, let contentType): begin(sid, id, contentType)
    case .finishPost(let sid, let id, let body, let waiting): finish(sid, id, body, waiting)
    case .refusePost(let sid, let id):
      early[id] = nil
      sessions[sid]?.step { $0.refusePost(id) }
      early[id] = nil
    case .abandonPost(let sid, let id):
      early[id] = nil
      sessions[sid]?.step { $0.abandon(id) }
    }
  }

  private func openPolling(_ request: HTTPRequest, _ waiting: HeldRequest) {
    guard let loop else { return }
    let id = EngineRequestID(nextNumber())
    let transports = EngineTransports(sid: sids.next(loop: index), loop: loop, desk: self)
    var actions: [EngineAction] = []
    let engine = EngineSession(
      sid: transports.sid, options: options.engine, polledBy: id, nowMs: loop.nowMs, actions: &actions)
    guard let client = open(EngineOpening(engine: engine, transports: transports, request: request)) else { return }
    held[id] = waiting
    sessions[transports.sid] = transports
    known.with { $0[transports.sid] = Known(transport: .polling, isTrusted: transports.isTrusted) }
    transports.begin(client, main: nil, actions)
  }

  private func openWebSocket(_ request: HTTPRequest, _ descriptor: Int32, _ leftover: [UInt8]) {
    guard let loop else { return Self.turnAway(descriptor, .tryAgainLater) }
    let transports = EngineTransports(sid: sids.next(loop: index), loop: loop, desk: self)
    var actions: [EngineAction] = []
    let id = EngineSocketID(nextNumber())
    let engine = EngineSession(
      sid: transports.sid, options: options.engine, socket: id, nowMs: loop.nowMs, actions: &actions)
    guard let client = open(EngineOpening(engine: engine, transports: transports, request: request)) else {
      return Self.turnAway(descriptor, .tryAgainLater)
    }
    known.with { $0[transports.sid] = Known(transport: .websocket, isTrusted: transports.isTrusted) }
    guard let socket = adopt(descriptor, id, transports) else {
      transports.begin(client, main: nil, [.ended(.transportClosed)])
      return
    }
    transports.begin(client, main: socket, actions)
    socket.take(leftover)
  }

  private func attach(_ sid: Text, _ descriptor: Int32, _ leftover: [UInt8]) {
    guard let transports = sessions[sid] else { return Self.turnAway(descriptor, .normal) }
    guard let socket = adopt(descriptor, EngineSocketID(nextNumber()), transports) else { return }
    transports.attach(socket)
    socket.take(leftover)
  }

  private func adopt(_ descriptor: Int32, _ id: EngineSocketID, _ transports: EngineTransports) -> EngineSocket? {
    let socket = EngineSocket(id: id, transports: transports)
    guard let connection = transports.loop.adopt(descriptor, owner: socket) else { return nil }
    socket.begin(on: connection)
    return socket
  }

  private func begin(_ sid: Text, _ id: EngineRequestID, _ contentType: Text?) {
    guard let transports = sessions[sid] else {
      early[id] = .refused(.unknownSession)
      return
    }
    let now = transports.nowMs
    transports.step { $0.beginPost(id, contentType: contentType, nowMs: now) }
  }

  private func finish(_ sid: Text, _ id: EngineRequestID, _ body: [UInt8], _ waiting: HeldRequest) {
    if let answer = early.removeValue(forKey: id) { return waiting.answer(.answer(answer)) }
    guard hears(sid, body) else {
      // The session ended over it, and has answered the POST that was not held yet.
      early[id] = nil
      return waiting.answer(.answer(.refused(.badRequest)))
    }
    ask(sid, id, waiting) { $0.finishPost($1, body: body, nowMs: $2) }
    release(id)
  }

  /// Holds a request while its session looks at it and, if that has no answer yet, longer.
  private func ask(
    _ sid: Text, _ id: EngineRequestID, _ waiting: HeldRequest,
    _ input: (inout EngineSession, EngineRequestID, Int64) -> [EngineAction]
  ) {
    guard let transports = sessions[sid] else { return waiting.answer(.answer(.refused(.unknownSession))) }
    held[id] = waiting
    let now = transports.nowMs
    transports.step { input(&$0, id, now) }
  }

  /// A POST is not held any longer than the session looks at it.
  private func release(_ id: EngineRequestID) {
    held.removeValue(forKey: id)?.answer(.answer(.refused(.badRequest)))
  }

  /// Counts the packets of a POST against the client's limit.
  private func hears(_ sid: Text, _ body: [UInt8]) -> Bool {
    guard let transports = sessions[sid] else { return true }
    return transports.hears(1 + body.count { $0 == EnginePayload.separator })
  }

  private func nextNumber() -> UInt64 {
    lastNumber += 1
    return lastNumber
  }

  /// Closes a socket that the loop has not taken.
  static func turnAway(_ descriptor: Int32, _ code: CloseCode) {
    let frame = ServerFrame.close(code, "")
    // The socket is new, so its buffer has room for these few bytes.
    _ = send(descriptor, frame, frame.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    close(descriptor)
  }
}

extension EngineRequestID {
  private static let bodyMark: UInt64 = 1 << 63

  /// The id of a POST whose head comes before its body.
  init(bodyNumber: UInt64) { self.init(bodyNumber | Self.bodyMark) }

  /// Whether it is one.
  var awaitsBody: Bool { number & Self.bodyMark != 0 }
}
