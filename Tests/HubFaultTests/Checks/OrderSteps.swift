import HubContracts
import HubTestSupport
import Orders

/// What happened to an order whose workflow is a table, as its events tell: one step after the other, and what of them the
/// table does not allow.
struct OrderSteps {
  /// One thing that happened.
  struct Step: Equatable {
    var event: String
    /// The state it led to.
    var state: String
    /// The order's version afterwards.
    var version: Int
    /// What of each item, by id, is kept of it afterwards.
    var kept: [String: Int64] = [:]
    /// Its particular `reason`.
    var reason = ""
    /// Whose doing it was.
    var by = ""
  }

  /// All of them; the first is `place`.
  private(set) var steps: [Step] = []
  /// What is wrong with them.
  private(set) var wrong: [String] = []

  /// Reads an order's events, in their order.
  init(_ events: [RecordedEvent], of business: Business) {
    var announced: [String] = []
    for event in events {
      switch event.type {
      case .orderCreated, .orderUpdated:
        take(event, announced, business)
        announced = []
      default: announced.append(event.type.rawValue)
      }
    }
    if steps.isEmpty { wrong.append("nothing tells that it was made") }
  }

  private mutating func take(_ event: RecordedEvent, _ announced: [String], _ business: Business) {
    let order = Document(parsing: String(decoding: event.envelope, as: UTF8.self))["data"]["order"]
    var step = Step(event: "place", state: order["status"].text, version: order["version"].whole)
    step.reason = order["particulars"]["reason"].text
    step.by = event.by.text
    for item in order["items"].items {
      let kept = item["quantity"].value - item["cancelled"].value
      step.kept[item["id"].text] = Int64((kept * 1e6).rounded())
    }
    if let last = steps.last {
      if event.type == .orderCreated { wrong.append("it is made a second time by event \(event.seq)") }
      step.event = self.event(from: last.state, to: step.state, announced, business)
      if step.event.isEmpty { wrong.append("event \(event.seq) leads from \(last.state) to \(step.state)") }
      if step.event == business.alarm.event, step.by != Self.hubItself {
        wrong.append("\(step.by) did what only its timer does: \(step.event)")
      }
    } else if event.type != .orderCreated || step.state != business.first {
      wrong.append("it begins with \(event.type.rawValue) in \(step.state)")
    }
    steps.append(step)
  }

  private func event(from: String, to: String, _ announced: [String], _ business: Business) -> String {
    if from == business.alarm.state, to == business.alarm.to { return business.alarm.event }
    let ways = business.ways.filter { $0.from.contains(from) && $0.to == to }
    return ways.first { way in way.announces.map { announced.contains($0) } ?? true }?.event ?? ""
  }

  /// Who does what nobody asked for.
  static let hubItself = "orderhub"

  /// How often something happened.
  func count(of event: String) -> Int { steps.count { $0.event == event } }
}
