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
  /// How many descriptors they may hold together, a reader of server-sent events two and any other one; 0 for any number.
  public var descriptorLimit = 0
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
  /// How large it may be, and the body of a polling client's request, before the client has said who it is: room for a
  /// token.
  public var strangerMessageLimitBytes = 16 * 1024
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
  /// How often a plain WebSocket is pinged, each at its own moment between the two: proxies cut what is quiet for a minute.
  public var pingMs: ClosedRange<Int64> = 25_000...45_000
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
  /// How many bytes of events are read from a tenant's stream for those who stay connected, when the bus comes back.
  public var gapLimitBytes = 16 << 20
  /// How many pages of a stream are read for one client that comes back: who never comes to an end must load again.
  public var pagesPerRecovery = LiveOptions.pages(streamLength: 10_000, streamBytes: 32 << 20, queueBytes: 1 << 20)
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
  /// What this process is called among those behind a balancer; see `EngineServerOptions.processName`.
  public var processName = ""
  /// The defaults.
  public init() {}
}

extension LiveOptions {
  /// Twice as many pages as it takes to read a stream that keeps so many entries and bytes, for it goes on meanwhile: a
  /// page ends after some entries, or where as much is read as may wait for a client, whose last event may find no room.
  public static func pages(streamLength: Int, streamBytes: Int, queueBytes: Int) -> Int {
    2 * (streamLength / StreamReader.clientPageEntries + 4 * (streamBytes / max(queueBytes, 1)) + 1)
  }

  /// The Socket.IO side's.
  var engine: EngineServerOptions {
    var options = EngineServerOptions()
    options.processName = processName
    options.allowedOrigins = allowedOrigins
    options.originRefusal = "this origin may not connect (\(SettingKey.corsOrigins.rawValue))"
    options.retryAfterSeconds = Gate.retryAfterSeconds
    options.closeTimeoutMs = closeTimeoutMs
    options.engine.closeTimeoutMs = closeTimeoutMs
    options.engine.messageLimitBytes = messageLimitBytes
    options.untrustedLimitBytes = strangerMessageLimitBytes
    options.engine.queueLimitBytes = queueLimitBytes
    return options
  }

  var socketIO: SocketIOOptions {
    var options = SocketIOOptions()
    options.attachmentLimitBytes = messageLimitBytes
    return options
  }
}
