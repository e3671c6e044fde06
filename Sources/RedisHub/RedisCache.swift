public import HubContracts
public import HubRuntime
public import Orders

/// The hub's cache in Redis, with copies in this process that Redis's own notices keep right.
///
/// Two connections on a thread of its own; everybody's commands share them and leave together. While Redis is away or
/// slow, every call throws at once. Neither the cache nor what it throws ever decides anything.
public final class RedisCache: HubCache {
  let options: RedisOptions
  let clock: any HubClock
  let log: Log
  let near: NearCopies
  let link: RedisLink
  let hits: Counter
  let misses: Counter

  /// Describes a cache; `start` begins to connect. `ids` gives tokens and the chance in waits.
  public init(_ options: RedisOptions, clock: any HubClock, ids: any IdentitySource, log: Log, metrics: Metrics) {
    self.options = options
    self.clock = clock
    self.log = log.with("part", "cache")
    let near = NearCopies(limitBytes: options.localCacheBytes)
    self.near = near
    link = RedisLink(options, ids: ids, log: self.log, metrics: metrics, near: near)
    hits = metrics.counter(.copiesHits)
    misses = metrics.counter(.copiesMisses)
    metrics.gauge(.copiesBytes) { Int64(near.orders.bytes) }
  }

  /// Begins to connect, for ever; neither waits nor fails. Does nothing the second time.
  public func start() { link.start() }

  /// Ends the connections; what waits fails. Afterwards every call throws. A stopped cache cannot be started again.
  public func stop() async { await link.stop() }

  /// Whether Redis answers now, and in time.
  public var isUp: Bool { link.isUp }

  /// Notes that so many are too many to be told apart: nothing kept is believed, and what Redis has is removed before
  /// it is used again.
  func doubtEverything() {
    near.dropAll()
    link.intake.wantCleanse()
    log.error("too many writes did not reach Redis: what it holds of orders and tallies is removed")
  }
}
