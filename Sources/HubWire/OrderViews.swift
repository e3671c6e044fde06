public import HubContracts
public import Orders

extension Order {
  /// Who may see it.
  public var owner: OrderOwner { OrderOwner(tenant: tenantID, parties: parties) }

  /// Its state as it stands in Redis; of the items, those named, or all.
  public func state(items changed: [ItemID]? = nil) -> OrderState {
    let named = changed.map(Set.init)
    var left = items.filter { named?.contains($0.id) ?? true }.map {
      ItemRemaining(itemID: $0.id, text: $0.remaining.decimal)
    }
    // Of what was taken off the order nothing remains.
    if let named, named.count > left.count {
      let there = Set(left.map(\.itemID))
      left += named.subtracting(there).map { ItemRemaining(itemID: $0, text: "0") }
    }
    return OrderState(
      id: id, owner: owner, version: version, status: status.rawValue, progress: progress, remaining: remainingJSON,
      itemsRemaining: left)
  }
}

extension OrderState {
  /// The answer of `GET /api/orders/:id/remaining`.
  public var remainingView: [UInt8] { OrderAnswers.remaining(id, version: Array("\(version)".utf8), remaining) }

  /// The answer of `GET /api/orders/:id/progress`.
  public var progressView: [UInt8] {
    OrderAnswers.progress(
      id, version: Array("\(version)".utf8), Array("\(progress)".utf8), status: status)
  }
}

/// Answers that are written of an order as well as of its copies in Redis, whose numbers are digits and JSON already.
public enum OrderAnswers {
  /// `{"orderId":"…","version":7,"remaining":{…}}`
  public static func remaining(_ id: OrderID, version: [UInt8], _ remaining: [UInt8]) -> [UInt8] {
    var json = JSONWriter(capacity: 96 + remaining.count)
    json.beginObject()
    json.member("orderId", id)
    json.member("version", raw: version)
    json.member("remaining", raw: remaining)
    json.endObject()
    return json.bytes
  }

  /// `{"orderId":"…","progress":40,"status":"…","version":7}`
  public static func progress(_ id: OrderID, version: [UInt8], _ progress: [UInt8], status: String) -> [UInt8] {
    var json = JSONWriter(capacity: 128)
    json.beginObject()
    json.member("orderId", id)
    json.member("progress", raw: progress)
    json.member("status", status)
    json.member("version", raw: version)
    json.endObject()
    return json.bytes
  }
}
