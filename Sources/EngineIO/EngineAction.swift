/// A WebSocket, by whatever number its owner gives it.
public struct EngineSocketID: Hashable, Sendable {
  /// The number.
  public let number: UInt64
  /// Names a WebSocket.
  public init(_ number: UInt64) { self.number = number }
}

/// An HTTP request that waits for its answer, by whatever number its owner gives it.
public struct EngineRequestID: Hashable, Sendable {
  /// The number.
  public let number: UInt64
  /// Names a request.
  public init(_ number: UInt64) { self.number = number }
}

/// What a session wants done, in this order.
public enum EngineAction: Sendable, Equatable {
  /// Answer a request.
  case answer(EngineRequestID, EngineAnswer)
  /// Send a WebSocket message.
  case send(EngineSocketID, EngineFrame)
  /// Close a WebSocket once what was sent is out.
  case closeSocket(EngineSocketID, EngineEnd)
  /// A text message came, UTF-8.
  case text([UInt8])
  /// A binary message came.
  case binary([UInt8])
  /// The main transport is this WebSocket from now on.
  case upgraded(EngineSocketID)
  /// The session is over: forget its sid. It comes once, and no message after it.
  case ended(EngineEnd)
}

/// Why a session, or one of its WebSockets, ends.
public enum EngineEnd: Sendable, Equatable {
  /// The client said that it leaves.
  case clientClosed
  /// The owner closed it.
  case serverClosed
  /// The connection under it is gone: a socket was closed, or a request was given up.
  case transportClosed
  /// A ping was not answered in time.
  case pingTimeout
  /// The client broke the protocol.
  case protocolError(EngineViolation)
  /// More waited for the client than may.
  case queueOverflow
  /// A WebSocket that the session has no use for: it has one already, or is over.
  case notWanted
  /// A second transport did not become the main one in time.
  case upgradeTimeout
}

/// How a client broke the protocol.
public enum EngineViolation: Sendable, Equatable {
  /// What it sent are not packets.
  case fault(EngineFault)
  /// A packet that only a server sends, or a ping on the main transport.
  case wrongDirection
  /// Two requests of one kind at once.
  case overlappingRequests
  /// A body of `application/octet-stream`.
  case binaryBody
  /// A message longer than the limit.
  case messageTooLarge
  /// On a second transport, something else than the probe and then the upgrade.
  case badProbe
  /// The packets are sound, but not what is in their messages, as the protocol above judges it.
  case badMessage
}
