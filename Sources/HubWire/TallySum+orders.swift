public import HubContracts
public import Orders

extension TallySum {
  /// How many orders have this status, of whatever workflow, if one is named, and this payment status, if one is named.
  public func orders(status: Status?, payment: PaymentStatus?) -> Int64 {
    orders(payment) { state in status.map { $0 == state.status } ?? true }
  }

  /// How many orders a query means, as far as it asks for states and payment.
  public func orders(_ query: OrderQuery) -> Int64 { orders(query.paymentStatus, query.admits) }

  private func orders(_ payment: PaymentStatus?, _ admits: (Standing) -> Bool) -> Int64 {
    counts.reduce(0) { sum, entry in
      guard let key = TallyKey.order(entry.key), payment.map({ $0 == key.payment }) ?? true, admits(key.state) else {
        return sum
      }
      return sum.addingOrMost(entry.value)
    }
  }

  /// `dashboard:counters`: the names that dashboards know, then by status and by phase.
  ///
  /// `totalOrders`, `unpaidOrders` and `byPhase` are over all workflows; what is named after a status of the plain workflow,
  /// and `byStatus`, is of that one alone. Where there are orders of others, `byWorkflow` tells of each workflow that
  /// there are orders of: `{"total","unpaid","byStatus","byPhase"}`. `workflows` say which of its states have no order.
  public func ordersJSON(_ workflows: Workflows) -> [UInt8] {
    let rows = counts.compactMap { entry in
      TallyKey.order(entry.key).map { OrderCount(state: $0.state, payment: $0.payment, count: entry.value) }
    }
    let all = OrderCounts(rows)
    let plain = OrderCounts(rows.filter { $0.state.workflow == .plain })
    var json = JSONWriter(capacity: 512)
    json.beginObject()
    json.member("totalOrders", all.total)
    for (name, status) in PlainStates.counters {
      json.name(name)
      json.number(plain.byStatus[status, default: 0])
    }
    json.member("unpaidOrders", all.unpaid)
    json.name("byStatus")
    json.write(plain, PlainStates.counters.map(\.status))
    json.name("byPhase")
    json.writePhases(all)
    json.writeWorkflows(rows, workflows)
    json.endObject()
    return json.bytes
  }
}

/// How many orders are in one state with one payment status.
private struct OrderCount {
  let state: Standing
  let payment: PaymentStatus
  let count: Int64
}

/// Orders, summed in each way that they are shown.
private struct OrderCounts {
  var total: Int64 = 0
  /// Those that nothing was paid for, cancelled ones aside.
  var unpaid: Int64 = 0
  var byStatus: [Status: Int64] = [:]
  var byPhase: [Phase: Int64] = [:]

  init(_ rows: [OrderCount]) {
    for row in rows {
      total = total.addingOrMost(row.count)
      if row.payment == .unpaid, row.state.phase != .cancelled { unpaid = unpaid.addingOrMost(row.count) }
      byStatus[row.state.status] = byStatus[row.state.status, default: 0].addingOrMost(row.count)
      byPhase[row.state.phase] = byPhase[row.state.phase, default: 0].addingOrMost(row.count)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ counts: OrderCounts, _ statuses: [Status]) {
    beginObject()
    for status in statuses {
      name(text: status.rawValue)
      number(counts.byStatus[status, default: 0])
    }
    endObject()
  }

  fileprivate mutating func writePhases(_ counts: OrderCounts) {
    beginObject()
    for phase in Phase.allCases {
      name(text: phase.rawValue)
      number(counts.byPhase[phase, default: 0])
    }
    endObject()
  }

  /// Nothing, if all orders are of the plain workflow: then it would say the same again.
  fileprivate mutating func writeWorkflows(_ rows: [OrderCount], _ workflows: Workflows) {
    let counted = Dictionary(grouping: rows.filter { $0.count != 0 }, by: \.state.workflow)
    guard counted.keys.contains(where: { $0 != .plain }) else { return }
    name("byWorkflow")
    beginObject()
    for (workflow, rows) in counted.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let counts = OrderCounts(rows)
      name(text: workflow.rawValue)
      beginObject()
      member("total", counts.total)
      member("unpaid", counts.unpaid)
      name("byStatus")
      let known = workflows[workflow]?.definition.states.map(\.status) ?? []
      let others = Set(counts.byStatus.keys).subtracting(known).map { Text($0.rawValue) }.sorted()
      write(counts, known + others.map { Status($0) })
      name("byPhase")
      writePhases(counts)
      endObject()
    }
    endObject()
  }
}

extension Int64 {
  /// The sum, or the nearest number that there is: counters may be damaged, and are shown all the same.
  fileprivate func addingOrMost(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}
