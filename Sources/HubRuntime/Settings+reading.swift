import Foundation
import Glibc
import Orders

extension Settings {
  /// Where a setting comes from.
  enum Source: String {
    case environment = "from the environment"
    case running = "from .data/running.env"
    case dotEnv = "from .env"
    case standard = "the default"
  }

  /// Reads the process's environment; what it does not say from `.data/running.env` in the working directory, if a hub that
  /// `scripts/run` started there runs; and the rest from `.env`.
  public static func read(needsSecret: Bool) throws(SettingsError) -> Settings {
    let files = try SettingsFiles()
    return try Settings(
      environment: ProcessInfo.processInfo.environment, running: files.running, dotEnv: files.dotEnv,
      warnings: files.warnings, needsSecret: needsSecret)
  }

  /// Reads settings; the environment goes before the text of the running hub's file, and that before the `.env` file.
  /// Throws all problems together.
  ///
  /// `needsSecret`: whether the command signs or checks tokens, and so needs `JWT_SECRET`.
  public init(
    environment: [String: String], running: String? = nil, dotEnv: String?, warnings noted: [String] = [],
    needsSecret: Bool
  ) throws(SettingsError) {
    let file = DotEnvFile(dotEnv ?? "")
    let runningFile = DotEnvFile(running ?? "", name: SettingsFiles.runningPath)
    var texts: [SettingKey: String] = [:]
    var sources: [SettingKey: Source] = [:]
    for key in SettingKey.allCases {
      let name = key.rawValue
      let given: [(Source, String?)] = [
        (.environment, environment[name]), (.running, runningFile.values[name]), (.dotEnv, file.values[name]),
      ]
      for case (let source, let text?) in given {
        texts[key] = text
        sources[key] = text.isEmpty ? .standard : source
        break
      }
    }
    var values = SettingValues(texts)
    for problem in file.problems + runningFile.problems { values.refuse(problem) }
    mongo = Self.mongo(&values, sources[.mongoURI] ?? .standard)
    redis = Self.redis(&values)
    http = Self.http(&values)
    tokens = Self.tokens(&values, needsSecret: needsSecret)
    secrets = Self.secrets(&values)
    limits = Limits(
      userPerMinute: values.integer(.rateLimitUser), loginPerMinute: values.integer(.rateLimitLogin),
      loginAddressPerMinute: values.integer(.rateLimitLoginAddress), refreshPerMinute: values.integer(.rateLimitRefresh)
    )
    live = Self.live(&values)
    logLevel = values.choice(.logLevel, LogLevel.info)
    logFormat = values.choice(.logFormat, LogFormat.auto)
    timeZone = values.text(.timeZone, allowed: "an IANA name, as in Asia/Kolkata") { CalendarDays(timeZone: $0) != nil }
    currency = values.text(.currency, allowed: Currency.allowed) { Currency($0)?.decimals != nil }
    outboxIntervalMs = values.integer(.outboxIntervalMs)
    shutdownTimeoutSeconds = values.integer(.shutdownTimeout)
    drainDelaySeconds = values.integer(.drainDelay)
    warnings = Self.warnings(file) + noted
    shown = SettingKey.allCases.map { ($0.rawValue, $0.masked(values.text($0))) }
    guard values.problems.isEmpty else { throw SettingsError(problems: values.problems) }
  }

