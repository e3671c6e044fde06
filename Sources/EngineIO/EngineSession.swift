import LiveProtocol
public import Orders

/// One client's Engine.IO 4 session, from its open packet to its end, over polling, a WebSocket, or first one and then
/// the other. It knows no sockets and no clock: it is told what happens and when, and says what to do.
///
/// Every time is in milliseconds of one clock that never goes back. Whoever owns a session calls `tick` at or soon
/// after `deadlineMs`. A session that has ended stays so and refuses what still comes.
public struct EngineSession: Sendable {
  /// The secret that the client names its session with.
  public let sid: Text
  let options: EngineOptions
  var phase = Phase.open
  /// The main WebSocket; nil over polling.
  var socket: EngineSocketID?
  /// A WebSocket that may become the main one.
  var trial: Trial?
  /// The poll that waits for packets.
  var poll: EngineRequestID?
  /// The POST whose body is on its way.
  var post: EngineRequestID?
  var queue = FrameQueue()
  private var nextPingMs: Int64
  private(set) var pongByMs = Int64.max

  enum Phase: Equatable {
    case open
    /// The polling client has until then to fetch what is left, and the close packet after it.
    case closing(byMs: Int64)
    case ended
  }

  struct Trial: Equatable {
    var socket: EngineSocketID
    var byMs: Int64
    var isProbed = false
    /// When a poll that waits meanwhile gets its noop.
    var noopAtMs = Int64.max
  }

  /// Opens a session over polling. `actions` gets the answer to its first request.
  public init(
    sid: Text, options: EngineOptions, polledBy request: EngineRequestID, nowMs: Int64,
    actions: inout [EngineAction]
  ) {
    self.sid = sid
    self.options = options
    nextPingMs = nowMs + options.pingIntervalMs
    actions.append(.answer(request, .payload(openPacket(upgrades: "[\"websocket\"]"))))
  }

  /// Opens a session over a WebSocket. `actions` gets its first message.
  public init(
    sid: Text, options: EngineOptions, socket: EngineSocketID, nowMs: Int64, actions: inout [EngineAction]
  ) {
    self.sid = sid
    self.options = options
    self.socket = socket
    nextPingMs = nowMs + options.pingIntervalMs
    actions.append(.send(socket, .text(openPacket(upgrades: "[]"))))
  }

  /// Whether it is over.
  public var isEnded: Bool { phase == .ended }
  /// The transport that packets go over now.
  public var transport: EngineTransport { socket == nil ? .polling : .websocket }
  /// The WebSocket to which frames may be written without asking the session; nil over polling, and at the end.
  public var directSocket: EngineSocketID? { phase == .open ? socket : nil }
  /// How many bytes wait for the client's next poll.
  public var queuedBytes: Int { queue.byteCount }

  /// When `tick` is due; `Int64.max` for never.
  public var deadlineMs: Int64 {
    switch phase {
    case .open: min(pongByMs == .max ? nextPingMs : pongByMs, trial?.byMs ?? .max, noopDueMs)
    case .closing(let byMs): byMs
    case .ended: .max
    }
  }

  private var noopDueMs: Int64 { poll == nil ? .max : trial?.noopAtMs ?? .max }

  /// Looks at what is due.
  public mutating func tick(nowMs: Int64) -> [EngineAction] {
    var actions: [EngineAction] = []
    guard judge(nowMs, &actions) else { return actions }
    if nowMs >= noopDueMs {
      queue.append(.noop)
      flush(&actions)
    }
    return actions
  }

  /// Sends packets, in order. They go out at once on a WebSocket or to a poll that waits, else they are kept.
  public mutating func send(_ frames: [EngineFrame], nowMs: Int64) -> [EngineAction] {
    var actions: [EngineAction] = []
    guard phase == .open else { return actions }
    deliver(frames, &actions)
    return actions
  }

  /// Ends the session: at once on a WebSocket, with this reason; over polling, where a client is told none, after what
  /// waits has been fetched, and the close packet.
  public mutating func close(nowMs: Int64, because reason: EngineEnd = .serverClosed) -> [EngineAction] {
    var actions: [EngineAction] = []
    guard phase == .open else { return actions }
    guard socket == nil else {
      end(reason, &actions)
      return actions
    }
    drop(trialFor: .notWanted, &actions)
    phase = .closing(byMs: nowMs + options.closeTimeoutMs)
    queue.append(.close)
    flush(&actions)
    return actions
  }

