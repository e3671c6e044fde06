public import HubContracts
public import Orders

/// A sorted set: `{tenant}:{user}`, for a tenant's name has no colon, and milliseconds since 1970.
extension RedisCache: TokenEnds {
  /// How many are added with one command.
  private static let endsAtOnce = 500

  /// See `TokenEnds`.
  public func add(_ ends: [TokenEnd]) async throws(CacheUnavailable) {
    guard !ends.isEmpty else { return }
    var pipeline = Pipeline(room: 64 * ends.count)
    for start in stride(from: 0, to: ends.count, by: Self.endsAtOnce) {
      let some = ends[start..<min(start + Self.endsAtOnce, ends.count)]
      pipeline.command("ZADD", arguments: 3 + 2 * some.count)
      pipeline.text(Keys.tokenEnds)
      pipeline.text("GT")
      for end in some {
        pipeline.number(end.before.millis)
        pipeline.text("\(end.tenant.text):\(end.user.text)")
      }
    }
    pipeline.command(["ZREMRANGEBYRANK", Keys.tokenEnds, "0", "-\(TokenEnd.limit + 1)"])
    _ = try await link.run(pipeline)
  }

  /// See `TokenEnds`.
  public func ends(after moment: Timestamp?) async throws(CacheUnavailable) -> [TokenEnd] {
    var pipeline = Pipeline()
    pipeline.command([
      "ZRANGEBYSCORE", Keys.tokenEnds, moment.map { "(\($0.millis)" } ?? "-inf", "+inf", "WITHSCORES", "LIMIT", "0",
      "\(TokenEnd.limit)",
    ])
    guard let list = try await link.run(pipeline).first?.array else {
      throw CacheUnavailable("the ended tokens are something else")
    }
    // What is none was not written by a hub.
    return stride(from: 0, to: list.count - 1, by: 2).compactMap { index in
      guard let name = list[index].bytes, let colon = name.firstIndex(of: UInt8(ascii: ":")),
        let tenant = TenantID(Text(decoding: name[..<colon])),
        let user = UserID(Text(decoding: name[(colon + 1)...])),
        let millis = list[index + 1].bytes.flatMap({ Decimal.read($0) })
      else { return nil }
      return TokenEnd(tenant: tenant, user: user, before: Timestamp(millis: millis))
    }
  }
}
