public import HubContracts
public import Orders

extension RedisCache {
  /// See `HubCache`.
  public func lock(_ orders: [OrderID], token: String) async throws(CacheUnavailable) -> [OrderID] {
    var pipeline = Pipeline(room: 128 * orders.count)
    for id in orders {
      pipeline.command("SET", arguments: 6)
      pipeline.lock(id)
      Self.takeOnce(token, forMs: Keys.lockMs, &pipeline)
    }
    let replies = try await link.run(pipeline)
    return zip(orders, replies).compactMap { id, reply in reply == .null ? nil : id }
  }

  /// See `HubCache`. A lock that ran out and is another's by now stays as it is.
  public func unlock(_ orders: [OrderID], token: String) async throws(CacheUnavailable) {
    _ = try await link.call(orders.map { Unlock(name: .order($0), token: token) })
  }

  /// See `HubCache`. A limit of 0 or less grants everything; a cost above the burst is never granted.
  public func take(_ cost: Int, from limit: String, perMinute: Int) async throws(CacheUnavailable) -> Int? {
    guard perMinute > 0, cost > 0 else { return nil }
    let reply = try await link.call([TakeFromLimit(limit: limit, cost: cost, perMinute: perMinute)])
    guard let waitMs = reply.first?.integer else { throw CacheUnavailable("rate-limit.lua answers something else") }
    return waitMs < 0 ? nil : Int(clamping: waitMs)
  }

  /// See `HubCache`.
  public func begin(_ key: AnswerKey, token: String) async throws(CacheUnavailable) -> Bool {
    var pipeline = Pipeline()
    pipeline.command("SET", arguments: 6)
    pipeline.text(key.mark)
    Self.takeOnce(token, forMs: Keys.markMs, &pipeline)
    return try await link.run(pipeline).first != .null
  }

  /// See `HubCache`.
  public func end(_ key: AnswerKey, token: String) async throws(CacheUnavailable) {
    _ = try await link.call([Unlock(name: .mark(key.mark), token: token)])
  }

  private static func takeOnce(_ token: String, forMs ms: Int64, _ pipeline: inout Pipeline) {
    pipeline.text(token)
    pipeline.text("NX")
    pipeline.text("PX")
    pipeline.number(ms)
  }
}

extension AnswerKey {
  /// The mark of a key that is being worked on. The lengths keep two different keys from meeting in one name.
  fileprivate var mark: String {
    let user = user?.text ?? ""
    return "idem:\(tenant.text):\(user.utf8.count):\(user):\(route.utf8.count):\(route):\(key)"
  }
}