  /// Ends the session so that the client comes again: over polling with an error, as if the session were not known. A
  /// close packet would end it too, but there are clients that take one for the last word, python-engineio among them.
  /// What waits is dropped.
  public mutating func dismiss() -> [EngineAction] {
    var actions: [EngineAction] = []
    if phase != .ended, let poll {
      self.poll = nil
      actions.append(.answer(poll, .refused(.unknownSession)))
    }
    end(.serverClosed, &actions)
    return actions
  }

  // MARK: Time

  /// Does what the clock demands; false if the session is over. Every input goes through here first, so that a client
  /// which is too late is told so even where no timer has looked yet.
  mutating func judge(_ nowMs: Int64, _ actions: inout [EngineAction]) -> Bool {
    switch phase {
    case .ended: return false
    case .closing(let byMs):
      if nowMs >= byMs { end(.serverClosed, &actions) }
      return phase != .ended
    case .open: break
    }
    if nowMs >= pongByMs {
      end(.pingTimeout, &actions)
      return false
    }
    if let trial, nowMs >= trial.byMs { drop(trialFor: .upgradeTimeout, &actions) }
    if pongByMs == .max, nowMs >= nextPingMs { ping(nowMs, &actions) }
    return phase != .ended
  }

  private mutating func ping(_ nowMs: Int64, _ actions: inout [EngineAction]) {
    // A timer is a little late as a rule, and the client's deadline does not move for that; but when this process
    // stood still, the client is not to pay for it.
    let isLate = nowMs - nextPingMs > options.pingTimeoutMs / 2
    pongByMs = (isLate ? nowMs : nextPingMs) + options.pingTimeoutMs
    deliver([.ping], &actions)
  }

  /// A pong came. One that nobody asked for changes nothing.
  mutating func pong(_ nowMs: Int64) {
    guard pongByMs != .max else { return }
    pongByMs = .max
    nextPingMs = nowMs + options.pingIntervalMs
  }

  // MARK: Out

  mutating func deliver(_ frames: [EngineFrame], _ actions: inout [EngineAction]) {
    if let socket {
      for frame in frames { actions.append(.send(socket, frame)) }
      return
    }
    for frame in frames { queue.append(frame) }
    flush(&actions)
    if queue.byteCount > options.queueLimitBytes { end(.queueOverflow, &actions) }
  }

  /// Answers the poll that waits with what is queued, as far as one answer may hold.
  mutating func flush(_ actions: inout [EngineAction]) {
    guard let request = poll, !queue.isEmpty else { return }
    poll = nil
    let body = queue.takePayload(packetLimit: options.packetsPerAnswer, limitBytes: options.maxPayloadBytes)
    actions.append(.answer(request, .payload(body)))
    if case .closing = phase, queue.isEmpty { end(.serverClosed, &actions) }
  }

  // MARK: The end

  /// Ends the session and answers all that waits for it.
  mutating func end(_ reason: EngineEnd, _ actions: inout [EngineAction]) {
    guard phase != .ended else { return }
    phase = .ended
    if let poll {
      // A client that closes is told nothing; any other end is told by a close packet.
      var body: [UInt8] = []
      EnginePayload.append(reason == .clientClosed ? .noop : .close, to: &body)
      actions.append(.answer(poll, .payload(body)))
    }
    if let post { actions.append(.answer(post, .refused(.badRequest))) }
    if let socket { actions.append(.closeSocket(socket, reason)) }
    drop(trialFor: .notWanted, &actions)
    poll = nil
    post = nil
    queue = FrameQueue()
    actions.append(.ended(reason))
  }

  mutating func drop(trialFor reason: EngineEnd, _ actions: inout [EngineAction]) {
    guard let trial else { return }
    self.trial = nil
    actions.append(.closeSocket(trial.socket, reason))
  }

  private func openPacket(upgrades: String) -> [UInt8] {
    var bytes = Array("0{\"sid\":".utf8)
    JSONText.append(sid, to: &bytes)
    bytes += Array(
      """
      ,"upgrades":\(upgrades),"pingInterval":\(options.pingIntervalMs),"pingTimeout":\(options.pingTimeoutMs),\
      "maxPayload":\(options.maxPayloadBytes)}
      """.utf8)
    return bytes
  }
}