  private static func mongo(_ values: inout SettingValues, _ source: Source) -> Mongo {
    let uri = values.text(.mongoURI, allowed: "mongodb://host[:port][/database][?options], or mongodb+srv://") { text in
      guard let range = text.range(of: "://") else { return false }
      return ["mongodb", "mongodb+srv"].contains(text[..<range.lowerBound]) && range.upperBound < text.endIndex
    }
    let named = values.text(.mongoDatabase)
    let database = named.isEmpty ? databaseName(in: uri) ?? "orderhub" : named
    let isAllowed =
      (1...63).contains(database.utf8.count)
      && database.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
        default: false
        }
      }
    if !isAllowed { values.refuse("the database's name \(database): allowed are 1 to 63 of A-Z a-z 0-9 _ -") }
    return Mongo(
      uri: uri, database: database, threads: values.integer(.mongoThreads),
      queueLimit: values.integer(.mongoQueueLimit),
      shown: "\(SettingKey.mongoURI.masked(uri)), database \(database) (\(source.rawValue))")
  }

  /// The path of a connection string, whose hosts may be several.
  private static func databaseName(in uri: String) -> String? {
    guard let scheme = uri.range(of: "://") else { return nil }
    let rest = uri[scheme.upperBound...].prefix { $0 != "?" }
    guard let slash = rest.lastIndex(of: "/") else { return nil }
    let name = rest[rest.index(after: slash)...]
    return name.isEmpty ? nil : String(name)
  }

  private static func redis(_ values: inout SettingValues) -> Redis {
    var address = RedisAddress(host: "127.0.0.1")
    do throws(RedisURLError) {
      address = try RedisAddress(values.text(.redisURL))
    } catch {
      values.refuse(.redisURL, "\(error); allowed is redis[s]://[user:password@]host[:port][/database]")
    }
    let files = [SettingKey.redisCAFile, .redisCertificateFile, .redisKeyFile]
    // Who names a file means to be safe from whoever is on the way.
    for key in files where values.isGiven(key) && !address.isTLS {
      values.refuse(key, "it needs a REDIS_URL that begins with rediss://, or nothing is encrypted")
    }
    if values.isGiven(.redisCertificateFile) != values.isGiven(.redisKeyFile) {
      values.refuse("REDIS_CERTIFICATE_FILE and REDIS_KEY_FILE need each other: only one is set")
    }
    let paths = files.map { values.isGiven($0) ? values.text($0) : nil }
    return Redis(
      address: address, caFile: paths[0], certificateFile: paths[1], keyFile: paths[2],
      timeoutMs: values.integer(.redisTimeoutMs), localCacheBytes: values.integer(.localCacheBytes),
      eventsStreamLength: values.integer(.eventsStreamLength), eventsStreamBytes: values.integer(.eventsStreamBytes),
      listensToEmitter: values.choice(.socketIOEmitter, Toggle.off) == .on)
  }

  private static func http(_ values: inout SettingValues) -> HTTP {
    let host = values.text(.host, allowed: "an IPv4 or IPv6 address, or localhost") { text in
      var v4 = in_addr()
      var v6 = in6_addr()
      return text == "localhost" || inet_pton(AF_INET, text, &v4) == 1 || inet_pton(AF_INET6, text, &v6) == 1
    }
    let (body, bodies) = (values.integer(.bodyLimitBytes), values.integer(.bodiesLimitBytes))
    let ofAddress = values.integer(.addressBodiesLimitBytes)
    // One of the largest must find room, in the three fourths that are not for strangers.
    let least = ((max(body, liveBodyBytes) + headBytes) * 4 + 2) / 3
    if bodies < least { values.refuse("BODIES_LIMIT_BYTES is \(bodies): allowed are \(least) or more") }
    if ofAddress != 0, ofAddress < least {
      values.refuse("ADDRESS_BODIES_LIMIT_BYTES is \(ofAddress): allowed are 0, and \(least) or more")
    }
    return HTTP(
      host: host, port: values.integer(.port), livePort: values.integer(.livePort),
      workerPort: values.integer(.workerPort), connectionLimit: values.integer(.httpConnectionLimit),
      addressLimit: values.integer(.httpAddressLimit), idleTimeoutSeconds: values.integer(.httpIdleTimeout),
      keepAliveSeconds: values.integer(.httpKeepAlive),
      pendingLimit: values.integer(.httpPendingLimit), bodyLimitBytes: body,
      bodiesLimitBytes: bodies, addressBodiesLimitBytes: ofAddress,
      answersLimitBytes: values.integer(.answersLimitBytes),
      corsOrigins: values.origins(.corsOrigins), trustedProxies: TrustedProxies(values.addresses(.trustedProxies)))
  }

  /// The most that a body of the live side has, and what a head counts for.
  private static let (liveBodyBytes, headBytes) = (1_000_000, 65_536)

  /// The fewest bytes of a secret: as many as the signature has.
  private static let secretBytes = 32

  private static func tokens(_ values: inout SettingValues, needsSecret: Bool) -> Tokens {
    let secret = values.isGiven(.jwtSecret) ? values.text(.jwtSecret) : nil
    if let secret, secret.utf8.count < secretBytes {
      values.refuse("JWT_SECRET has \(secret.utf8.count) bytes: allowed are \(secretBytes) or more")
    } else if secret == nil, needsSecret {
      values.refuse("JWT_SECRET is missing: it needs \(secretBytes) bytes or more, the same for all processes")
    }
    return Tokens(
      secret: secret, lifetimeSeconds: values.seconds(.jwtExpiresIn),
      refreshLifetimeSeconds: values.seconds(.refreshExpiresIn))
  }

  private static func live(_ values: inout SettingValues) -> Live {
    Live(
      name: values.text(.liveName, allowed: "a name of 1 to 32 small letters, digits and hyphens") { text in
        text.utf8.count <= 32 && text.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }
      },
      queueLimitBytes: values.integer(.liveQueueLimitBytes), connectionLimit: values.integer(.liveConnectionLimit),
      userLimit: values.integer(.liveUserLimit),
      handshakesPerSecond: values.integer(.liveHandshakes), messagesPerMinute: values.integer(.liveMessages),
      threads: values.integer(.liveThreads), idleTimeoutSeconds: values.integer(.idleTimeout),
      drainSeconds: values.integer(.drain))
  }

  /// Keys of the file that nobody reads, and which they were meant to be, most likely.
  private static func warnings(_ file: DotEnvFile) -> [String] {
    file.values.keys.sorted().compactMap { key in
      guard SettingKey(rawValue: key) == nil else { return nil }
      let meant = Misspelling.nearest(to: key, among: SettingKey.allCases.map(\.rawValue))
      return ".env has \(key), which is no setting" + (meant.map { "; did you mean \($0)?" } ?? "")
    }
  }
}
