public import HubContracts
public import Orders

extension RedisCache {
  /// The most entries that `readStream` gives.
  public static let streamReadLimit = 1_000

  /// The entries of a tenant's stream after `offset`, oldest first, at most `limit` and `streamReadLimit`. The envelopes
  /// are as they were published: `offset` is their first member.
  ///
  /// It does not say whether entries between are gone: ask `streamHolds` first. `offset` must be one (`isOffset`).
  public func readStream(
    tenant: TenantID, after offset: String, limit: Int
  ) async throws(CacheUnavailable) -> [(offset: String, envelope: [UInt8])] {
    let count = min(limit, Self.streamReadLimit)
    guard count > 0 else { return [] }
    var pipeline = Pipeline()
    pipeline.command(["XRANGE", Keys.stream(tenant), "(\(offset)", "+", "COUNT", String(count)])
    let entries = try await link.run(pipeline).first?.array ?? []
    return entries.compactMap { entry in
      guard let parts = entry.array, parts.count == 2, let id = parts[0].bytes, let fields = parts[1].array,
        fields.count == 2, let envelope = fields[1].bytes
      else { return nil }
      return (String(decoding: id, as: UTF8.self), Self.published(envelope, id))
    }
  }

  /// Whether the entry at `offset` is still in a tenant's stream, so that what follows it is complete.
  public func streamHolds(tenant: TenantID, offset: String) async throws(CacheUnavailable) -> Bool {
    var pipeline = Pipeline()
    pipeline.command(["XRANGE", Keys.stream(tenant), offset, offset, "COUNT", "1"])
    return try await link.run(pipeline).first?.array?.isEmpty == false
  }

  /// Whether a text is an offset: two numbers with a dash between them, each of 1 to 18 digits.
  public static func isOffset(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { Decimal.read($0) != nil }
  }

  private static func published(_ envelope: [UInt8], _ id: [UInt8]) -> [UInt8] {
    var bytes = Array(#"{"offset":""#.utf8)
    bytes.append(contentsOf: id)
    bytes.append(contentsOf: #"","#.utf8)
    bytes.append(contentsOf: envelope.dropFirst())
    return bytes
  }
}
