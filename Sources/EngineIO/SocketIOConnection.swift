/// A client's Socket.IO session and the Engine.IO session under it, as one machine. The inputs are those of both; what
/// the lower one receives goes up, what the upper one sends goes down.
public struct SocketIOConnection: Sendable {
  /// The Engine.IO session.
  public private(set) var engine: EngineSession
  /// The Socket.IO session.
  public private(set) var session: SocketIOSession

  /// What is to be done, in this order.
  public enum Output: Sendable, Equatable {
    /// For the sockets; never a message, which came up to the session instead.
    case transport(EngineAction)
    /// For the owner.
    case message(SocketIOMessage)
  }

  /// Joins an Engine.IO session that has just opened with a new Socket.IO session.
  public init(engine: EngineSession, options: SocketIOOptions, nowMs: Int64) {
    self.engine = engine
    session = SocketIOSession(options: options, nowMs: nowMs)
  }

  /// When `tick` is due; `Int64.max` for never.
  public var deadlineMs: Int64 { min(engine.deadlineMs, session.deadlineMs) }

  /// Looks at what is due.
  public mutating func tick(nowMs: Int64) -> [Output] {
    var outputs: [Output] = []
    let closing = session.tick(nowMs: nowMs)
    carry(down: closing, nowMs, &outputs)
    carry(up: engine.tick(nowMs: nowMs), nowMs, &outputs)
    return outputs
  }

  /// Something happened below: `input` tells it to the Engine.IO session.
  public mutating func receive(
    nowMs: Int64, _ input: (inout EngineSession) -> [EngineAction]
  ) -> [Output] {
    var outputs: [Output] = []
    carry(up: input(&engine), nowMs, &outputs)
    return outputs
  }

  /// The owner wants something: `input` tells it to the Socket.IO session.
  public mutating func send<Failure: Error>(
    nowMs: Int64, _ input: (inout SocketIOSession) throws(Failure) -> [SocketIOAction]
  ) throws(Failure) -> [Output] {
    var outputs: [Output] = []
    carry(down: try input(&session), nowMs, &outputs)
    return outputs
  }

  /// Closes both, politely.
  public mutating func close(nowMs: Int64) -> [Output] {
    var outputs: [Output] = []
    session.end()
    carry(up: engine.close(nowMs: nowMs), nowMs, &outputs)
    return outputs
  }

  private mutating func carry(up actions: [EngineAction], _ nowMs: Int64, _ outputs: inout [Output]) {
    for action in actions {
      switch action {
      case .text(let bytes): carry(down: session.receive(text: bytes), nowMs, &outputs)
      case .binary(let bytes): carry(down: session.receive(binary: bytes), nowMs, &outputs)
      case .ended:
        session.end()
        outputs.append(.transport(action))
      case .answer, .send, .closeSocket, .upgraded: outputs.append(.transport(action))
      }
    }
  }

  private mutating func carry(down actions: [SocketIOAction], _ nowMs: Int64, _ outputs: inout [Output]) {
    var frames: [EngineFrame] = []
    var closing: SocketIOEnd?
    for action in actions {
      switch action {
      case .send(let frame): frames.append(frame)
      case .close(let reason): closing = reason
      case .deliver(let message): outputs.append(.message(message))
      }
    }
    if !frames.isEmpty { append(engine.send(frames, nowMs: nowMs), &outputs) }
    if let closing { append(engine.close(nowMs: nowMs, because: closing.engineEnd), &outputs) }
  }

  /// Appends what the engine answers to something from above, which is never a message.
  private mutating func append(_ actions: [EngineAction], _ outputs: inout [Output]) {
    for action in actions {
      if case .ended = action { session.end() }
      outputs.append(.transport(action))
    }
  }
}

extension SocketIOEnd {
  /// What it is to the session below.
  fileprivate var engineEnd: EngineEnd {
    switch self {
    case .fault: .protocolError(.badMessage)
    case .connectTimeout: .serverClosed
    }
  }
}
