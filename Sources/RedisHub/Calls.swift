import HubContracts
import HubWire
import Orders

/// A call of `publish-order.lua`.
struct PublishOrder: ScriptCall {
  let write: Publication
  /// How many entries and bytes the tenant's stream keeps, about.
  let streamLength: Int
  let streamBytes: Int

  /// A stream that is too large loses its oldest 64th.
  private static let blocks = 64

  func add(to pipeline: inout Pipeline, digests: [[UInt8]]) {
    let state = write.state
    let items = state.itemsRemaining
    Script.publishOrder.add(
      to: &pipeline, digests: digests, keys: 9 + items.count, arguments: 14 + items.count + 2 * write.events.count)
    for suffix in [
      Keys.version, Keys.published, Keys.status, Keys.progress, Keys.remaining, Keys.owner, Keys.document,
    ] {
      pipeline.order(state.id, suffix)
    }
    pipeline.text(Keys.stream(state.owner.tenant))
    pipeline.text(Keys.streamSizes(state.owner.tenant))
    for item in items { pipeline.item(item.itemID, of: state.id) }
    pipeline.number(state.version)
    // Without events it is what comes after the version, so nothing is ever taken for out that is not.
    pipeline.number(write.events.first?.seq ?? state.version &+ 1)
    pipeline.number(write.afterCatchUp ? 1 : 0)
    pipeline.text(state.status)
    pipeline.number(Int64(state.progress))
    pipeline.data(state.remaining)
    pipeline.data(OwnerText.write(state.owner))
    pipeline.number(Keys.stateSeconds)
    pipeline.number(Keys.publishedSeconds)
    pipeline.text(Keys.channel(state.owner.tenant))
    pipeline.number(Int64(streamLength))
    pipeline.number(Int64(streamBytes))
    pipeline.number(Int64(max(1, streamBytes / Self.blocks)))
    pipeline.number(Int64(items.count))
    for item in items { pipeline.text(item.text) }
    for event in write.events {
      pipeline.number(event.seq)
      pipeline.data(event.envelope)
    }
  }

  /// Reads a reply.
  static func outcome(_ reply: RedisReply) throws(CacheUnavailable) -> PublicationOutcome {
    guard let parts = reply.array, parts.count == 2, let code = parts[0].integer, let seq = parts[1].integer else {
      throw CacheUnavailable("publish-order.lua answers something else")
    }
    switch code {
    case 0: return .published
    case 1: return .already
    case 2: return .behind(version: seq)
    case 3: return .unknown
    default: throw CacheUnavailable("publish-order.lua answers something else")
    }
  }
}

/// A call of `fill-order.lua`.
struct FillOrder: ScriptCall {
  let state: OrderState

  func add(to pipeline: inout Pipeline, digests: [[UInt8]]) {
    let items = state.itemsRemaining
    Script.fillOrder.add(to: &pipeline, digests: digests, keys: 6 + items.count, arguments: 6 + items.count)
    for suffix in [Keys.version, Keys.status, Keys.progress, Keys.remaining, Keys.owner, Keys.document] {
      pipeline.order(state.id, suffix)
    }
    for item in items { pipeline.item(item.itemID, of: state.id) }
    pipeline.number(state.version)
    pipeline.text(state.status)
    pipeline.number(Int64(state.progress))
    pipeline.data(state.remaining)
    pipeline.data(OwnerText.write(state.owner))
    pipeline.number(Keys.stateSeconds)
    for item in items { pipeline.text(item.text) }
  }
}

/// A call of `fill-document.lua`.
struct FillDocument: ScriptCall {
  let copy: OrderCopy
  let id: OrderID

  func add(to pipeline: inout Pipeline, digests: [[UInt8]]) {
    Script.fillDocument.add(to: &pipeline, digests: digests, keys: 6, arguments: 5)
    for suffix in [Keys.version, Keys.owner, Keys.document, Keys.status, Keys.progress, Keys.remaining] {
      pipeline.order(id, suffix)
    }
    pipeline.number(copy.version)
    pipeline.data(OwnerText.write(copy.owner))
    pipeline.data(copy.body.bytes)
    pipeline.number(Keys.stateSeconds)
    pipeline.number(Keys.documentSeconds)
  }
}

