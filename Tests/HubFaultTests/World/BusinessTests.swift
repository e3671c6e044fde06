import Orders
import Testing

/// The tables that the shop goes by are those that the hub has.
@Suite struct BusinessTests {
  /// `event from → to` of every row but the first and edits, which the shop makes none of; and who may that is not of the
  /// staff.
  private func rows(_ definition: WorkflowDefinition) -> Set<String> {
    Set(
      definition.rows.lazy.filter { $0.event != .edit }.compactMap { row in
        row.from.map { from in
          let owner = row.relations.contains(.owner) ? " owner" : ""
          return "\(row.event.rawValue) \(from.rawValue) → \(row.targets.map(\.rawValue).joined())\(owner)"
        }
      })
  }

  private func rows(_ business: Business) -> Set<String> {
    let ways = business.ways.flatMap { way in
      way.from.map { "\(way.event) \($0) → \(way.to)\(way.customersFrom.contains($0) ? " owner" : "")" }
    }
    return Set(ways + ["\(business.alarm.event) \(business.alarm.state) → \(business.alarm.to)"])
  }

  @Test func pickupIsWhatTheHubSays() {
    #expect(rows(.pickup as Business) == rows(.pickup as WorkflowDefinition))
    #expect(rows(Business.hasty) == rows(.pickup as Business))
    let ends = WorkflowDefinition.pickup.states.filter(\.isTerminal).map(\.status.rawValue).sorted()
    #expect(Business.pickup.ends == ends)
    let cancelled = WorkflowDefinition.pickup.states.filter { $0.phase == .cancelled }.map(\.status.rawValue)
    #expect(Set(Business.pickup.cancelled) == Set(cancelled))
    let timer = WorkflowDefinition.pickup.timers.map { "\($0.event.rawValue) \($0.moment.text) \($0.afterSeconds)" }
    let alarm = Business.pickup.alarm
    #expect(timer == ["\(alarm.event) \(alarm.moment) \(alarm.seconds)"])
  }

  @Test func aCopyHasItsOwnNameAndTime() {
    let copy = Business.hasty.definition(copying: #"{"name":"pickup","timers":[{"afterSeconds":1800}]}"#)
    #expect(copy == #"{"name":"hasty","timers":[{"afterSeconds":5}]}"#)
  }

  @Test func whoAsksFindsTheWaysOutOfAState() {
    #expect(Business.pickup.ways(from: "pending", isCustomer: true).map(\.event) == ["cancel"])
    #expect(Business.pickup.ways(from: "ready", isCustomer: true) == [])
    #expect(Business.pickup.ways(from: "ready", isCustomer: false).map(\.event) == ["complete", "cancel"])
    #expect(Business.hold.ends == ["cancelled", "released", "sent"])
  }
}
