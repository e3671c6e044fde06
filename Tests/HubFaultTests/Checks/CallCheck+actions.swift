import Orders

extension CallCheck {
  /// Actions of orders: each that was answered is there once, as it was said, and none that was refused.
  var acted: [Violation] {
    var ranges: [String: Range] = [:]
    var told: [String: [CallRecord]] = [:]
    for call in calls {
      guard case .action(let order, let event, _) = call.effect else { continue }
      ranges["\(order) \(event)", default: Range()].count(call)
      told[order, default: []].append(call)
    }
    return orders.flatMap { check -> [Violation] in
      guard let business = check.business else { return [] }
      let id = "\(check.order.id)"
      let steps = OrderSteps(check.events, of: business)
      var wrong = Set(business.ways.map(\.event)).sorted().compactMap { event in
        judge(
          "\(event) of \(check.order.number)", ranges["\(id) \(event)"], there: steps.count(of: event), about: id)
      }
      for call in told[id] ?? [] { wrong += violations(of: call, steps, business) }
      // Whoever cancels says why in the words of the call.
      for step in steps.steps where ["cancel", "reject"].contains(step.event) {
        let asked = (told[id] ?? []).contains { $0.tag == step.reason && $0.outcome != .refused }
        if !asked {
          wrong.append(
            Violation(
              "nothing is there that nobody asked for", "\(step.event) of \(check.order.number), \(step.reason)",
              about: [id, step.reason]))
        }
      }
      return wrong
    }
  }

  /// What is wrong with an action that was answered.
  private func violations(of call: CallRecord, _ told: OrderSteps, _ business: Business) -> [Violation] {
    guard call.outcome == .ok, case .action(let order, let event, let kept) = call.effect else { return [] }
    let mayNever =
      event == business.alarm.event
      || !business.ways.contains { way in
        way.event == event && (!call.isCustomers || !way.customersFrom.isEmpty)
      }
    if mayNever {
      return [Violation("who may not is refused", "\(call.tag) \(event) was done", about: [order, call.tag])]
    }
    let step = told.steps.first { $0.event == event && "\($0.version)" == call.made }
    guard let step, kept.allSatisfy({ step.kept[$0.key] == $0.value }) else {
      return [
        Violation(
          "ok is there as it was said",
          "\(event) of \(call.tag) is not what led to version \(call.made ?? "-") and keeps \(kept)",
          about: [order, call.tag])
      ]
    }
    return []
  }
}
