public import HubContracts
import HubWire
import HubRuntime
public import Orders

extension RedisCache {
  /// How many shards that did not reach Redis go along with others.
  private static let resentAtOnce = 64
  /// Sums are let go so many milliseconds before Redis does.
  private static let marginMs: Int64 = 5_000

  /// See `HubCache`. Shards that did not reach Redis before go along.
  public func publish(_ tallies: [TallyShard]) async throws(CacheUnavailable) {
    let shards = tallies + near.doubts.waiting(limit: Self.resentAtOnce)
    if shards.isEmpty { return }
    let scopes = Dictionary(grouping: shards, by: \.scope)
    for scope in scopes.keys { near.counters.invalidate(scope.tenant) }
    do {
      _ = try await link.call(scopes.map { PublishTally(scope: $0.key, shards: $0.value) })
    } catch {
      if near.doubts.add(tallies) { doubtEverything() }
      throw error
    }
    near.doubts.settled(shards)
    for scope in scopes.keys { near.counters.invalidate(scope.tenant) }
  }

  /// See `HubCache`; as `fill` of an order, it does nothing right after Redis was lost.
  public func fill(
    _ scope: TallyScope, shards: [TallyShard], rendered: [UInt8]
  ) async throws(CacheUnavailable) {
    guard link.isSettled else { return }
    _ = try await link.call([FillTally(scope: scope, shards: shards, rendered: rendered)])
    near.doubts.settled(shards)
  }

  /// See `HubCache`.
  public func counters(tenant: TenantID, day: String) async throws(CacheUnavailable) -> CounterCopy? {
    guard link.isSettled, near.doubts.allowsSums(of: tenant) else { return nil }
    let ticket = near.counters.begin(tenant)
    var copy: CounterCopy?
    var lifetimeMs: Int64 = 0
    defer { if let ticket { near.counters.end(ticket, copy, lifetimeMs: lifetimeMs) } }
    let names = [Keys.counters(tenant), Keys.deliveries(day: day, tenant)]
    var pipeline = Pipeline()
    if ticket != nil { pipeline.command(["CLIENT", "CACHING", "YES"]) }
    pipeline.command(["MGET"] + names)
    for name in names { pipeline.command(["PTTL", name]) }
    let replies = try await link.run(pipeline)
    let values = replies[replies.count - 3].array ?? []
    // Asked again: a shard may have failed to reach Redis while the sums were on their way.
    guard values.count == 2, let orders = values[0].bytes, let today = values[1].bytes,
      near.doubts.allowsSums(of: tenant)
    else { return nil }
    lifetimeMs = replies.suffix(2).reduce(.max) { min($0, $1.integer ?? 0) } &- Self.marginMs
    copy = compose(day: day, orders, today)
    return copy
  }

  /// See `HubCache`. The day may have changed since: compare `day`.
  public func countersAtHand(tenant: TenantID) -> CounterCopy? {
    let copy = near.counters.copy(of: tenant)
    (copy == nil ? misses : hits).add()
    return copy
  }

  /// See `HubCache`.
  public func putTotals(orders: [UInt8], day: String, deliveries: [UInt8]) async throws(CacheUnavailable) {
    var pipeline = Pipeline()
    put("dashboard:counters", orders, seconds: Keys.countersSeconds, &pipeline)
    put("deliveries:today:\(day)", deliveries, seconds: Keys.deliveriesSeconds, &pipeline)
    _ = try await link.run(pipeline)
  }

  private func put(_ key: String, _ value: [UInt8], seconds: Int64, _ pipeline: inout Pipeline) {
    pipeline.command("SET", arguments: 5)
    pipeline.text(key)
    pipeline.data(value)
    pipeline.text("EX")
    pipeline.number(seconds)
  }

  /// `{"counters":…,"today":…,"asOf":"…"}`
  private func compose(day: String, _ orders: [UInt8], _ today: [UInt8]) -> CounterCopy {
    var body = Array(#"{"counters":"#.utf8)
    body.append(contentsOf: orders)
    body.append(contentsOf: #","today":"#.utf8)
    body.append(contentsOf: today)
    body.append(contentsOf: #","asOf":""#.utf8)
    clock.now().write(to: &body)
    body.append(contentsOf: #""}"#.utf8)
    return CounterCopy(
      day: day, counters: SharedBytes(orders), today: SharedBytes(today), body: SharedBytes(body))
  }
}
