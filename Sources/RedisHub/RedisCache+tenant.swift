public import HubContracts
public import Orders

extension RedisCache {
  /// How many keys one step of a search looks at.
  private static let searchStep = "1000"

  /// Removes a tenant's stream of events and its sums, whatever day they are of; how many keys. It looks at all keys
  /// for these days. What is kept of single orders goes by itself, within the hour.
  public func forget(_ tenant: TenantID) async throws(CacheUnavailable) -> Int {
    var removed = try await unlink(
      [
        Keys.stream(tenant), Keys.streamSizes(tenant), Keys.counters(tenant),
        TallyScope(tenant: tenant, kind: .orders).shardsKey,
      ].map { Array($0.utf8) })
    let name = tenant.text
    let (sums, shards) = (Array("deliveries:today:".utf8), Array("tally:deliveries:\(name):".utf8))
    let end = Array(":\(name)".utf8)
    var cursor = Array("0".utf8)
    // Ends when the cursor is back at 0.
    repeat {
      var pipeline = Pipeline()
      pipeline.command("SCAN", arguments: 6)
      pipeline.data(cursor)
      pipeline.text("MATCH")
      pipeline.text("*deliveries:*\(name)*")
      pipeline.text("COUNT")
      pipeline.text(Self.searchStep)
      let page = try await link.run(pipeline).first?.array ?? []
      guard page.count == 2, let next = page[0].bytes else { throw CacheUnavailable("SCAN answers something else") }
      let keys = (page[1].array ?? []).compactMap(\.bytes).filter { key in
        key.starts(with: shards) || (key.starts(with: sums) && key.suffix(end.count).elementsEqual(end))
      }
      removed += try await unlink(keys)
      cursor = next
    } while cursor != Array("0".utf8)
    return removed
  }

  private func unlink(_ keys: [[UInt8]]) async throws(CacheUnavailable) -> Int {
    if keys.isEmpty { return 0 }
    var pipeline = Pipeline()
    pipeline.command("UNLINK", arguments: keys.count + 1)
    for key in keys { pipeline.data(key) }
    return Int(try await link.run(pipeline).first?.integer ?? 0)
  }
}
