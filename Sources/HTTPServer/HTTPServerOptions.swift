public import HubRuntime

/// Where a server listens and what it bears.
public struct HTTPServerOptions: Sendable {
  /// An IPv4 or IPv6 address, or `localhost`.
  public var host: String
  /// The port; 0 for any that is free.
  public var port: Int
  /// How many connections may be open, at least 1. For one more, one that is idle is closed; where none is, it is answered
  /// 503, unless it asks for one of `vitalPaths`.
  public var connectionLimit: Int
  /// The number below which the system gives the process descriptors; 0 if that is not known. Connections make room where
  /// they are about to run out, however many may be open.
  public var descriptorLimit: Int
  /// How many connections an address may have; 0 for no limit.
  public var connectionsPerAddressLimit: Int
  /// How many seconds a connection may take to send a head, to send a body, or to read on.
  public var idleTimeoutSeconds: Int
  /// How many seconds a connection may stay idle between two requests: longer than proxies keep theirs, or they send a
  /// request on one that is being closed.
  public var keepAliveSeconds: Int
  /// How many bytes a connection may use; a head that needs more is answered 431.
  public var connectionMemoryBytes: Int
  /// How many requests may wait for the program at once; one more is answered 503.
  public var pendingLimit: Int
  /// How many bytes the bodies of all requests under way may hold in memory; one more is answered 503. If the program
  /// judges heads, a fourth of it is for those whom it does not know, and they have no more.
  public var bodiesLimitBytes: Int
  /// How many of them those of one address may hold, parted in the same way; 0 for no limit but that.
  public var addressBodiesLimitBytes: Int
  /// How many bytes answers of more than 16 KiB may hold in memory until they are read; for one more, those that wait the
  /// longest are cut off. One address may have a fourth of it.
  public var answersLimitBytes: Int
  /// Paths, without a query, that a few requests more are taken for when as many wait as may: whoever watches the
  /// process must see that it lives.
  public var vitalPaths: [String]
  /// The proxies whose `X-Forwarded-For` or `Forwarded` says where a request comes from. The limit of connections an
  /// address is off with them: connections are theirs.
  public var trustedProxies: TrustedProxies
  /// Which pages of other origins may read the answers: every one says so, whoever gives it.
  public var crossOrigin = CrossOrigin.none
  /// Where the server counts, if anywhere.
  public var metrics: Metrics?
  /// The clock of deadlines: seconds that never go back.
  public var seconds: @Sendable () -> Int64

  /// Describes a server.
  public init(
    host: String, port: Int, connectionLimit: Int = 10_000, connectionsPerAddressLimit: Int = 0,
    descriptorLimit: Int = 0, idleTimeoutSeconds: Int = 30, keepAliveSeconds: Int? = nil,
    connectionMemoryBytes: Int = 32_768,
    pendingLimit: Int = 1_000, bodiesLimitBytes: Int = 64 * 1_048_576, addressBodiesLimitBytes: Int = 0,
    answersLimitBytes: Int = 128 * 1_048_576, vitalPaths: [String] = [],
    trustedProxies: TrustedProxies = TrustedProxies(), metrics: Metrics? = nil,
    seconds: @escaping @Sendable () -> Int64 = { Int64(monotonicMicros() / 1_000_000) }
  ) {
    self.host = host
    self.port = port
    self.connectionLimit = connectionLimit
    self.connectionsPerAddressLimit = connectionsPerAddressLimit
    self.descriptorLimit = descriptorLimit
    self.idleTimeoutSeconds = idleTimeoutSeconds
    self.keepAliveSeconds = keepAliveSeconds ?? max(75, idleTimeoutSeconds)
    self.connectionMemoryBytes = connectionMemoryBytes
    self.pendingLimit = pendingLimit
    self.bodiesLimitBytes = bodiesLimitBytes
    self.addressBodiesLimitBytes = addressBodiesLimitBytes
    self.answersLimitBytes = answersLimitBytes
    self.vitalPaths = vitalPaths
    self.trustedProxies = trustedProxies
    self.metrics = metrics
    self.seconds = seconds
  }

  /// Throws `cannotListen` if the address cannot be listened on now, as when another process does; takes nothing.
  public func checkAddress() throws(HTTPServerError) { try ListenSocket.check(host: host, port: port) }
}

/// Why a server could not be started.
public enum HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An option is out of range; the text names it.
  case badOption(String)
  /// The address cannot be listened on; the text is the system's.
  case cannotListen(host: String, port: Int, reason: String)
  /// The library did not start.
  case cannotStart

  /// One sentence for the log.
  public var description: String {
    switch self {
    case .badOption(let text): "the HTTP server's options are wrong: \(text)"
    case .cannotListen(let host, let port, let reason): "cannot listen on \(host):\(port): \(reason)"
    case .cannotStart: "the HTTP server did not start; the log says why"
    }
  }
}
