extension SettingKey {
  /// What it says, in a line for people; names and words of the hub stand between backticks.
  public var meaning: String {
    switch self {
    case .mongoURI: "Connection string of MongoDB, a replica set"
    case .mongoDatabase: "Database; empty: the one in MONGODB_URI, or orderhub"
    case .mongoThreads: "Threads that talk to MongoDB; a user has half of them at most, a tenant two thirds"
    case .mongoQueueLimit: "Calls that may wait for one of these threads; one more is refused"
    case .redisURL:
      "Redis: redis://[user:password@]host[:port][/database]; rediss:// with TLS. `%:@/` in a user or "
        + "password are percent-encoded"
    case .redisCAFile: "Certificates (PEM) that Redis's own must be signed by; empty: those that the system trusts"
    case .redisCertificateFile: "The hub's own certificate (PEM), for a Redis that asks for one"
    case .redisKeyFile: "The key of that certificate (PEM, without a password)"
    case .redisTimeoutMs: "Longest a call to Redis may take, in milliseconds"
    case .host: "Address to listen on: IPv4, IPv6 or localhost"
    case .port: "Port of the API"
    case .livePort: "Port of the live process"
    case .workerPort: "Port of the worker's health and metrics"
    case .jwtSecret:
      "Key that tokens are signed with, 32 bytes or more, the same for all processes; needed by api, live "
        + "and token"
    case .jwtExpiresIn: "How long a token is good: 30s, 15m, 12h, 7d"
    case .refreshExpiresIn: "How long a log-in can be refreshed"
    case .secretsKey:
      "Key that tenants' secrets are sealed under, 32 bytes as 64 hex digits or in Base64, the same for "
        + "all processes; empty: none can be kept."
    case .secretsKeysOld:
      "Keys of before, up to 16 between commas: what is sealed under them is still opened, until `orderhub "
        + "secrets rotate` is done"
    case .logLevel: "Lines of the log to write: debug, info, warning, error"
    case .logFormat: "Form of the log: auto (text on a terminal, else json), json, text"
    case .corsOrigins:
      "Web origins that may call, separated by commas; empty: none. Pages of the host and port that they "
        + "call (`Origin` = `Host`) may always connect to the live side"
    case .timeZone:
      "Zone in which days and years are counted and a date alone is a day, an IANA name; of tenants that "
        + "have none of their own"
    case .currency: "Currency of amounts that name none, and of `totalValue`; of tenants that have none of their own"
    case .rateLimitUser: "Requests a user may send a minute; 0: any number"
    case .rateLimitLogin:
      "Attempts to log in as one user a minute, by strangers; from one address half of it. Devices that "
        + "logged in before have as many each, and three times as many together; as many changes of its own "
        + "password may be tried. 0: any number"
    case .rateLimitLoginAddress:
      "Attempts to log in from one address a minute, whoever as, and as many refresh tokens that the hub "
        + "has not signed; an IPv6 address counts as its /64. 0: any number"
    case .rateLimitRefresh: "How often a session may be refreshed a minute; 0: any number"
    case .trustedProxies:
      "Proxies whose `X-Forwarded-For` or `Forwarded` is believed, as addresses or ranges "
        + "(`10.0.0.0/8,2001:db8::1`) separated by commas; empty: none"
    case .httpConnectionLimit:
      "Open HTTP connections of a process; the live process has room for 1,000 more than "
        + "`LIVE_CONNECTION_LIMIT` in any case"
    case .httpAddressLimit:
      "Open HTTP connections of one address; 0: any number. With `TRUSTED_PROXIES` only live clients are "
        + "counted: other connections are the proxies'"
    case .httpIdleTimeout: "Time for a request's head, for its body, and for reading on in an answer, in seconds"
    case .httpKeepAlive:
      "How long a connection is kept between two requests, in seconds: longer than load balancers keep it, "
        + "most of them for 60"
    case .httpPendingLimit: "Requests that may be worked on at once; one more is answered 503"
    case .bodyLimitBytes: "Largest body of a request, in bytes"
    case .bodiesLimitBytes:
      "What the bodies of all requests under way may hold in a process, in bytes; a fourth of it is for "
        + "requests without a verified token"
    case .addressBodiesLimitBytes: "What those of one address may hold, in bytes; 0: no limit but that"
    case .answersLimitBytes:
      "What answers of more than 16 KiB may hold in a process until they are read, in bytes; a fourth of "
        + "it those of one address"
    case .localCacheBytes: "Copies of answers kept in a process, in bytes; 0: none"
    case .eventsStreamLength: "Events kept in Redis a tenant for those who reconnect"
    case .eventsStreamBytes: "Bytes of events kept in Redis a tenant, about: the oldest go first"
    case .socketIOEmitter:
      "Whether what other programs publish in Redis with Socket.IO's emitter goes to clients: on, off"
    case .outboxIntervalMs: "How often the worker looks for events that are not out yet, in milliseconds"
    case .shutdownTimeout: "Longest a process may take to stop, in seconds"
    case .liveName:
      "What this live process is called in the `sid` of its Socket.IO sessions, for balancers: small "
        + "letters, digits, hyphens"
    case .liveQueueLimitBytes: "Bytes that may wait for a slow live connection before it is closed"
    case .liveConnectionLimit:
      "Live connections of a process, if its limit of open files (`ulimit -Hn`) is 1,000 more; else fewer, "
        + "and the log says so. A stream of server-sent events needs two open files"
    case .liveUserLimit: "Live connections of one user at one process; 0: any number"
    case .liveHandshakes:
      "New live connections a second, refused ones not counted; one more is answered 503. At most half of "
        + "them go to clients that have yet to send their token, and no more of these may wait at once"
    case .liveMessages: "Messages that a live connection may send a minute"
    case .liveThreads:
      "Threads with sockets of the live process; 0: one a core, less one for the threads that feed them"
    case .idleTimeout: "Silence after which a plain WebSocket is closed, in seconds"
    case .drain: "Time over which live connections are closed when the process stops, in seconds"
    case .drainDelay:
      "Time for which api and live serve on after SIGTERM, saying 503 on `/readyz`, in seconds; 0 with "
        + "`scripts/run`"
    }
  }

  /// Which values it may have, in words.
  public var allowed: String {
    switch rule.kind {
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .duration: "a number with s, m, h or d: 1s to 365d"
    case .choice(let words): words.joined(separator: ", ")
    case .mongoURI: "mongodb:// or mongodb+srv://"
    case .redisURL: "redis:// or rediss://"
    case .file: "a file's path"
    case .database: "1 to 63 of A-Z a-z 0-9 _ -"
    case .secret: "a secret"
    case .origins: "origins, as https://desk.example"
    case .addresses: "addresses and ranges"
    case .timeZone: "an IANA name"
    case .currency: "a code of ISO 4217, or of a coin"
    case .host: "IPv4, IPv6 or localhost"
    case .name: "1 to 32 of a-z 0-9 -"
    }
  }
}
