public import HubContracts
import HubWire
import HubRuntime
public import Orders

extension RedisCache {
  /// See `HubCache`.
  public func copyAtHand(_ view: OrderView, of id: OrderID) -> OrderCopy? {
    let copy = near.orders.copy(view, of: id)
    (copy == nil ? misses : hits).add()
    return copy
  }

  /// See `HubCache`. It asks with one MGET, so that version, owner and text belong together. Right after Redis was lost,
  /// emptied or replaced it finds nothing for some seconds: others may have yet to say what of it is old.
  public func copy(_ view: OrderView, of id: OrderID) async throws(CacheUnavailable) -> OrderCopy? {
    if near.doubts.isFull || !link.isSettled { return nil }
    let ticket = near.orders.begin(id)
    var copy: OrderCopy?
    defer { if let ticket { near.orders.end(ticket, view, copy) } }
    let replies = try await link.run(Self.question(view, id, tracked: ticket != nil))
    guard let found = replies.last?.array.flatMap({ Self.copy(view, of: id, from: $0) }),
      near.doubts.allows(id, version: found.version)
    else { return nil }
    copy = found
    return found
  }

  /// See `HubCache`. Right after Redis was lost, emptied or replaced it does nothing for some seconds: what was read from
  /// the store before may be older than a write whose version is gone with the keys.
  public func fill(_ state: OrderState) async throws(CacheUnavailable) {
    guard link.isSettled else { return }
    _ = try await link.call([FillOrder(state: state)])
  }

  /// See `HubCache`; as `fill`, it does nothing right after Redis was lost. A document newer than the version in Redis
  /// is not put either: the state must come first.
  public func fillDocument(_ copy: OrderCopy, of id: OrderID) async throws(CacheUnavailable) {
    guard link.isSettled else { return }
    _ = try await link.call([FillDocument(copy: copy, id: id)])
  }

  private static func question(_ view: OrderView, _ id: OrderID, tracked: Bool) -> Pipeline {
    var pipeline = Pipeline()
    if tracked { pipeline.command(["CLIENT", "CACHING", "YES"]) }
    let suffixes =
      switch view {
      case .document: [Keys.version, Keys.owner, Keys.document]
      case .remaining: [Keys.version, Keys.owner, Keys.remaining]
      case .progress: [Keys.version, Keys.owner, Keys.progress, Keys.status]
      }
    pipeline.command("MGET", arguments: 1 + suffixes.count)
    for suffix in suffixes { pipeline.order(id, suffix) }
    return pipeline
  }

  /// Composes the body; nil unless all parts are there and look as they should.
  private static func copy(_ view: OrderView, of id: OrderID, from parts: [RedisReply]) -> OrderCopy? {
    guard parts.count >= 3, let digits = parts[0].bytes, let version = Decimal.read(digits),
      let owner = parts[1].bytes.flatMap(OwnerText.read), let text = parts[2].bytes
    else { return nil }
    let body: [UInt8]
    switch view {
    case .document:
      guard isObject(text) else { return nil }
      body = text
    case .remaining:
      guard isObject(text) else { return nil }
      body = OrderAnswers.remaining(id, version: digits, text)
    case .progress:
      guard parts.count == 4, let status = parts[3].bytes, let progress = Decimal.read(text), progress <= 100 else {
        return nil
      }
      body = OrderAnswers.progress(id, version: digits, text, status: String(decoding: status, as: UTF8.self))
    }
    return OrderCopy(owner: owner, version: version, body: SharedBytes(body))
  }

  private static func isObject(_ text: [UInt8]) -> Bool {
    text.first == UInt8(ascii: "{") && text.last == UInt8(ascii: "}")
  }
}
