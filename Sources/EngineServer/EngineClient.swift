public import EngineIO
public import HubContracts

/// Whoever keeps a client's state machine, an `EngineSession` or a `SocketIOConnection` around one. Called on the loop's
/// thread.
///
/// What it passes to `EngineTransports.perform` may call back at once: a socket that is full or gone is noticed there. So
/// it finishes a change of its machine before it performs what the machine said.
public protocol EngineClient: AnyObject {
  /// Something happened: gives `input` to the Engine.IO session, and does what comes of it; what is for the transports
  /// goes to `EngineTransports.perform`.
  func step(_ input: (inout EngineSession) -> [EngineAction])
  /// When `tick` is due, in milliseconds of the loop's clock; `Int64.max` for never.
  var deadlineMs: Int64 { get }
  /// The deadline has come or is near: looks at what is due.
  func tick()
  /// The client sent so many messages, which come next. False if they are too many: the client was dropped, or will be.
  func heard(_ messageCount: Int) -> Bool
  /// More waits on its WebSocket than may: `EngineTransports.drop` it. Over polling the session sees to that itself.
  func overflowed()
  /// The session is over: nothing more comes.
  func gone(_ end: EngineEnd)
}

/// A session that is about to open.
public struct EngineOpening {
  /// The session; it goes into the client's state machine.
  public let engine: EngineSession
  /// Where the client's actions are performed. Nothing may be performed before the client is returned.
  public let transports: EngineTransports
  /// The request that opens it.
  public let request: HTTPRequest
}

/// Whether a session may be opened.
public enum EngineWelcome: Sendable, Equatable {
  /// It may.
  case welcome
  /// There is no room, or the process is about to stop: 503 with `Retry-After`.
  case busy
  /// This client may not: 403.
  case forbidden
}

/// What becomes of a request that may ask for a WebSocket.
public enum EngineAdmission: Sendable {
  /// 101 with these headers; the socket goes to `EngineDoor.upgraded`.
  case accept(headers: [(name: String, value: String)])
  /// This answer.
  case refuse(HTTPReply)
  /// It does not ask for one, or it is for another path: it goes on like any other request.
  case notAnUpgrade
}
