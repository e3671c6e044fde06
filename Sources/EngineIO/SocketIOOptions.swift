public import Orders

/// The settings and bounds of Socket.IO sessions; times in milliseconds.
public struct SocketIOOptions: Sendable, Equatable {
  /// The namespaces that there are.
  public var namespaces: Set<Text> = ["/"]
  /// How long a client may take to join its first namespace.
  public var connectTimeoutMs: Int64 = 45_000
  /// The most attachments that a packet may have.
  public var attachmentLimit = 10
  /// The most bytes that a packet's attachments may have together.
  public var attachmentLimitBytes = 1_000_000
  /// The most arguments that an event or an ack may have, the event's name included.
  public var argumentLimit = 64
  /// How deep JSON may nest; at most 63.
  public var depthLimit = 32
  /// The most bytes that a namespace's name may have.
  public var namespaceLimitBytes = 128
  /// The most acks that may be outstanding in a namespace.
  public var awaitedAckLimit = 1_000

  /// The defaults.
  public init() {}
}
