/// Why the hub closes a WebSocket: RFC 6455's own codes, and from 4000 on those of this hub.
public enum CloseCode: UInt16, Sendable, CaseIterable {
  /// Both sides are done.
  case normal = 1000
  /// Nothing came from the client for as long as it may be silent.
  case goingAway = 1001
  /// The client broke the WebSocket protocol: an unmasked frame, a reserved bit, a stray continuation.
  case protocolError = 1002
  /// The client keeps sending data of a kind that the hub does not take, such as binary messages.
  case unsupportedData = 1003
  /// A text message is not UTF-8.
  case invalidText = 1007
  /// The client keeps sending commands that are refused.
  case policyViolation = 1008
  /// A message is larger, or in more fragments, than a client may send.
  case messageTooBig = 1009
  /// The hub cannot go on with this connection through no fault of the client.
  case internalError = 1011
  /// This process is about to stop: reconnect, another one answers.
  case serviceRestart = 1012
  /// There are too many connections: try again later.
  case tryAgainLater = 1013
  /// No token in time, a token that is refused, or one that has run out.
  case unauthorised = 4401
  /// The token is good, and its role may follow nothing.
  case forbidden = 4403
  /// The client reads more slowly than events come: reconnect and catch up.
  case tooSlow = 4408
  /// The client sends more messages a minute than it may, or its address more tokens that are refused.
  case tooManyMessages = 4429
}
