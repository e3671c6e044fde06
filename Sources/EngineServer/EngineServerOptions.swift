public import EngineIO
public import HubRuntime
public import Orders

/// The settings and bounds of what stands between sockets and Engine.IO sessions; times in milliseconds.
public struct EngineServerOptions: Sendable {
  /// Where clients ask; with the slash at its end, though one that comes without it is understood.
  public var path = "/socket.io/"
  /// What this process is called among those behind a balancer: the beginning of each `sid`, with a dot. Empty for no name.
  public var processName = ""
  /// The sessions' own settings.
  public var engine = EngineOptions()
  /// The origins whose pages may connect, as `Origin` has them; `*` for all. A request without `Origin` is no page's.
  public var allowedOrigins: [String] = []
  /// What pages of other origins are told; nil for the protocol's own word.
  public var originRefusal: Text?
  /// When a client that is turned away for lack of room may come again, in seconds.
  public var retryAfterSeconds = 2
  /// How long a client has to close its WebSocket after it was told.
  public var closeTimeoutMs: Int64 = 5_000
  /// How many frames one WebSocket message may come in.
  public var fragmentLimit = 1_024
  /// The most bytes that a message, or the body of a POST, may have before `EngineTransports.trust` was called; nil for
  /// as many as afterwards.
  public var untrustedLimitBytes: Int?
  /// How many letters from the HTTP server may wait for a loop; one more request is answered 503.
  public var mailboxLimit = 10_000
  /// How many bytes those letters may have together.
  public var mailboxLimitBytes = 64 * 1_048_576

  /// The defaults.
  public init() {}

  /// The same origins, for the HTTP server, which tells the browsers.
  public var crossOrigin: CrossOrigin { CrossOrigin(allowedOrigins: allowedOrigins) }

  func payloadLimitBytes(isTrusted: Bool) -> Int {
    isTrusted ? engine.maxPayloadBytes : min(engine.maxPayloadBytes, untrustedLimitBytes ?? .max)
  }

  /// How many bytes a message on a WebSocket may have, as it is sent.
  func frameLimitBytes(isTrusted: Bool) -> Int {
    // One more for the digit of the packet's type.
    1 + (isTrusted ? engine.messageLimitBytes : min(engine.messageLimitBytes, untrustedLimitBytes ?? .max))
  }
}
