import Orders

extension OrderCheck {
  /// What the order is; nil for one that is delivered.
  var business: Business? { Business.named(order.workflow.rawValue.string) }

  /// What must hold of an order whose workflow is a table: it stands where its steps lead, each of which the table allows,
  /// and its sums follow.
  func table(_ business: Business) -> [String] {
    let told = OrderSteps(events, of: business)
    var wrong = told.wrong
    let state = order.status.rawValue
    if let last = told.steps.last {
      if last.state != state { wrong.append("it is \(state), its events lead to \(last.state)") }
      let kept = Dictionary(uniqueKeysWithValues: order.items.map { ("\($0.id)", Self.kept($0)) })
      if last.kept != kept { wrong.append("it keeps \(kept), its events say \(last.kept)") }
    }
    if business.alarm.to == state, told.count(of: business.alarm.event) != 1 {
      wrong.append("its timer was done \(told.count(of: business.alarm.event)) times")
    }
    for item in order.items {
      let isGone = business.cancelled.contains(state)
      if isGone ? Self.kept(item) != 0 : Self.kept(item) <= 0 {
        wrong.append("it is \(state) and keeps \(Self.kept(item)) of \(item.productID)")
      }
    }
    if !deliveries.isEmpty || !invoices.isEmpty { wrong.append("it has deliveries or invoices") }
    // What was cancelled with the whole order stays in its sums.
    if !business.cancelled.contains(state) {
      let sum = order.items.reduce(0) { $0 + $1.total.units }
      if sum != order.total.units { wrong.append("its total is \(order.total.units), its items sum to \(sum)") }
    }
    let paid = state == business.paid ? order.total.units : 0
    if order.paid.units != paid { wrong.append("it is \(state), and \(order.paid.units) of \(paid) are paid") }
    return wrong
  }

  static func kept(_ item: OrderItem) -> Int64 { item.quantity.millionths - item.cancelled.millionths }
}
