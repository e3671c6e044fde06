/// Every setting, by the name it has in the environment. The order is that of `.env.example`.
public enum SettingKey: String, Sendable, CaseIterable {
  case mongoURI = "MONGODB_URI"
  case mongoDatabase = "MONGODB_DATABASE"
  case mongoThreads = "MONGODB_THREADS"
  case mongoQueueLimit = "MONGODB_QUEUE_LIMIT"
  case redisURL = "REDIS_URL"
  case redisCAFile = "REDIS_CA_FILE"
  case redisCertificateFile = "REDIS_CERTIFICATE_FILE"
  case redisKeyFile = "REDIS_KEY_FILE"
  case redisTimeoutMs = "REDIS_TIMEOUT_MS"
  case host = "HOST"
  case port = "PORT"
  case livePort = "LIVE_PORT"
  case workerPort = "WORKER_PORT"
  case jwtSecret = "JWT_SECRET"
  case jwtExpiresIn = "JWT_EXPIRES_IN"
  case refreshExpiresIn = "REFRESH_EXPIRES_IN"
  case secretsKey = "SECRETS_KEY"
  case secretsKeysOld = "SECRETS_KEYS_OLD"
  case logLevel = "LOG_LEVEL"
  case logFormat = "LOG_FORMAT"
  case corsOrigins = "CORS_ORIGINS"
  case timeZone = "TIME_ZONE"
  case currency = "CURRENCY"
  case rateLimitUser = "RATE_LIMIT_USER_PER_MINUTE"
  case rateLimitLogin = "RATE_LIMIT_LOGIN_PER_MINUTE"
  case rateLimitLoginAddress = "RATE_LIMIT_LOGIN_ADDRESS_PER_MINUTE"
  case rateLimitRefresh = "RATE_LIMIT_REFRESH_PER_MINUTE"
  case trustedProxies = "TRUSTED_PROXIES"
  case httpConnectionLimit = "HTTP_CONNECTION_LIMIT"
  case httpAddressLimit = "HTTP_ADDRESS_LIMIT"
  case httpIdleTimeout = "HTTP_IDLE_TIMEOUT_S"
  case httpKeepAlive = "HTTP_KEEP_ALIVE_S"
  case httpPendingLimit = "HTTP_PENDING_LIMIT"
  case bodyLimitBytes = "BODY_LIMIT_BYTES"
  case bodiesLimitBytes = "BODIES_LIMIT_BYTES"
  case addressBodiesLimitBytes = "ADDRESS_BODIES_LIMIT_BYTES"
  case answersLimitBytes = "ANSWERS_LIMIT_BYTES"
  case localCacheBytes = "LOCAL_CACHE_BYTES"
  case eventsStreamLength = "EVENTS_STREAM_LENGTH"
  case eventsStreamBytes = "EVENTS_STREAM_BYTES"
  case socketIOEmitter = "SOCKETIO_EMITTER"
  case outboxIntervalMs = "OUTBOX_INTERVAL_MS"
  case shutdownTimeout = "SHUTDOWN_TIMEOUT_S"
  case liveName = "LIVE_NAME"
  case liveQueueLimitBytes = "LIVE_QUEUE_LIMIT_BYTES"
  case liveConnectionLimit = "LIVE_CONNECTION_LIMIT"
  case liveUserLimit = "LIVE_USER_LIMIT"
  case liveHandshakes = "LIVE_HANDSHAKES_PER_S"
  case liveMessages = "LIVE_MESSAGES_PER_MINUTE"
  case liveThreads = "LIVE_THREADS"
  case idleTimeout = "IDLE_TIMEOUT_S"
  case drain = "DRAIN_S"
  case drainDelay = "DRAIN_DELAY_S"
}

/// What a setting may be, and what it is when nobody says.
struct SettingRule {
  /// The kinds of values.
  enum Kind {
    case integer(ClosedRange<Int>)
    /// A number with `s`, `m`, `h` or `d`, 1 s to 365 d.
    case duration
    case choice([String])
    case mongoURI
    case redisURL
    /// A file's path; it is read when it is needed.
    case file
    case database
    case secret
    case origins
    case addresses
    case timeZone
    case currency
    case host
    /// A name of small letters, digits and hyphens.
    case name
  }
  let kind: Kind
  /// The text it has by default; empty for none.
  let standard: String

  init(_ kind: Kind, _ standard: String) {
    self.kind = kind
    self.standard = standard
  }
}

