public import HubContracts
public import Orders

/// Writes the events of one write. The order is encoded once, by the caller, and stands in each event that shows it.
public struct Envelopes {
  /// Numbers and writes `events`, the last of which has the seq `order.version`.
  public static func record(
    _ events: [EventPayload], of order: Order, encoded orderJSON: [UInt8], by user: UserID, at: Timestamp
  ) -> [RecordedEvent] {
    let first = order.version - Int64(events.count) + 1
    return events.enumerated().map { index, payload in
      let seq = first + Int64(index)
      var json = JSONWriter(capacity: 256 + (payload.showsOrder ? orderJSON.count : 0))
      json.beginObject()
      json.name("id")
      json.string("\(order.id):\(seq)")
      json.name("seq")
      json.number(seq)
      json.name("tenant")
      json.string(order.tenantID.text)
      json.name("type")
      json.string(payload.type.rawValue)
      json.name("orderId")
      json.id(order.id)
      json.name("at")
      json.time(at)
      json.name("data")
      payload.write(to: &json, order: order, encoded: orderJSON)
      json.endObject()
      return RecordedEvent(
        orderID: order.id, seq: seq, tenant: order.tenantID, type: payload.type, at: at, by: user,
        envelope: json.bytes)
    }
  }
}

extension EventPayload {
  /// Whether the whole order stands in it.
  fileprivate var showsOrder: Bool {
    switch self {
    case .orderCreated, .orderUpdated, .orderPaymentUpdated, .deliveryCreated: true
    case .orderCancelled, .orderProgressUpdated, .inventoryReduced, .inventoryRestored, .deliveryStatusUpdated,
      .invoiceGenerated:
      false
    }
  }

  fileprivate func write(to json: inout JSONWriter, order: Order, encoded: [UInt8]) {
    json.beginObject()
    switch self {
    case .orderCreated, .orderUpdated, .orderPaymentUpdated:
      json.name("order")
      json.raw(encoded)
    case .orderCancelled:
      json.writeNames(of: order)
    case .orderProgressUpdated:
      json.name("orderId")
      json.id(order.id)
      json.name("progress")
      json.number(Int64(order.progress))
      json.name("status")
      json.string(order.status.rawValue)
    case .inventoryReduced(let products), .inventoryRestored(let products):
      json.writeNames(of: order)
      json.name("affectedProducts")
      json.beginArray()
      for product in products { product.write(to: &json) }
      json.endArray()
    case .deliveryCreated(let delivery):
      json.name("delivery")
      delivery.write(to: &json)
      json.name("order")
      json.raw(encoded)
    case .deliveryStatusUpdated(let delivery):
      json.name("deliveryId")
      json.id(delivery.id)
      json.name("deliveryNumber")
      json.string(delivery.number)
      json.name("status")
      json.string(delivery.status.rawValue)
    case .invoiceGenerated(let invoice, let delivery):
      json.name("invoice")
      invoice.write(to: &json)
      json.name("delivery")
      delivery.write(to: &json)
    }
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func writeNames(of order: Order) {
    name("orderId")
    id(order.id)
    name("orderNumber")
    string(order.number)
  }
}

extension AffectedProduct {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("productId")
    json.string(productID)
    json.name("name")
    json.string(name)
    json.name("quantity")
    json.quantity(quantity)
    json.name("tracked")
    json.bool(tracked)
    json.name("backordered")
    json.quantity(backordered)
    json.name("onHand")
    if let onHand { json.quantity(onHand) } else { json.null() }
    json.endObject()
  }
}
