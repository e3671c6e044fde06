/// The settings and bounds of Engine.IO sessions; times in milliseconds.
public struct EngineOptions: Sendable, Equatable {
  /// How long after the last pong, or the start, the next ping goes out.
  public var pingIntervalMs: Int64 = 25_000
  /// How long after a ping its pong must have come.
  public var pingTimeoutMs: Int64 = 20_000
  /// The most bytes that a polling request's body may have; the most in an answer too, unless one packet has more.
  public var maxPayloadBytes = 1_000_000
  /// The most bytes that one message of a client may have.
  public var messageLimitBytes = 1_000_000
  /// How long a second transport may take to become the main one.
  public var upgradeTimeoutMs: Int64 = 10_000
  /// How long a polling client that is being closed has to fetch what is left for it.
  public var closeTimeoutMs: Int64 = 30_000
  /// How long a poll that comes while a second transport is tried out is held before a noop ends it: the client may be
  /// done by then, and one that is not must not poll in a tight loop.
  public var upgradeHoldMs: Int64 = 25
  /// The most bytes that may wait for a polling client's next request. Past it the session ends.
  public var queueLimitBytes = 1_048_576
  /// The most packets in one answer to a poll: the Python client refuses a payload of more than 16.
  public var packetsPerAnswer = 16
  /// The most packets that are taken from one request.
  public var packetsPerRequest = 10_000

  /// The defaults.
  public init() {}
}