extension SettingKey {
  /// The text it has by default; empty for none.
  public var standard: String { rule.standard }

  private static let ports = 1...65_535
  private static let many = 1...1_000_000_000

  var rule: SettingRule {
    switch self {
    case .mongoURI: SettingRule(.mongoURI, "mongodb://127.0.0.1:27017/orderhub?replicaSet=rs0")
    case .mongoDatabase: SettingRule(.database, "")
    case .mongoThreads: SettingRule(.integer(1...256), "16")
    case .mongoQueueLimit: SettingRule(.integer(1...1_000_000), "2000")
    case .redisURL: SettingRule(.redisURL, "redis://127.0.0.1:6379")
    case .redisCAFile, .redisCertificateFile, .redisKeyFile: SettingRule(.file, "")
    case .redisTimeoutMs: SettingRule(.integer(10...60_000), "250")
    case .host: SettingRule(.host, "127.0.0.1")
    case .port: SettingRule(.integer(Self.ports), "3002")
    case .livePort: SettingRule(.integer(Self.ports), "3003")
    case .workerPort: SettingRule(.integer(Self.ports), "3004")
    case .jwtSecret: SettingRule(.secret, "")
    case .jwtExpiresIn: SettingRule(.duration, "7d")
    case .refreshExpiresIn: SettingRule(.duration, "30d")
    case .secretsKey, .secretsKeysOld: SettingRule(.secret, "")
    case .logLevel: SettingRule(.choice(LogLevel.allCases.map(\.rawValue)), "info")
    case .logFormat: SettingRule(.choice(LogFormat.allCases.map(\.rawValue)), "auto")
    case .corsOrigins: SettingRule(.origins, "")
    case .timeZone: SettingRule(.timeZone, "UTC")
    case .currency: SettingRule(.currency, "USD")
    case .rateLimitUser: SettingRule(.integer(0...1_000_000), "1000")
    case .rateLimitLogin: SettingRule(.integer(0...1_000_000), "10")
    case .rateLimitLoginAddress: SettingRule(.integer(0...1_000_000), "60")
    case .rateLimitRefresh: SettingRule(.integer(0...1_000_000), "30")
    case .trustedProxies: SettingRule(.addresses, "")
    case .httpConnectionLimit: SettingRule(.integer(16...1_000_000), "10000")
    case .httpAddressLimit: SettingRule(.integer(0...1_000_000), "0")
    case .httpIdleTimeout: SettingRule(.integer(1...3_600), "30")
    case .httpKeepAlive: SettingRule(.integer(1...3_600), "75")
    case .httpPendingLimit: SettingRule(.integer(1...1_000_000), "1000")
    case .bodyLimitBytes: SettingRule(.integer(1_024...67_108_864), "1048576")
    case .bodiesLimitBytes: SettingRule(.integer(1_048_576...Self.many.upperBound), "67108864")
    case .addressBodiesLimitBytes: SettingRule(.integer(0...Self.many.upperBound), "16777216")
    case .answersLimitBytes: SettingRule(.integer(16_777_216...Self.many.upperBound), "134217728")
    case .localCacheBytes: SettingRule(.integer(0...Self.many.upperBound), "16777216")
    case .eventsStreamLength: SettingRule(.integer(100...10_000_000), "10000")
    case .eventsStreamBytes: SettingRule(.integer(65_536...100_000_000_000), "33554432")
    case .socketIOEmitter: SettingRule(.choice(Toggle.allCases.map(\.rawValue)), "off")
    case .outboxIntervalMs: SettingRule(.integer(10...60_000), "500")
    case .shutdownTimeout: SettingRule(.integer(1...3_600), "20")
    case .liveName: SettingRule(.name, "")
    case .liveQueueLimitBytes: SettingRule(.integer(65_536...Self.many.upperBound), "1048576")
    case .liveConnectionLimit: SettingRule(.integer(1...10_000_000), "100000")
    case .liveUserLimit: SettingRule(.integer(0...1_000_000), "0")
    case .liveHandshakes: SettingRule(.integer(1...1_000_000), "2000")
    case .liveMessages: SettingRule(.integer(1...1_000_000), "600")
    case .liveThreads: SettingRule(.integer(0...256), "0")
    case .idleTimeout: SettingRule(.integer(1...86_400), "300")
    case .drain: SettingRule(.integer(0...3_600), "5")
    case .drainDelay: SettingRule(.integer(0...3_600), "5")
    }
  }
}
