/// A workflow that was checked: who may do what in which state, and what it may lead to.
public struct Workflow: Sendable {
  /// What it was made of.
  public let definition: WorkflowDefinition
  /// Which version of a tenant's own it is; nil for one that every tenant has.
  public let version: Int64?
  /// Whether its orders may have parts: only then are they read before an event.
  public let hasParts: Bool
  /// What decides beside the table; nil if the table says all of it.
  let rules: (any WorkflowRules)?
  /// Whether the catalogue's stock moves by it at some time, so that an order's items follow their products.
  let movesStock: Bool
  private let rows: [Place: WorkflowRow]
  private let phases: [Status: Phase]
  private let roles: [WorkflowEvent: [Role]]
  /// The events that somebody may do for what they are to the order, and what that is.
  private let related: [WorkflowEvent: Set<Relation>]

  private struct Place: Hashable {
    var event: WorkflowEvent
    var from: Status?
  }

  /// Compiles a definition, or throws the first thing that is wrong with it.
  public init(_ definition: WorkflowDefinition, version: Int64? = nil) throws(WorkflowDefect) {
    self.version = version
    if let first = definition.defects.first { throw first.defect }
    self.definition = definition
    hasParts = definition.hasParts
    rules = definition.knownRules
    movesStock = definition.rows.contains { $0.effects.contains(where: \.movesStock) }
    rows = Dictionary(definition.rows.map { (Place(event: $0.event, from: $0.from), $0) }) { first, _ in first }
    phases = Dictionary(definition.states.map { ($0.status, $0.phase) }) { first, _ in first }
    roles = Dictionary(definition.rows.map { ($0.event, $0.roles) }) { $0 + $1 }
    related = Dictionary(definition.rows.lazy.filter { !$0.relations.isEmpty }.map { ($0.event, Set($0.relations)) }) {
      $0.union($1)
    }
  }

  /// The name on the wire.
  public var name: WorkflowName { definition.name }

  /// What a state amounts to; nil if it is not one of this workflow.
  public func phase(of status: Status) -> Phase? { phases[status] }

  /// The row by which `role` may do `event` to an order in `status` (nil: to make one), where it need not be anything to
  /// the order.
  ///
  /// Throws `forbidden` if the role may not, here or anywhere; `conflict` with `.status` and `.allowed` if the state
  /// does not allow it to anyone.
  public func permit(_ event: WorkflowEvent, from status: Status?, role: Role) throws(Refusal) -> WorkflowRow {
    try permit(event, from: status, role: role) { _ in false }
  }

  /// The same for whoever is to the order what `holds` says.
  func permit(
    _ event: WorkflowEvent, from status: Status?, role: Role, holds: (Relation) -> Bool
  ) throws(Refusal) -> WorkflowRow {
    func may(_ row: WorkflowRow) -> Bool { row.roles.contains(role) || row.relations.contains(where: holds) }
    if let roles = roles[event], !roles.contains(role),
      related[event] == nil || !definition.rows.contains(where: { $0.event == event && may($0) })
    {
      throw forbids(event, to: role)
    }
    guard let row = rows[Place(event: event, from: status)] else {
      throw refusal(of: event, in: status, role: role, may)
    }
    guard may(row) else { throw forbids(event, to: role) }
    return row
  }

  /// What an event asks for in this state; in any of its states, where it cannot happen in this one, for then it is
  /// refused for that and not for its input.
  public func fields(of event: WorkflowEvent, from status: Status) -> [InputField] {
    if let row = rows[Place(event: event, from: status)] { return row.input }
    var fields: [InputField] = []
    for row in definition.rows where row.event == event && row.from != nil {
      fields += row.input.filter { field in !fields.contains { $0.name == field.name } }
    }
    return fields
  }

  /// What is asked for beside what every order has, when one is made.
  public var fieldsToPlace: [InputField] { rows[Place(event: .place, from: nil)]?.input ?? [] }

  /// What the actor may do now to an order, in the order of the table.
  public func actions(on order: Order, in context: RuleContext) -> [WorkflowRow] {
    definition.rows.filter { row in
      guard row.from == order.status else { return false }
      return row.roles.contains(context.actor.role)
        || row.relations.contains { $0 != .timer && $0.holds(of: order, in: context) }
    }
  }

  /// The events that `role` may do to an order in `status`, in the order of the table.
  public func allowed(from status: Status?, role: Role) -> [WorkflowEvent] {
    definition.rows.filter { $0.from == status && $0.roles.contains(role) }.map(\.event)
  }

  /// Throws `forbidden` if there is no state in which `role` may do `event`, whatever it is to the order, before anything
  /// about the order is told.
  public func admit(_ event: WorkflowEvent, role: Role) throws(Refusal) {
    if let roles = roles[event], !roles.contains(role), !(related[event]?.contains { $0.fits(role) } ?? false) {
      throw forbids(event, to: role)
    }
  }

  private func forbids(_ event: WorkflowEvent, to role: Role) -> Refusal {
    Refusal(kind: .forbidden, code: "forbidden", detail: "The role \(role.rawValue) may not \(event.rawValue) here.")
  }

  private func refusal(
    of event: WorkflowEvent, in status: Status?, role: Role, _ may: (WorkflowRow) -> Bool
  ) -> Refusal {
    let state = status?.rawValue ?? "none"
    let allowed = definition.rows.filter { $0.from == status && may($0) }.map(\.event.rawValue)
    return .conflict(
      "transition_not_allowed",
      "An order in the status \(state) does not allow \(event.rawValue); it allows: "
        + (allowed.isEmpty ? "nothing." : allowed.joined(separator: ", ") + "."),
      facts: [.status(state), .allowed(allowed)])
  }
}

extension WorkflowRow {
  /// The derived state, if this row may lead to it; a conflict otherwise, so that no rule steps past its table.
  func leads(to derived: Status) throws(Refusal) -> Status {
    guard targets.contains(derived) else {
      throw .conflict(
        "transition_not_allowed",
        "\(event.rawValue) would lead from \(from?.rawValue ?? "none") to \(derived.rawValue), "
          + "which the workflow does not have.",
        facts: [.status(from?.rawValue ?? "none"), .allowed(targets.map(\.rawValue))])
    }
    return derived
  }
}
