public import HubContracts
public import Orders

/// Writes the events of one write. The order is encoded once, by the caller, and stands in each event that shows it.
public struct EnvelopeWriter {
  /// Numbers and writes `events`, the last of which has the seq `order.version`.
  public static func record(
    _ events: [EventPayload], of order: Order, encoded orderJSON: [UInt8], by user: UserID, at: Timestamp
  ) -> [RecordedEvent] {
    let first = order.version - Int64(events.count) + 1
    let parties = order.parties
    return events.enumerated().map { index, payload in
      let seq = first + Int64(index)
      var json = JSONWriter(capacity: 256 + (payload.showsOrder ? orderJSON.count : 0))
      json.beginObject()
      json.member("id", "\(order.id):\(seq)")
      json.member("seq", seq)
      json.member("tenant", order.tenantID.text)
      json.member("type", payload.type.rawValue)
      json.member("orderId", order.id)
      // The fan-out sends an order's events to those whom it concerns without looking the order up.
      if let customer = parties.customer { json.member("customer", customer) }
      if let seller = parties.seller { json.member("seller", seller) }
      if let kiosk = parties.kiosk { json.member("kiosk", kiosk) }
      json.member("at", at)
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
    case .orderCreated, .orderUpdated, .orderEdited, .orderPaymentUpdated, .deliveryCreated, .announced: true
    case .orderCancelled, .orderProgressUpdated, .inventoryReduced, .inventoryRestored, .deliveryStatusUpdated,
      .invoiceGenerated, .invoiceCredited, .partCreated, .partUpdated:
      false
    }
  }

  fileprivate func write(to json: inout JSONWriter, order: Order, encoded: [UInt8]) {
    json.beginObject()
    switch self {
    case .orderCreated, .orderUpdated, .orderPaymentUpdated, .announced:
      json.member("order", raw: encoded)
    case .orderEdited(let changes):
      // First: so it is found without reading the order.
      changes.write(to: &json)
      json.member("order", raw: encoded)
    case .orderCancelled:
      json.writeNames(of: order)
      json.member("cancelReason", order.cancelReason)
    case .orderProgressUpdated:
      json.member("orderId", order.id)
      json.member("progress", Int64(order.progress))
      json.member("status", order.status.rawValue)
    case .inventoryReduced(let products), .inventoryRestored(let products):
      json.writeNames(of: order)
      json.name("affectedProducts")
      json.beginArray()
      for product in products { product.write(to: &json) }
      json.endArray()
    case .deliveryCreated(let delivery):
      json.name("delivery")
      delivery.write(to: &json)
      json.member("order", raw: encoded)
    case .deliveryStatusUpdated(let delivery):
      json.member("deliveryId", delivery.id)
      json.member("deliveryNumber", delivery.number)
      json.member("status", delivery.status.rawValue)
    case .invoiceGenerated(let invoice, let delivery), .invoiceCredited(let invoice, let delivery):
      json.name("invoice")
      invoice.write(to: &json)
      json.name("delivery")
      delivery.write(to: &json)
    case .partCreated(let part), .partUpdated(let part):
      json.name("part")
      part.write(to: &json)
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
    json.member("productId", productID)
    json.member("name", name)
    json.member("quantity", quantity)
    json.member("tracked", tracked)
    json.member("backordered", backordered)
    json.member("onHand", onHand)
    json.endObject()
  }
}
