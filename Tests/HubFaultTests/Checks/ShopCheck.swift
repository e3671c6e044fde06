import HubContracts
import Orders

/// What must hold across a tenant's orders: stock against the ledger and the orders, and numbers.
struct ShopCheck {
  let orders: [OrderCheck]
  let products: [Product]
  let ledger: [LedgerRow]

  var violations: [Violation] { stock + numbers }

  private var stock: [Violation] {
    var wrong: [Violation] = []
    for product in products {
      let rows = ledger.filter { $0.productID == product.productID }
      for (name, stands, sum) in [
        ("onHand", product.onHand, rows.reduce(0) { $0 + $1.onHand.millionths }),
        ("damaged", product.damaged, rows.reduce(0) { $0 + $1.damaged.millionths }),
        ("onHold", product.onHold, rows.reduce(0) { $0 + $1.onHold.millionths }),
      ] where stands.millionths != sum {
        wrong.append(
          Violation(
            "stock is the sum of its ledger",
            "\(product.productID): \(name) is \(stands.millionths), rows sum to \(sum)"))
      }
      for check in orders {
        // What an order took and did not give back is what it keeps.
        let moved = rows.filter { $0.orderID == check.order.id }.reduce(0) { $0 + $1.onHand.millionths }
        let kept = check.order.items.filter { $0.productID == product.productID && $0.tracked }.reduce(0) {
          $0 + $1.quantity.millionths - $1.cancelled.millionths
        }
        if moved != -kept {
          wrong.append(
            Violation(
              "an order's stock moves once",
              "\(check.order.number) keeps \(kept) of \(product.productID), its rows say \(-moved)",
              about: ["\(check.order.id)"]))
        }
      }
    }
    return wrong
  }

  private var numbers: [Violation] {
    var wrong: [Violation] = []
    let orderNumbers = orders.map(\.order.number)
    if Set(orderNumbers).count != orderNumbers.count {
      wrong.append(
        Violation("an order's number is its own", "\(orderNumbers.count - Set(orderNumbers).count) are doubled"))
    }
    let years = Dictionary(grouping: orders.flatMap(\.invoices).map(\.number)) {
      $0.split(separator: "-").dropFirst().first ?? ""
    }
    for (year, numbers) in years {
      let found = numbers.compactMap { $0.split(separator: "-").last.flatMap { Int($0) } }.sorted()
      if found != Array(1...max(1, numbers.count)) {
        wrong.append(
          Violation(
            "invoice numbers run without a gap", "\(year): \(numbers.count) invoices, the last is \(found.last ?? 0)"))
      }
    }
    return wrong
  }

  /// The counters of `GET /api/orders/stats`, counted from the orders.
  var counters: [String: Int] {
    var counters = [
      "totalOrders": orders.count, "openOrders": 0, "inProgressOrders": 0, "partialDeliveredOrders": 0,
      "deliveredOrders": 0, "completedOrders": 0, "cancelledOrders": 0, "unpaidOrders": 0,
    ]
    let names = [
      "open": "openOrders", "in_progress": "inProgressOrders", "partial_delivered": "partialDeliveredOrders",
      "delivered": "deliveredOrders", "completed": "completedOrders", "cancelled": "cancelledOrders",
    ]
    for check in orders {
      counters[names[check.order.status.rawValue] ?? "unknown", default: 0] += 1
      if check.order.paymentStatus == .unpaid, check.order.status != .cancelled {
        counters["unpaidOrders", default: 0] += 1
      }
    }
    return counters
  }

  /// `today` of the same: all deliveries of a day but the cancelled ones.
  func deliveries(of day: String) -> [String: Int] {
    let live = orders.flatMap(\.deliveries).filter { $0.status != .cancelled && $0.day == day }
    let delivered = live.count { $0.status == .delivered }
    return ["count": live.count, "pending": live.count - delivered, "delivered": delivered]
  }
}

/// What each follower has seen, against the events that are there.
struct FollowerCheck {
  let orders: [OrderCheck]

  func violations(_ name: String, _ seen: [String: [Sightings.Seen]]) -> [Violation] {
    var wrong: [Violation] = []
    var unknown = Set(seen.keys)
    for check in orders {
      let id = "\(check.order.id)"
      unknown.remove(id)
      let events = seen[id] ?? []
      guard events.count == Int(check.order.version) else {
        wrong.append(
          Violation(
            "every event reaches every follower",
            "\(name) has \(events.count) of \(check.order.version) events of \(check.order.number)",
            about: [id, name]))
        continue
      }
      for (event, stored) in zip(events, check.events) {
        let text = EventText(envelope: String(decoding: stored.envelope, as: UTF8.self))
        if text?.seen.agrees(with: event) != true {
          wrong.append(
            Violation("an event is sent as it is stored", "\(name), \(id):\(stored.seq) \(event)", about: [id]))
        }
      }
    }
    for id in unknown {
      wrong.append(
        Violation("an event goes out after its commit", "\(name) saw an order \(id) that is not there", about: [id]))
    }
    return wrong
  }
}
