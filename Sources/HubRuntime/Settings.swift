/// What a process is told by its environment: read once, at start.
public struct Settings: Sendable {
  /// The store.
  public struct Mongo: Sendable {
    /// The connection string. It may hold a password: never log it.
    public let uri: String
    /// The database's name.
    public let database: String
    /// Threads that talk to it.
    public let threads: Int
    /// Calls that may wait for a thread.
    public let queueLimit: Int
    /// Which database that is and who says so, without a password.
    public let shown: String
  }
  /// The cache and the bus.
  public struct Redis: Sendable {
    /// Where it is.
    public let address: RedisAddress
    /// Certificates that its own must be signed by, if not those that the system trusts.
    public let caFile: String?
    /// The hub's own certificate, for a Redis that wants one.
    public let certificateFile: String?
    /// The key of that.
    public let keyFile: String?
    /// How long a call may take, in milliseconds.
    public let timeoutMs: Int
    /// Bytes of copies kept in the process; 0 for none.
    public let localCacheBytes: Int
    /// Events kept a tenant for those who reconnect.
    public let eventsStreamLength: Int
    /// Bytes of events kept a tenant for them, about.
    public let eventsStreamBytes: Int
    /// Whether what other programs send with Socket.IO's Redis emitter goes to clients.
    public let listensToEmitter: Bool
  }
  /// The HTTP servers.
  public struct HTTP: Sendable {
    /// The address to listen on.
    public let host: String
    /// The API's port.
    public let port: Int
    /// The live process's port.
    public let livePort: Int
    /// The port of the worker's health and metrics.
    public let workerPort: Int
    /// Open connections at most.
    public let connectionLimit: Int
    /// Open connections an address at most; 0 for no limit.
    public let addressLimit: Int
    /// The time for a head and for a body, in seconds.
    public let idleTimeoutSeconds: Int
    /// The time between two requests, in seconds.
    public let keepAliveSeconds: Int
    /// Requests that may wait for the program.
    public let pendingLimit: Int
    /// The largest body, in bytes.
    public let bodyLimitBytes: Int
    /// What the bodies of all requests under way may hold, in bytes.
    public let bodiesLimitBytes: Int
    /// What those of one address may hold, in bytes; 0 for no limit but that.
    public let addressBodiesLimitBytes: Int
    /// What large answers that are not read yet may hold, in bytes; a fourth of it those of one address.
    public let answersLimitBytes: Int
    /// Web origins that may read answers.
    public let corsOrigins: [String]
    /// The proxies whose word is taken for a client's address.
    public let trustedProxies: TrustedProxies
  }
  /// Tokens.
  public struct Tokens: Sendable {
    /// The key of HS256, at least 32 bytes; nil only for commands that need none. Never log it.
    public let secret: String?
    /// How long an access token is good, in seconds.
    public let lifetimeSeconds: Int64
    /// How long a refresh token is good, in seconds.
    public let refreshLifetimeSeconds: Int64
  }
  /// What tenants' secrets are sealed under.
  public struct Secrets: Sendable {
    /// What new ones are sealed under; nil if none can be kept. It tells its id alone.
    public let key: SecretKey?
    /// Those that some may still be sealed under.
    public let oldKeys: [SecretKey]
    /// Seals and opens with them.
    public var box: SecretBox { SecretBox(current: key, old: oldKeys) }
  }
  /// Limits on clients; 0 for none.
  public struct Limits: Sendable {
    /// Requests a user and minute.
    public let userPerMinute: Int
    /// Attempts to log in as a user a minute.
    public let loginPerMinute: Int
    /// Attempts to log in from an address a minute, whoever as.
    public let loginAddressPerMinute: Int
    /// Refreshes of a session a minute.
    public let refreshPerMinute: Int
  }
  /// The live process.
  public struct Live: Sendable {
    /// What the process is called in the `sid` of its Socket.IO sessions, for balancers; empty for no name.
    public let name: String
    /// Bytes that may wait for a socket.
    public let queueLimitBytes: Int
    /// Sockets at most.
    public let connectionLimit: Int
    /// Live connections of one user at one process; 0 for any number.
    public let userLimit: Int
    /// New sockets a second.
    public let handshakesPerSecond: Int
    /// Messages a socket may send a minute.
    public let messagesPerMinute: Int
    /// Threads with sockets; 0 for one a core, less one for the threads that feed them.
    public let threads: Int
    /// Seconds of silence after which a plain WebSocket is closed.
    public let idleTimeoutSeconds: Int
    /// Seconds over which sockets are closed at the end.
    public let drainSeconds: Int
  }

  /// The store.
  public let mongo: Mongo
  /// The cache and the bus.
  public let redis: Redis
  /// The HTTP servers.
  public let http: HTTP
  /// Tokens.
  public let tokens: Tokens
  /// What tenants' secrets are sealed under.
  public let secrets: Secrets
  /// Limits on clients.
  public let limits: Limits
  /// The live process.
  public let live: Live
  /// Lines below it are dropped.
  public let logLevel: LogLevel
  /// How lines are written.
  public let logFormat: LogFormat
  /// The IANA name of the zone that days and years are counted in; it exists.
  public let timeZone: String
  /// The ISO 4217 code of amounts that name none.
  public let currency: String
  /// How often the worker looks for writes whose events are not out, in milliseconds.
  public let outboxIntervalMs: Int
  /// How long stopping may take, in seconds.
  public let shutdownTimeoutSeconds: Int
  /// How long api and live serve on after they were told to stop, saying so on `/readyz`, in seconds.
  public let drainDelaySeconds: Int
  /// What should be looked at, and does not keep the process from starting.
  public let warnings: [String]
  /// Every setting and its value, secrets masked, for the log.
  public let shown: [(key: String, value: String)]
}

/// What is wrong with the settings, all of it.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One sentence a problem, no secrets in them.
  public let problems: [String]
  /// One line a problem.
  public var description: String { "the settings are wrong:\n" + problems.map { "  - \($0)\n" }.joined() }
}
