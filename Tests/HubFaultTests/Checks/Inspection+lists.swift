import HubContracts
import HubTestSupport
import Orders

extension Inspection {
  /// Every process lists each order once, and counts those of each workflow and state.
  func lists(_ orders: [OrderCheck], _ shop: ShopCheck) -> [Violation] {
    apis.flatMap { api -> [Violation] in
      let client = client(of: api)
      var wrong = list(client, orders, api.name)
      for (workflow, counts) in shop.byWorkflow.sorted(by: { $0.key < $1.key }) {
        for (state, wanted) in counts.states.sorted(by: { $0.key < $1.key }) {
          let filter = "workflow=\(workflow)&status=\(state)"
          let page = client.read("/api/orders?limit=1&\(filter)", withinMs: 10_000)?["pagination"]
          guard page?["total"].whole != wanted else { continue }
          wrong.append(
            Violation(
              "lists say what is there",
              "\(api.name) counts \(page?["total"].whole ?? -1) by \(filter), there are \(wanted)"))
        }
      }
      return wrong
    }
  }

  private func list(_ client: RestClient, _ orders: [OrderCheck], _ name: String) -> [Violation] {
    var left = Set(orders.map { "\($0.order.id)" })
    var wrong: [Violation] = []
    var cursor = ""
    while true {
      guard let page = client.read("/api/orders?limit=100\(cursor)", withinMs: 10_000) else {
        return wrong + [Violation("lists say what is there", "\(name) lists nothing at \(cursor)")]
      }
      for order in page["orders"].items where left.remove(order["id"].text) == nil {
        wrong.append(
          Violation("lists say what is there", "\(name) lists \(order["id"].text) twice, or for no reason"))
      }
      guard case .string(let next) = page["pagination"]["nextCursor"] else { break }
      cursor = "&cursor=" + next
    }
    return wrong
      + left.sorted().prefix(5).map {
        Violation("lists say what is there", "\(name) does not list \($0)", about: [$0])
      }
  }

  /// What differs in `byWorkflow` from a recount; it is not there where all orders are delivered.
  func workflows(_ shown: Document, _ shop: ShopCheck, _ name: String) -> [Violation] {
    let counted = shop.byWorkflow
    guard counted.keys.contains(where: { Business.named($0) != nil }) else { return [] }
    var wrong: [String] = []
    for (workflow, counts) in counted {
      let told = shown[workflow]
      let total = counts.states.values.reduce(0, +)
      if told["total"].whole != total { wrong.append("\(workflow) has \(told["total"].whole), not \(total)") }
      if told["unpaid"].whole != counts.unpaid {
        wrong.append("\(workflow) has \(told["unpaid"].whole) unpaid, not \(counts.unpaid)")
      }
      for (state, count) in told["byStatus"].members where count.whole != counts.states[state, default: 0] {
        wrong.append("\(workflow) has \(count.whole) \(state), not \(counts.states[state, default: 0])")
      }
    }
    for workflow in shown.members.keys where counted[workflow] == nil { wrong.append("there is no \(workflow)") }
    return wrong.sorted().map { Violation("counters equal a recount", "\(name): \($0)") }
  }
}
