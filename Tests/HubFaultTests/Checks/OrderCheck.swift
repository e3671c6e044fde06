import HubContracts
import Orders

/// What must hold of one order, counted from its deliveries, invoices and events, and nothing that the hub counted.
struct OrderCheck {
  let order: Order
  let deliveries: [Delivery]
  let invoices: [Invoice]
  /// With their envelopes.
  let events: [RecordedEvent]

  var violations: [Violation] {
    (own + sequence + owners).map {
      Violation("an order is sound", "\(order.number) \(order.id): \($0)", about: ["\(order.id)"])
    }
  }

  /// What its workflow asks for.
  private var own: [String] { business.map { table($0) } ?? (quantities + money + billing) }

  private var quantities: [String] {
    var wrong: [String] = []
    let live = deliveries.filter { $0.status != .cancelled }
    for item in order.items {
      let onDeliveries = Self.sum(live, item)
      let handedOver = Self.sum(live.filter { $0.status == .delivered }, item)
      let remaining = item.quantity.millionths - item.cancelled.millionths - onDeliveries
      if remaining < 0 { wrong.append("\(item.productID) remains at \(remaining)") }
      if onDeliveries != item.delivered.millionths {
        wrong.append("\(item.productID) delivered \(item.delivered.millionths), on deliveries \(onDeliveries)")
      }
      if handedOver != item.received.millionths {
        wrong.append("\(item.productID) received \(item.received.millionths), handed over \(handedOver)")
      }
      if order.status == .cancelled, remaining != 0 || onDeliveries != 0 {
        wrong.append("it is cancelled and \(item.productID) is not")
      }
    }
    let kept = order.items.reduce(0) { $0 + $1.quantity.millionths - $1.cancelled.millionths }
    let got = order.items.reduce(0) { sum, item in sum + Self.sum(live.filter { $0.status == .delivered }, item) }
    let isWhole = order.status == .delivered || order.status == .completed
    if isWhole, kept != got { wrong.append("it is \(order.status.rawValue) with \(got) of \(kept)") }
    if !isWhole, order.status != .cancelled, kept == got, !deliveries.isEmpty {
      wrong.append("all is handed over and it is \(order.status.rawValue)")
    }
    return wrong
  }

  private var money: [String] {
    var wrong: [String] = []
    for invoice in invoices {
      let paid = invoice.payments.reduce(0) { $0 + $1.amount.units }
      if paid != invoice.paid.units { wrong.append("\(invoice.number) paid \(invoice.paid.units), payments \(paid)") }
      if paid + invoice.advanceApplied.units > invoice.total.units {
        wrong.append("\(invoice.number) is paid above its total")
      }
      let lines = invoice.lines.reduce(0) { $0 + $1.total.units }
      if lines != invoice.total.units { wrong.append("\(invoice.number) total \(invoice.total.units), lines \(lines)") }
    }
    let paid = invoices.reduce(order.advance?.amount.units ?? 0) { $0 + $1.paid.units }
    if paid != order.paid.units { wrong.append("paid \(order.paid.units), advance and payments \(paid)") }
    let applied = invoices.reduce(0) { $0 + $1.advanceApplied.units }
    if applied > order.advance?.amount.units ?? 0 || applied != order.advanceApplied.units {
      wrong.append(
        "advance applied \(applied) of \(order.advance?.amount.units ?? 0), noted \(order.advanceApplied.units)")
    }
    let billed = invoices.reduce(0) { $0 + $1.total.units }
    let isAllInvoiced = order.items.allSatisfy { item in
      let invoiced = invoices.flatMap(\.lines).filter { $0.itemID == item.id }.reduce(0) { $0 + $1.quantity.millionths }
      return invoiced == item.quantity.millionths - item.cancelled.millionths
    }
    if isAllInvoiced, !invoices.isEmpty, billed != order.total.units {
      wrong.append("all is invoiced for \(billed), the total is \(order.total.units)")
    }
    if billed > order.total.units, order.status != .cancelled {
      wrong.append("invoiced \(billed) of \(order.total.units)")
    }
    return wrong
  }

  private var sequence: [String] {
    var wrong: [String] = []
    if events.map(\.seq) != Array(1...max(1, order.version)) {
      wrong.append("its \(events.count) events are not 1…\(order.version)")
    }
    for event in events {
      guard let text = EventText(envelope: String(decoding: event.envelope, as: UTF8.self)) else {
        wrong.append("event \(event.seq) cannot be read"); continue
      }
      let says = text.number.map { "\($0.order):\($0.seq)" } ?? "-"
      if says != "\(order.id):\(event.seq)" || text.seen.type != event.type.rawValue {
        wrong.append("event \(event.seq) says that it is \(says) \(text.seen.type)")
      }
    }
    return wrong
  }

  private var owners: [String] {
    var wrong: [String] = []
    let invoiced = invoices.map(\.deliveryID)
    if Set(invoiced).count != invoiced.count { wrong.append("a delivery has two invoices") }
    for delivery in deliveries where delivery.invoiceID != invoices.first(where: { $0.deliveryID == delivery.id })?.id {
      wrong.append("\(delivery.number) names another invoice than it has")
    }
    let numbers = deliveries.map(\.number)
    if Set(numbers) != Set((0..<order.deliveryCount).map { "\(order.number)-D\($0 + 1)" })
      || numbers.count != order.deliveryCount
    {
      wrong.append("\(order.deliveryCount) deliveries are counted: \(numbers.count) are there")
    }
    return wrong
  }

  private static func sum(_ deliveries: [Delivery], _ item: OrderItem) -> Int64 {
    deliveries.flatMap(\.items).filter { $0.itemID == item.id }.reduce(0) { $0 + $1.quantity.millionths }
  }
}

extension EventNumbers {
  /// Of all events of these orders.
  init(_ checks: [OrderCheck]) {
    var stored: [String: [Sightings.Seen]] = [:]
    for check in checks {
      // One that cannot be read has been found by the order's own check; here it keeps its place.
      stored["\(check.order.id)"] = check.events.map {
        EventText(envelope: String(decoding: $0.envelope, as: UTF8.self))?.seen ?? Sightings.Seen(type: "unreadable")
      }
    }
    self.init(stored)
  }
}
