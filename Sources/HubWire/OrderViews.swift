public import HubContracts
public import Orders

extension Order {
  /// Who may see it.
  public var owner: OrderOwner { OrderOwner(tenant: tenantID, parties: parties) }

  /// Its state as it stands in Redis; of the items, those named, or all.
  public func state(items changed: [ItemID]? = nil) -> OrderState {
    let named = changed.map(Set.init)
    return OrderState(
      id: id, owner: owner, version: version, status: status.rawValue, progress: progress, remaining: remainingJSON,
      itemsRemaining: items.filter { named?.contains($0.id) ?? true }.map {
        ItemRemaining(itemID: $0.id, text: $0.remaining.decimal)
      })
  }
}

extension OrderState {
  /// The answer of `GET /api/orders/:id/remaining`.
  public var remainingView: [UInt8] {
    var json = JSONWriter(capacity: 80 + remaining.count)
    json.beginObject()
    json.member("orderId", id)
    json.member("version", version)
    json.member("remaining", raw: remaining)
    json.endObject()
    return json.bytes
  }

  /// The answer of `GET /api/orders/:id/progress`.
  public var progressView: [UInt8] {
    var json = JSONWriter(capacity: 128)
    json.beginObject()
    json.member("orderId", id)
    json.member("progress", progress)
    json.member("status", status)
    json.member("version", version)
    json.endObject()
    return json.bytes
  }
}
