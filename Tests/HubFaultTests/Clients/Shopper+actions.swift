import HubTestSupport

/// The operations on orders whose workflow is a table alone.
extension Shopper {
  /// What stands in the catalogue for these orders alone, and is scarce: deliveries may owe goods, these may not.
  static let scarce = ["pill", "salve"]
  /// Who orders for itself.
  static let customer = "asha"

  func place(_ operation: Operation, by business: Business) {
    let isCustomers = operation.draw(4, below: 2) == 0
    let count = 1 + operation.draw(0, below: 2)
    let rows = (0..<count).map { index in
      let product = Self.scarce[(operation.draw(1, below: Self.scarce.count) + index) % Self.scarce.count]
      let millionths = Int64(1_000_000 + operation.draw(2, below: 12_000_000)) / [1, 1_000][index] * [1, 1_000][index]
      return #"{"productId":"\#(product)","quantity":\#(Decimals.quantity(millionths))}"#
    }
    // Staff order for the same customer, or for somebody who has come by.
    let id = isCustomers || operation.draw(5, below: 2) == 0 ? #""id":"\#(Self.customer)","# : ""
    let answer = call(
      .order, "POST", "/api/orders", isPatient: operation.isPatient, isCustomers: isCustomers
    ) { tag in
      #"{"workflow":"\#(business.name)","customer":{\#(id)"name":"Asha Rao"},"#
        + #""items":[\#(rows.joined(separator: ","))],"notes":"\#(tag)"}"#
    }
    if let answer { world.put(World.Known(answer["order"]), in: operation.slot) }
  }

  /// One of an order's actions.
  func act(_ operation: Operation, on order: World.Known, by business: Business) {
    let isOwn = order.customer == Self.customer
    switch operation.kind {
    case .stray:
      let events = Array(Set(business.ways.map(\.event))).sorted()
      act(events[operation.draw(0, below: events.count)], operation, on: order, isCustomers: false)
    case .trespass:
      // What its customer may never do, and what nobody may who asks.
      let staffs = business.ways.filter { $0.customersFrom.isEmpty }.map(\.event) + [business.alarm.event]
      let event = staffs[operation.draw(0, below: staffs.count)]
      act(event, operation, on: order, isCustomers: isOwn && event != business.alarm.event)
    default:
      let isCustomers = isOwn && operation.draw(5, below: 4) == 0
      let ways = business.ways(from: order.status, isCustomer: isCustomers)
      guard !ways.isEmpty else { return place(operation, by: business) }
      // The first of them is what goes on as a rule.
      let way = operation.draw(0, below: 3) < 2 ? ways[0] : ways[operation.draw(1, below: ways.count)]
      act(way.event, operation, on: order, isCustomers: isCustomers)
    }
  }

  private func act(_ event: String, _ operation: Operation, on order: World.Known, isCustomers: Bool) {
    let (members, kept) = input(of: event, operation, order)
    let answer = call(
      .action(order: order.id, event: event, kept: kept), "POST", "/api/orders/\(order.id)/actions/\(event)",
      isPatient: operation.isPatient, isCustomers: isCustomers
    ) { tag in
      let reason = ["cancel", "reject"].contains(event) ? [#""reason":"\#(tag)""#] : []
      return "{" + (members + reason).joined(separator: ",") + "}"
    }
    guard let answer else { return }
    world.learn(answer["order"], slot: operation.slot)
  }

  /// What an action is told, and what of the items is to be kept.
  private func input(of event: String, _ operation: Operation, _ order: World.Known) -> ([String], [String: Int64]) {
    switch event {
    case "accept":
      let time = operation.draw(2, below: 2) == 0 ? [#""estimatedTime":\#(1 + operation.draw(3, below: 40))"#] : []
      let (items, kept) = fewer(operation, order)
      return (time + items, kept)
    case "change", "send": return fewer(operation, order)
    case "complete":
      // A third says how much it is; now and then a cent too much.
      guard operation.draw(2, below: 3) == 0 else { return ([#""paymentMethod":"cash""#], [:]) }
      let amount = order.dueUnits + (operation.draw(3, below: 4) == 0 ? Decimals.cent : 0)
      return ([#""paymentMethod":"card""#, #""amount":\#(Decimals.money(amount))"#], [:])
    default: return ([], [:])
    }
  }

  /// Half of the time all of it; else less of one item, and now and then more, which is refused.
  private func fewer(_ operation: Operation, _ order: World.Known) -> ([String], [String: Int64]) {
    guard operation.draw(4, below: 2) == 0, !order.items.isEmpty else { return ([], [:]) }
    let item = order.items[operation.draw(2, below: order.items.count)]
    let isMore = operation.draw(3, below: 8) == 0
    let kept = isMore ? item.keptMillionths + 1 : 1 + Int64(operation.draw(3, below: Int(max(1, item.keptMillionths))))
    let rows = #""items":[{"itemId":"\#(item.id)","quantity":\#(Decimals.quantity(kept))}]"#
    return ([rows], [item.id: kept])
  }
}