/// A call of `publish-tally.lua`: shards of one scope.
struct PublishTally: ScriptCall {
  let scope: TallyScope
  let shards: [TallyShard]

  func add(to pipeline: inout Pipeline, digests: [[UInt8]]) {
    Script.publishTally.add(to: &pipeline, digests: digests, keys: 2, arguments: 1 + 3 * shards.count)
    pipeline.text(scope.shardsKey)
    pipeline.text(scope.renderedKey)
    pipeline.number(Keys.shardsSeconds)
    for shard in shards { shard.add(to: &pipeline) }
  }
}

/// A call of `fill-tally.lua`: all shards of one scope.
struct FillTally: ScriptCall {
  let scope: TallyScope
  let shards: [TallyShard]
  let rendered: [UInt8]

  func add(to pipeline: inout Pipeline, digests: [[UInt8]]) {
    Script.fillTally.add(to: &pipeline, digests: digests, keys: 2, arguments: 3 + 3 * shards.count)
    pipeline.text(scope.shardsKey)
    pipeline.text(scope.renderedKey)
    pipeline.number(Keys.shardsSeconds)
    pipeline.number(scope.renderedSeconds)
    pipeline.data(rendered)
    for shard in shards { shard.add(to: &pipeline) }
  }
}

/// A call of `unlock.lua`.
struct Unlock: ScriptCall {
  /// Whose lock or which mark.
  enum Name: Sendable {
    case order(OrderID)
    case mark(String)
  }
  let name: Name
  let token: String

  func add(to pipeline: inout Pipeline, digests: [[UInt8]]) {
    Script.unlock.add(to: &pipeline, digests: digests, keys: 1, arguments: 1)
    switch name {
    case .order(let id): pipeline.lock(id)
    case .mark(let key): pipeline.text(key)
    }
    pipeline.text(token)
  }
}

/// A call of `rate-limit.lua`.
struct TakeFromLimit: ScriptCall {
  let limit: String
  let cost: Int
  let perMinute: Int

  func add(to pipeline: inout Pipeline, digests: [[UInt8]]) {
    Script.rateLimit.add(to: &pipeline, digests: digests, keys: 1, arguments: 2)
    pipeline.text("ratelimit:\(limit)")
    pipeline.number(Int64(cost))
    pipeline.number(Int64(perMinute))
  }
}

/// A call of `newest-entries.lua`.
struct NewestEntries: ScriptCall {
  let tenant: TenantID
  let count: Int

  func add(to pipeline: inout Pipeline, digests: [[UInt8]]) {
    Script.newestEntries.add(to: &pipeline, digests: digests, keys: 1, arguments: 1)
    pipeline.text(Keys.stream(tenant))
    pipeline.number(Int64(count))
  }
}

extension TallyScope {
  /// Where the shards are.
  var shardsKey: String {
    switch kind {
    case .orders: "tally:orders:\(tenant.text)"
    case .deliveries(let day): "tally:deliveries:\(tenant.text):\(day)"
    }
  }
  /// Where their sum is.
  var renderedKey: String {
    switch kind {
    case .orders: Keys.counters(tenant)
    case .deliveries(let day): Keys.deliveries(day: day, tenant)
    }
  }
  /// How many seconds the sum lives.
  var renderedSeconds: Int64 {
    switch kind {
    case .orders: Keys.countersSeconds
    case .deliveries: Keys.deliveriesSeconds
    }
  }
}

extension TallyShard {
  /// Three arguments: the shard, its revision, and the value: the revision and the counts as JSON.
  fileprivate func add(to pipeline: inout Pipeline) {
    pipeline.number(Int64(shard))
    pipeline.number(revision)
    var value: [UInt8] = []
    Decimal.write(revision, to: &value)
    value.append(UInt8(ascii: " "))
    var json = JSONWriter(capacity: 32 * counts.count)
    json.beginObject()
    for (name, count) in counts {
      json.name(text: name)
      json.number(count)
    }
    json.endObject()
    pipeline.data(value + json.bytes)
  }
}
