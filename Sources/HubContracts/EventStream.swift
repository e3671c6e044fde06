public import Orders

/// A place in a tenant's event stream: an entry's id in Redis, `milliseconds-number`. Later entries are greater.
public struct StreamOffset: Sendable, Hashable, Comparable {
  /// When the entry was added, by the clock of Redis: milliseconds since 1970.
  public var millis: UInt64
  /// Tells entries of one millisecond apart.
  public var number: UInt64

  /// Names a place.
  public init(millis: UInt64, number: UInt64) {
    self.millis = millis
    self.number = number
  }

  /// Reads `digits-digits`, each of 1 to 18 digits; nil for anything else.
  public init?(_ text: some Collection<UInt8>) {
    var parts: [UInt64] = [0, 0]
    var part = 0
    var digits = 0
    for byte in text {
      if byte == 0x2d, part == 0, digits > 0 {
        part = 1
        digits = 0
        continue
      }
      guard byte >= 0x30, byte <= 0x39, digits < 18 else { return nil }
      parts[part] = parts[part] * 10 + UInt64(byte - 0x30)
      digits += 1
    }
    guard part == 1, digits > 0 else { return nil }
    millis = parts[0]
    number = parts[1]
  }

  /// `milliseconds-number`
  public var text: String { "\(millis)-\(number)" }

  /// Earlier in the stream.
  public static func < (one: StreamOffset, other: StreamOffset) -> Bool {
    one.millis == other.millis ? one.number < other.number : one.millis < other.millis
  }
}

/// An entry of a tenant's event stream.
public struct StreamEntry: Sendable, Equatable {
  /// Where it stands.
  public var offset: StreamOffset
  /// The envelope as it was published, with `offset` as its first member; nil for a marker, which is no event and stands
  /// there so that a stream without events has a place too.
  public var envelope: [UInt8]?
  /// Describes an entry.
  public init(offset: StreamOffset, envelope: [UInt8]?) {
    self.offset = offset
    self.envelope = envelope
  }
}

/// The tenants' event streams in Redis, as a fan-out process reads them to fill gaps. They are bounded, and may be lost.
public protocol EventStreams: Sendable {
  /// The newest entries, oldest first, at most `limit`. There is always one: an empty stream gets a marker.
  func newest(of tenant: TenantID, limit: Int) async throws(CacheUnavailable) -> [StreamEntry]
  /// The entries after `offset`, oldest first, at most `limit`; nil if no entry stands at `offset` any more, so that
  /// nobody knows what is missing.
  func entries(of tenant: TenantID, after offset: StreamOffset, limit: Int) async throws(CacheUnavailable)
    -> [StreamEntry]?

  /// Of each tenant, in order, the place of its stream's newest entry; nil where a stream is not there. It makes none.
  func heads(of tenants: [TenantID]) async throws(CacheUnavailable) -> [StreamOffset?]

  /// Keeps a text of a live session under its name for so long: `recovery:{session}`.
  func keep(_ note: String, of session: String, seconds: Int) async throws(CacheUnavailable)
  /// The text that was kept of a session; nil if there is none.
  func note(of session: String) async throws(CacheUnavailable) -> Text?
}

/// An event that a program outside the hub sent with Socket.IO's Redis emitter.
public struct EmittedEvent: Sendable, Equatable {
  /// `/` for the main namespace.
  public var namespace: Text
  /// The rooms it is for; empty for everybody in the namespace.
  public var rooms: [Text]
  /// The rooms whose members do not get it.
  public var except: [Text]
  /// The event's name.
  public var name: Text
  /// The further arguments: JSON values with commas between them, and `{"_placeholder":true,"num":n}` for each attachment.
  public var arguments: [UInt8]
  /// Binary arguments, by the number in their placeholder.
  public var attachments: [[UInt8]]
  /// Describes an event.
  public init(
    namespace: Text = "/", rooms: [Text] = [], except: [Text] = [], name: Text, arguments: [UInt8] = [],
    attachments: [[UInt8]] = []
  ) {
    self.namespace = namespace
    self.rooms = rooms
    self.except = except
    self.name = name
    self.arguments = arguments
    self.attachments = attachments
  }
  /// How many bytes it holds, about.
  public var byteCount: Int {
    arguments.count + name.utf8.count + (rooms + except).reduce(0) { $0 + $1.utf8.count }
      + attachments.reduce(0) { $0 + $1.count }
  }
}
