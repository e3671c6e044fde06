public import HubRuntime

/// Where Redis is, and how much of it and of this process's memory the hub may use.
public struct RedisOptions: Sendable {
  /// Where it is, and who logs in there. It may hold a password: never log it but by its `description`.
  public var address: RedisAddress
  /// A file of certificates in PEM that the server's must be signed by; nil for those that the system trusts.
  public var caFile: String?
  /// A file with the hub's own certificate in PEM, for servers that want one; nil for none.
  public var certificateFile: String?
  /// A file with that certificate's key; nil for none.
  public var keyFile: String?
  /// How long a call may take, in milliseconds; 1…60,000, what lies beyond counts as the nearest of them.
  public var timeoutMs: Int
  /// Without a sign of life for so long a connection is broken, and its first words may take no longer; in milliseconds,
  /// 1…600,000, what lies beyond counts as the nearest of them.
  public var silenceMs = 3_000
  /// How many bytes of copies this process keeps at hand.
  public var localCacheBytes: Int
  /// About how many entries a tenant's stream keeps; at least 1.
  public var streamLength: Int
  /// About how many bytes of envelopes a tenant's stream keeps; at least 64.
  public var streamBytes: Int
  /// Whether a bus also hears what other programs publish with Socket.IO's Redis emitter; whoever may publish in this
  /// Redis can then send anything to any client.
  public var listensToEmitter: Bool

  /// Names a server.
  public init(
    _ address: RedisAddress, caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
    timeoutMs: Int = 250, localCacheBytes: Int = 16 << 20, streamLength: Int = 10_000, streamBytes: Int = 32 << 20,
    listensToEmitter: Bool = false
  ) {
    self.address = address
    self.caFile = caFile
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    self.timeoutMs = timeoutMs
    self.localCacheBytes = localCacheBytes
    self.streamLength = streamLength
    self.streamBytes = streamBytes
    self.listensToEmitter = listensToEmitter
  }

  /// Names a server of this machine, without TLS or a password.
  public init(
    port: Int, timeoutMs: Int = 250, localCacheBytes: Int = 16 << 20, streamLength: Int = 10_000
  ) {
    self.init(
      RedisAddress(host: "127.0.0.1", port: port), timeoutMs: timeoutMs, localCacheBytes: localCacheBytes,
      streamLength: streamLength)
  }

  /// The time limit of a call in microseconds, between a millisecond and a minute.
  var timeoutMicros: UInt64 { UInt64(min(max(timeoutMs, 1), 60_000)) * 1_000 }

  /// The same of `silenceMs` in microseconds.
  var silenceMicros: UInt64 { UInt64(min(max(silenceMs, 1), 600_000)) * 1_000 }

  /// What TLS needs; nil without it.
  var tls: TLSOptions? {
    address.isTLS ? TLSOptions(caFile: caFile, certificateFile: certificateFile, keyFile: keyFile) : nil
  }

  /// The first words of a connection, of which `ROLE` is the last.
  var greeting: Pipeline {
    var pipeline = Pipeline()
    if let password = address.password {
      pipeline.command(address.user.map { ["AUTH", $0, password] } ?? ["AUTH", password])
    }
    if address.database != 0 { pipeline.command(["SELECT", String(address.database)]) }
    pipeline.command(["ROLE"])
    return pipeline
  }
}
