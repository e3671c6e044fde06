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
        ("reserved", product.reserved, rows.reduce(0) { $0 + $1.reserved.millionths }),
      ] where stands.millionths != sum {
        wrong.append(
          Violation(
            "stock is the sum of its ledger",
            "\(product.productID): \(name) is \(stands.millionths), rows sum to \(sum)"))
      }
      let ofOrders = Dictionary(grouping: rows.filter { $0.orderID != nil }, by: \.orderID)
      for check in orders {
        // What an order took and did not give back is what it keeps; what is set aside for it has left the shelf too.
        let own = ofOrders[check.order.id] ?? []
        let moved = own.reduce(0) { $0 + $1.onHand.millionths }
        let reserved = own.reduce(0) { $0 + $1.reserved.millionths }
        let wanted = check.holding(of: product)
        if moved != -wanted.taken - wanted.reserved || reserved != wanted.reserved {
          wrong.append(
            Violation(
              "an order's stock moves once",
              "\(check.order.number) is \(check.order.status.rawValue) and has \(wanted.taken) of \(product.productID), "
                + "\(wanted.reserved) reserved; its rows say \(-moved - reserved), \(reserved) reserved",
              about: ["\(check.order.id)"]))
        }
      }
      if product.onHand < .zero, Shopper.scarce.contains(product.productID.string) {
        wrong.append(
          Violation("what is not there is not sold", "\(product.productID): \(product.onHand.millionths) on hand"))
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
      if check.business == nil { counters[names[check.order.status.rawValue] ?? "unknown", default: 0] += 1 }
      if check.isUnpaid { counters["unpaidOrders", default: 0] += 1 }
    }
    return counters
  }

  /// How many orders of each workflow are in each state, and how many of them ask for money.
  var byWorkflow: [String: (unpaid: Int, states: [String: Int])] {
    var counts: [String: (unpaid: Int, states: [String: Int])] = [:]
    for check in orders {
      let workflow = check.order.workflow.rawValue.string
      counts[workflow, default: (0, [:])].states[check.order.status.rawValue, default: 0] += 1
      if check.isUnpaid { counts[workflow, default: (0, [:])].unpaid += 1 }
    }
    return counts
  }

  /// `today` of the same: all deliveries of a day but the cancelled ones.
  func deliveries(of day: String) -> [String: Int] {
    let live = orders.flatMap(\.deliveries).filter { $0.status != .cancelled && $0.day == day }
    let delivered = live.count { $0.status == .delivered }
    return ["count": live.count, "pending": live.count - delivered, "delivered": delivered]
  }
}

extension OrderCheck {
  /// What an order has of a product's stock, as its state says.
  fileprivate func holding(of product: Product) -> (taken: Int64, reserved: Int64) {
    let kept = order.items.filter { $0.productID == product.productID && $0.tracked }.reduce(0) { $0 + Self.kept($1) }
    guard let business else { return (kept, 0) }
    if business.taking.contains(order.status.rawValue) { return (kept, 0) }
    return business.reserving.contains(order.status.rawValue) ? (0, kept) : (0, 0)
  }

  /// Whether it asks for money and nothing was paid.
  fileprivate var isUnpaid: Bool {
    let cancelled = business?.cancelled ?? ["cancelled"]
    return order.paymentStatus == .unpaid && !cancelled.contains(order.status.rawValue)
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
