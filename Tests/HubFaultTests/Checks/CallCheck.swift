import HubContracts
import HubTestSupport
import Orders

/// Holds what the shoppers were told against what is there: ok is there once, refused is not, unknown at most once.
struct CallCheck {
  let calls: [CallRecord]
  let orders: [OrderCheck]
  let ledger: [LedgerRow]

  var violations: [Violation] { placed + delivered + paid + moved + invoiced + ended + stocked + acted }

  /// How many effects a group of calls may have.
  struct Range {
    var least = 0
    var most = 0
    var tags: [String] = []

    mutating func count(_ call: CallRecord) {
      tags.append(call.tag)
      switch call.outcome {
      case .ok:
        least += 1
        most += 1
      case .unknown: most += 1
      case .refused: break
      }
    }
  }

  func judge(_ what: String, _ range: Range?, there: Int, about subject: String) -> Violation? {
    let range = range ?? Range()
    guard there < range.least || there > range.most else { return nil }
    let wanted = range.least == range.most ? "\(range.least)" : "\(range.least) to \(range.most)"
    return Violation(
      "ok is there once, refused is not", "\(what): \(there) are there, the calls say \(wanted)",
      about: [subject] + range.tags.suffix(4))
  }

  /// Compares effects that carry their call's tag.
  private func tagged(_ what: String, _ chosen: [CallRecord], _ found: [(tag: String, matches: (CallRecord) -> Bool)])
    -> [Violation]
  {
    var there: [String: [(CallRecord) -> Bool]] = [:]
    for one in found { there[one.tag, default: []].append(one.matches) }
    var wrong: [Violation] = []
    for call in chosen {
      var range = Range()
      range.count(call)
      let effects = there.removeValue(forKey: call.tag) ?? []
      if let violation = judge(
        "\(what) of \(call.tag) (\(call.outcome))", range, there: effects.count, about: call.orderID ?? call.tag)
      {
        wrong.append(violation)
      }
      if call.outcome == .ok, let effect = effects.first, !effect(call) {
        wrong.append(
          Violation("ok is there as it was said", "\(what) of \(call.tag) differs from its answer", about: [call.tag]))
      }
    }
    for (tag, _) in there {
      wrong.append(Violation("nothing is there that nobody asked for", "\(what) with the tag \(tag)", about: [tag]))
    }
    return wrong
  }

  private var placed: [Violation] {
    tagged(
      "the order", calls.filter { $0.effect == .order },
      orders.map { check in (check.order.notes?.string ?? "-", { $0.made == "\(check.order.id)" }) })
  }

  private var delivered: [Violation] {
    tagged(
      "the delivery", calls.filter { if case .delivery = $0.effect { true } else { false } },
      orders.flatMap(\.deliveries).map { delivery in
        let millionths = delivery.items.reduce(0) { $0 + $1.quantity.millionths }
        return (
          delivery.notes?.string ?? "-",
          {
            $0.made == "\(delivery.id)" && $0.effect == .delivery(order: "\(delivery.orderID)", millionths: millionths)
          }
        )
      })
  }

  private var paid: [Violation] {
    tagged(
      "the payment", calls.filter { if case .payment = $0.effect { true } else { false } },
      orders.flatMap(\.invoices).flatMap { invoice in
        invoice.payments.map { payment in
          (
            payment.method.string,
            {
              $0.effect
                == .payment(order: "\(invoice.orderID)", invoice: "\(invoice.id)", amountUnits: payment.amount.units)
            }
          )
        }
      })
  }

  private var stocked: [Violation] {
    tagged(
      "the movement of stock", calls.filter { if case .stock = $0.effect { true } else { false } },
      ledger.filter { $0.orderID == nil }.map { row in
        let moved = row.kind == .damaged ? row.damaged : row.kind == .onHold ? row.onHold : row.onHand
        return (
          row.reason?.string ?? "-",
          { $0.effect == .stock(product: row.productID.string, millionths: moved.millionths) }
        )
      })
  }

  private var moved: [Violation] {
    var ranges: [String: Range] = [:]
    for call in calls {
      if case .move(_, let delivery, let status) = call.effect {
        ranges["\(delivery) \(status)", default: Range()].count(call)
      }
    }
    var wrong: [Violation] = []
    for check in orders {
      var there: [String: Int] = [:]
      for event in check.events where event.type == .deliveryStatusUpdated {
        let data = Document(parsing: String(decoding: event.envelope, as: UTF8.self))["data"]
        there["\(data["deliveryId"].text) \(data["status"].text)", default: 0] += 1
      }
      let isCancelled = check.events.contains { $0.type == .orderCancelled }
      for delivery in check.deliveries {
        for status in DeliveryStatus.allCases {
          let key = "\(delivery.id) \(status.rawValue)"
          var range = ranges[key] ?? Range()
          // A cancelled order takes its pending deliveries with it.
          if status == .cancelled, isCancelled { range.most += 1 }
          if let violation = judge(
            "moves of \(delivery.number) to \(status.rawValue)", range, there: there[key] ?? 0,
            about: "\(check.order.id)")
          {
            wrong.append(violation)
          }
        }
      }
    }
    return wrong
  }

  private var invoiced: [Violation] {
    var ranges: [String: Range] = [:]
    var told: [String: String] = [:]
    for call in calls {
      guard case .invoice(_, let delivery) = call.effect else { continue }
      ranges[delivery, default: Range()].count(call)
      if call.outcome == .ok { told[delivery] = call.made }
    }
    var wrong: [Violation] = []
    for check in orders {
      for delivery in check.deliveries {
        let there = check.invoices.filter { $0.deliveryID == delivery.id }
        if let violation = judge(
          "invoices of \(delivery.number)", ranges["\(delivery.id)"], there: there.count, about: "\(check.order.id)")
        {
          wrong.append(violation)
        }
        if let id = told["\(delivery.id)"], there.first.map({ "\($0.id)" }) != id {
          wrong.append(
            Violation(
              "ok is there as it was said", "the invoice of \(delivery.number) is not \(id)",
              about: ["\(check.order.id)"]))
        }
      }
    }
    return wrong
  }

  /// Cancelled and closed orders of those that are delivered.
  private var ended: [Violation] {
    var cancels: [String: Range] = [:]
    var closes: [String: Range] = [:]
    for call in calls {
      if case .cancelOrder(let order) = call.effect { cancels[order, default: Range()].count(call) }
      if case .closeOrder(let order) = call.effect { closes[order, default: Range()].count(call) }
    }
    return orders.filter { $0.business == nil }.flatMap { check in
      let id = "\(check.order.id)"
      let cancelled = check.events.count { $0.type == .orderCancelled }
      let restored = check.events.count { $0.type == .inventoryRestored }
      return [
        judge("cancellations of \(check.order.number)", cancels[id], there: cancelled, about: id),
        judge("closings of \(check.order.number)", closes[id], there: restored - cancelled, about: id),
      ].compactMap { $0 }
    }
  }
}
