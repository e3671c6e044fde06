public import HubContracts
public import Orders

extension RedisCache: EventStreams {
  /// The most entries that one question gives, whatever limit it names.
  public static let streamReadLimit = 1_000

  /// See `EventStreams`. One script: between the look and the marker nothing is published. A limit below 1 counts as 1.
  public func newest(of tenant: TenantID, limit: Int) async throws(CacheUnavailable) -> [StreamEntry] {
    let count = min(max(limit, 1), Self.streamReadLimit)
    let replies = try await link.call([NewestEntries(tenant: tenant, count: count)])
    return try Self.entries(replies.first).reversed()
  }

  /// See `EventStreams`. One command, so that what it gives follows `offset` without a gap. A limit below 0 counts as 0:
  /// then it says only whether the entry is there.
  ///
  /// It is also nil after Redis came back empty or from an older dump, whose streams are removed before they are read.
  /// Ids are times by the clock of Redis, so a place names one entry for ever only where that clock is not set back.
  public func entries(
    of tenant: TenantID, after offset: StreamOffset, limit: Int
  ) async throws(CacheUnavailable) -> [StreamEntry]? {
    let count = min(max(limit, 0), Self.streamReadLimit)
    var pipeline = Pipeline()
    pipeline.command(["XRANGE", Keys.stream(tenant), offset.text, "+", "COUNT", String(count + 1)])
    let entries = try Self.entries(try await link.run(pipeline).first)
    guard entries.first?.offset == offset else { return nil }
    return Array(entries.dropFirst())
  }

  /// How many streams' newest entries are asked for at once.
  private static let headsAtOnce = 500

  /// See `EventStreams`. One pipeline for some hundreds of tenants; the entries themselves are not looked at.
  public func heads(of tenants: [TenantID]) async throws(CacheUnavailable) -> [StreamOffset?] {
    var heads: [StreamOffset?] = []
    for start in stride(from: 0, to: tenants.count, by: Self.headsAtOnce) {
      let some = tenants[start..<min(start + Self.headsAtOnce, tenants.count)]
      var pipeline = Pipeline(room: 96 * some.count)
      for tenant in some { pipeline.command(["XREVRANGE", Keys.stream(tenant), "+", "-", "COUNT", "1"]) }
      for reply in try await link.run(pipeline) { heads.append(try Self.place(of: reply)) }
    }
    return heads
  }

  private static func place(of reply: RedisReply) throws(CacheUnavailable) -> StreamOffset? {
    guard let list = reply.array else { throw CacheUnavailable("a stream answers something else") }
    guard let entry = list.first else { return nil }
    guard let id = entry.array?.first?.bytes, let offset = StreamOffset(id) else {
      throw CacheUnavailable("a stream has an entry that is none")
    }
    return offset
  }

  /// See `EventStreams`.
  public func keep(_ note: String, of session: String, seconds: Int) async throws(CacheUnavailable) {
    var pipeline = Pipeline()
    pipeline.command(["SET", Keys.note(session), note, "EX", String(max(seconds, 1))])
    _ = try await link.run(pipeline)
  }

  /// See `EventStreams`.
  public func note(of session: String) async throws(CacheUnavailable) -> Text? {
    var pipeline = Pipeline()
    pipeline.command(["GET", Keys.note(session)])
    return try await link.run(pipeline).first?.bytes.map { Text(decoding: $0) }
  }

  private static func entries(_ reply: RedisReply?) throws(CacheUnavailable) -> [StreamEntry] {
    guard let list = reply?.array else { throw CacheUnavailable("a stream answers something else") }
    var entries: [StreamEntry] = []
    entries.reserveCapacity(list.count)
    for one in list {
      guard let parts = one.array, parts.count == 2, let id = parts[0].bytes, let offset = StreamOffset(id),
        let fields = parts[1].array, fields.count >= 2, let value = fields[1].bytes
      else { throw CacheUnavailable("a stream has an entry that is none") }
      let isEvent = fields[0].bytes == [UInt8(ascii: "e")]
      entries.append(StreamEntry(offset: offset, envelope: isEvent ? published(value, id) : nil))
    }
    return entries
  }

  /// The envelope as it went over the channel.
  private static func published(_ envelope: [UInt8], _ id: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(envelope.count + id.count + 14)
    bytes.append(contentsOf: #"{"offset":""#.utf8)
    bytes.append(contentsOf: id)
    bytes.append(contentsOf: #"","#.utf8)
    bytes.append(contentsOf: envelope.dropFirst())
    return bytes
  }
}
