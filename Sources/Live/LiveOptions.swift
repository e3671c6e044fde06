import EngineIO
import EngineServer
public import HubRuntime

/// The limits and times of the live side.
public struct LiveOptions: Sendable {
  /// How many loops, each a thread with its own sockets: 1…64, one a core.
  public var loopCount = 2
  /// Origins of browsers that may connect, as `https://host[:port]`; `*` allows all. A client without an Origin is no
  /// browser and may.
  public var allowedOrigins: [String] = []
  /// The same origins, for the HTTP server, which tells the browsers.
  public var crossOrigin: CrossOrigin { CrossOrigin(allowedOrigins: allowedOrigins) }
  /// How many connections the process takes.
  public var connectionLimit = 50_000
  /// How many of them from one address; 0 for any number.
  public var connectionLimitPerAddress = 0
  /// How many of them by one user; 0 for any number.
  public var connectionLimitPerUser = 0
  /// How many handshakes a second, and how many at once after a pause; 0 for any number.
  public var handshakesPerSecond = 2_000
  /// How many messages, control frames included, a client may send in a minute; 0 for any number.
  public var messagesPerMinute = 600
  /// How large a client's message may be, its fragments together.
  public var messageLimitBytes = 64 * 1024
  /// How many bytes may wait for one client (`LIVE_QUEUE_LIMIT_BYTES`).
  public var queueLimitBytes = 1024 * 1024
  /// How many single orders a connection may follow.
  public var ordersPerConnection = 1_000
  /// How many refused commands a connection may send before it is closed.
  public var offenceLimit = 10
  /// How long a client may be silent (`IDLE_TIMEOUT_S`).
  public var idleTimeoutMs: Int64 = 300_000
  /// How often a stream of server-sent events gets a comment, so that nobody between takes it for dead.
  public var streamBeatMs: Int64 = 15_000
  /// How long a client that brought no token may take to send one.
  public var authTimeoutMs: Int64 = 10_000
  /// How long a client may take to answer a close frame.
  public var closeTimeoutMs: Int64 = 5_000
  /// Over how long the closes of a drain are spread (`DRAIN_S`).
  public var drainMs: Int64 = 10_000
  /// How long a tenant stays subscribed to on the bus after its last member left.
  public var unsubscribeDelayMs: Int64 = 30_000
  /// How many letters may wait for a loop, and how many bytes of events.
  public var mailboxLimit = 65_536
  /// How many bytes of events may wait for a loop.
  public var mailboxLimitBytes = 64 * 1024 * 1024
  /// How many bytes of its latest events are kept in memory for a tenant that somebody listens to, about.
  public var ringBytes = 1024 * 1024
  /// How often what the bus has brought is compared with the tenants' streams.
  public var comparisonMs: Int64 = 10_000
  /// How long what stands in a stream may be on its way over the bus.
  public var comparisonPatienceMs: Int64 = 1_000
  /// The clock of the loops and of the door: microseconds that never go back.
  public var steadyClock: @Sendable () -> UInt64 = monotonicMicros
  /// The same in milliseconds.
  var steadyMs: Int64 { Int64(steadyClock() / 1_000) }
  /// What Socket.IO sessions are signed with, the same in all processes at which they may be taken up again.
  public var ticketKey: [UInt8] = []
  /// The defaults.
  public init() {}
}

extension LiveOptions {
  /// The Socket.IO side's.
  var engine: EngineServerOptions {
    var options = EngineServerOptions()
    options.allowedOrigins = allowedOrigins
    options.retryAfterSeconds = Gate.retryAfterSeconds
    options.closeTimeoutMs = closeTimeoutMs
    options.engine.closeTimeoutMs = closeTimeoutMs
    options.engine.messageLimitBytes = messageLimitBytes
    options.engine.queueLimitBytes = queueLimitBytes
    return options
  }

  var socketIO: SocketIOOptions {
    var options = SocketIOOptions()
    options.attachmentLimitBytes = messageLimitBytes
    return options
  }
}
