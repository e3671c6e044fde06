import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

/// A clock that stands.
struct StoppedClock: HubClock {
  func now() -> Timestamp { Timestamp(millis: 1_767_225_600_007) }
}

/// Identities from the system's random numbers.
struct RandomIDs: IdentitySource {
  func next<Entity>(_ entity: Entity.Type) -> Identifier<Entity> {
    Identifier(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
  }
  func token(bytes count: Int) -> String {
    (0..<count).map { _ in String(format: "%02x", UInt8.random(in: 0...255)) }.joined()
  }
}

/// Lines of the log, kept.
final class KeptLog: LogSink {
  let lines = Locked<[String]>([])
  func write(_ line: LogLine) {
    lines.with { $0.append("\(line.message) \(line.fields.map { "\($0.0)=\($0.1)" }.joined(separator: " "))") }
  }
}

/// A Redis of the test's own, and whatever connects to it.
final class Bench: Sendable {
  let server: ServerProcess
  let ids = RandomIDs()
  let log = KeptLog()
  var port: Int { server.port }

  init() throws { server = try TestServers.redis() }
  init(server: ServerProcess) { self.server = server }

  /// Unless the test is about a Redis that hangs, it is waited for as long as it may be.
  func options(timeoutMs: Int = 60_000, localCacheBytes: Int = 1 << 20) -> RedisOptions {
    var options = RedisOptions(
      port: port, timeoutMs: timeoutMs, localCacheBytes: localCacheBytes, streamLength: 1_000)
    if timeoutMs == 60_000 { options.silenceMs = 600_000 }
    return options
  }

  /// A cache that is up.
  func cache(
    timeoutMs: Int = 60_000, localCacheBytes: Int = 1 << 20, metrics: Metrics = Metrics()
  ) async throws -> RedisCache {
    let cache = RedisCache(
      options(timeoutMs: timeoutMs, localCacheBytes: localCacheBytes), clock: StoppedClock(), ids: ids,
      log: Log(level: .info, sink: log), metrics: metrics)
    cache.start()
    try await eventually("the cache is up") { cache.isUp }
    return cache
  }

  /// Asks Redis directly, past the cache.
  func ask(_ words: String...) throws -> RedisReply { try ask(words) }

  func ask(_ words: [String]) throws -> RedisReply {
    let deadline = monotonicMicros() + UInt64(HangLimit.seconds) * 1_000_000
    let socket = try RedisSocket(RedisOptions(port: port), deadline: deadline)
    var pipeline = Pipeline()
    pipeline.command(words)
    return try socket.call(pipeline, deadline: deadline)[0]
  }

  func text(_ key: String) throws -> String? { try ask("GET", key).bytes.map { String(decoding: $0, as: UTF8.self) } }
}

func tenant(_ name: String = "shop-1") throws -> TenantID { try #require(TenantID(name)) }

/// A write of an order that leaves it at `version` by `count` events.
func write(
  _ id: OrderID, version: Int64, events count: Int64 = 1, tenant: TenantID, customer: Text? = nil,
  status: String = "open", progress: Int = 0, items: [ItemRemaining] = [], afterCatchUp: Bool = false
) throws -> Publication {
  let user = try #require(UserID("anna"))
  let events = (version - count + 1...version).map { seq in
    RecordedEvent(
      orderID: id, seq: seq, tenant: tenant, type: .orderUpdated, at: Timestamp(millis: 1), by: user,
      envelope: Array(#"{"id":"\#(id):\#(seq)","seq":\#(seq)}"#.utf8))
  }
  return Publication(
    state: state(id, version: version, tenant: tenant, customer: customer, status: status, progress: progress, items),
    events: events, afterCatchUp: afterCatchUp)
}

func state(
  _ id: OrderID, version: Int64, tenant: TenantID, customer: Text? = nil, status: String = "open",
  progress: Int = 0, _ items: [ItemRemaining] = []
) -> OrderState {
  OrderState(
    id: id, owner: OrderOwner(tenant: tenant, customerID: customer), version: version, status: status,
    progress: progress, remaining: Array(#"{"p1":{"total":9,"delivered":\#(version),"remaining":1}}"#.utf8),
    itemsRemaining: items)
}

func document(_ text: String, version: Int64, tenant: TenantID) -> OrderCopy {
  OrderCopy(
    owner: OrderOwner(tenant: tenant, customerID: nil), version: version, body: SharedBytes(Array(text.utf8)))
}

/// The envelopes in a tenant's stream, oldest first.
func envelopes(_ cache: RedisCache, _ tenant: TenantID) async throws -> [String] {
  try await cache.newest(of: tenant, limit: 1_000).compactMap { entry in
    entry.envelope.map { String(decoding: $0, as: UTF8.self) }
  }
}

extension OrderCopy {
  var text: String { String(decoding: body.bytes, as: UTF8.self) }
}
