import HubContracts
import HubWire
import Orders

/// One order against all that belongs to it. What is stored may be anything: sums wrap, and never trap.
struct OrderAudit {
  private let order: Order
  private let deliveries: [Delivery]
  private let invoices: [Invoice]
  /// Those that were not credited.
  private let live: [Invoice]
  private let parts: [Part]
  private let holdings: StockHoldings
  private let events: [RecordedEvent]

  init(_ audited: AuditedOrder) {
    order = audited.order
    deliveries = audited.deliveries
    invoices = audited.invoices
    live = audited.invoices.filter(\.isLive)
    parts = audited.parts
    holdings = audited.holdings
    events = audited.events
  }

  /// What is wrong with it, in words.
  var problems: [String] { quantities + stock + money + numbering + sequence }

  private var quantities: [String] {
    var problems: [String] = []
    for item in order.items {
      let kept = deliveries.filter { $0.status != .cancelled }
      let delivered = sum(kept.flatMap(\.items), of: item)
      let received = sum(kept.filter { $0.status == .delivered }.flatMap(\.items), of: item)
      if delivered != item.delivered.millionths {
        problems.append(
          "\(item.productID): delivered is \(item.delivered.decimal), its deliveries sum to \(text(delivered))")
      }
      if received != item.received.millionths {
        problems.append("\(item.productID): received is \(item.received.decimal), handed over is \(text(received))")
      }
      if item.delivered.millionths > item.quantity.millionths &- item.cancelled.millionths {
        problems.append("\(item.productID): more is delivered than was ordered")
      }
      let invoiced = live.flatMap(\.lines).filter { $0.itemID == item.id }.reduce(0) {
        $0 &+ $1.quantity.millionths
      }
      if invoiced != item.invoiced.millionths {
        problems.append(
          "\(item.productID): invoiced is \(item.invoiced.decimal), its invoices sum to \(text(invoiced))")
      }
    }
    return problems
  }

  /// What steps of its workflow set aside for it, and took.
  private var stock: [String] {
    let isOver = order.phase == .closed || order.phase == .cancelled
    return holdings.byProduct.flatMap { product, holding in
      var problems: [String] = []
      if holding.reserved < .zero {
        problems.append("\(product): \(holding.reserved.decimal) are reserved by its ledger, less than nothing")
      }
      if holding.taken < .zero {
        problems.append("\(product): it gave back \(text(0 &- holding.taken.millionths)) more than it took")
      }
      if isOver, holding.reserved > .zero {
        problems.append("\(product): \(holding.reserved.decimal) are still reserved, and it is over")
      }
      return problems
    }
  }

  private var money: [String] {
    var problems: [String] = []
    let refunded = invoices.reduce(0) { $0 &+ ($1.creditNote?.refund?.amount.units ?? 0) }
    let paid = invoices.reduce(order.advance?.amount.units ?? 0) { $0 &+ $1.paid.units } &- refunded
    // By a table alone an order is paid as a whole, and no invoice says so.
    let isTaken =
      order.workflow != .plain && invoices.isEmpty && paid < order.paid.units && order.paid <= order.total
    if paid != order.paid.units, !isTaken {
      problems.append(
        "paid is \(order.paid.decimal), advance and payments less refunds sum to \(Money(units: paid).decimal)")
    }
    let credited = invoices.filter { !$0.isLive }.reduce(0) { $0 &+ $1.paid.units } &- refunded
    if credited != order.credited.units {
      problems.append(
        "credit is \(order.credited.decimal), credited invoices leave \(Money(units: credited).decimal)")
    }
    let applied = live.reduce(0) { $0 &+ $1.advanceApplied.units }
    if applied != order.advanceApplied.units {
      problems.append(
        "advance applied is \(order.advanceApplied.decimal), invoices have \(Money(units: applied).decimal)")
    }
    if live.count != order.invoices.issued || live.count(where: { $0.due == .zero }) != order.invoices.settled {
      problems.append(
        "counts \(order.invoices.issued) invoices, \(order.invoices.settled) settled: there are \(live.count)")
    }
    problems += dues
    let owners = live.map(\.deliveryID)
    if Set(owners).count != owners.count { problems.append("a delivery has two invoices") }
    let whole = order.items.allSatisfy { $0.invoiced.millionths == $0.quantity.millionths &- $0.cancelled.millionths }
    let billed = live.reduce(0) { $0 &+ $1.total.units }
    if whole, !live.isEmpty, billed != order.total.units {
      problems.append("all is invoiced for \(Money(units: billed).decimal), the total is \(order.total.decimal)")
    }
    return problems
  }

  /// What is asked for can be paid, and the roundings of an older order sum to its own.
  private var dues: [String] {
    if order.awaitsRounding { return [] }
    var problems = live.filter { $0.due.units % order.currency.unit != 0 }.map {
      "\($0.due.decimal) \(order.currency.code) are due on \($0.number), which nobody can pay"
    }
    let rounded = live.reduce(0) { $0 &+ $1.rounding.units }
    if rounded != (order.rounding ?? .zero).units {
      problems.append(
        "rounding is \((order.rounding ?? .zero).decimal), invoices have \(Money(units: rounded).decimal)")
    }
    return problems
  }

  /// The parts of a kind are 1, 2, 3…, and those of all kinds no more than there may be.
  private var numbering: [String] {
    var problems: [String] = []
    if parts.count > Part.limit { problems.append("it has \(parts.count) parts; \(Part.limit) are allowed") }
    if parts.contains(where: { $0.tenantID != order.tenantID }) { problems.append("a part is another tenant's") }
    for (kind, some) in Dictionary(grouping: parts, by: \.kind).sorted(by: { $0.key.text < $1.key.text }) {
      let numbers = some.map(\.number).sorted()
      if numbers.enumerated().contains(where: { $1 != Int64($0) + 1 }) {
        problems.append("its \(numbers.count) parts of the kind \(kind.text) are not numbered 1…\(numbers.count)")
      }
    }
    return problems
  }

  private var sequence: [String] {
    let faulty = events.compactMap { event in
      event.fault.map { "event \(event.seq) cannot be passed on: its \($0.word) is not as it must be" }
    }
    return faulty + gaps
  }

  private var gaps: [String] {
    let seqs = events.map(\.seq)
    guard seqs.count == Int(order.version), seqs.first == 1 || seqs.isEmpty, seqs.last == order.version || seqs.isEmpty,
      zip(seqs, seqs.dropFirst()).allSatisfy({ $0 &+ 1 == $1 })
    else { return ["version is \(order.version), its \(seqs.count) events are not 1…\(order.version)"] }
    return []
  }

  private func sum(_ items: [DeliveryItem], of item: OrderItem) -> Int64 {
    items.filter { $0.itemID == item.id }.reduce(0) { $0 &+ $1.quantity.millionths }
  }

  private func text(_ millionths: Int64) -> String { Quantity(millionths: millionths).decimal }
}
