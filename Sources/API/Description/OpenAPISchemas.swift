import HubContracts
import Orders

/// The bodies that routes take and give, as JSON Schema.
enum OpenAPISchemas {
  /// A schema and its name.
  typealias Row = (name: String, schema: Schema)

  /// By name; every name that a route uses is here, and a test holds them together.
  static func all(_ workflows: Workflows) -> [Row] {
    requests + edits + self.workflows + orders + deliveries + invoices + parts + stock + users + tenant + jobs + events
      + answers
      + operations + problems
      + words + words(of: workflows)
  }

  /// The names of the bodies that may have no member at all.
  static let emptyBodies: Set<Text> = Set(
    (requests + edits + workflows + tenant).filter(\.schema.mayBeEmpty).map { Text($0.name) })

  /// Our own lists of words.
  private static let words: [Row] = [
    ("Phase", .words(of: Phase.self)), ("Fulfilment", .words(of: Fulfilment.self)),
    ("PaymentStatus", .words(of: PaymentStatus.self)), ("DeliveryStatus", .words(of: DeliveryStatus.self)),
    ("LedgerKind", .words(of: LedgerKind.self)), ("Role", .words(of: Role.self)),
    ("UserRole", .openWord(Role.allCases.map { Text($0.rawValue) }, "or one that a newer process of the hub gave")),
    ("EventType", .words(EventType.allCases.map(\.rawValue))), ("OtherEventType", .otherEventType),
    ("ServerState", .words(of: OrderAPI.ServerState.self)), ("ConditionState", .words(of: Condition.State.self)),
  ]

  /// Those of workflows, of all of them.
  private static func words(of workflows: Workflows) -> [Row] {
    let statuses = workflows.statuses.map { Text($0.rawValue) }
    let others = DeliveryStatus.allCases.map { Text($0.rawValue) }.filter { !statuses.contains($0) }
    return [
      ("WorkflowName", .openWord(workflows.names.map(\.rawValue), "or a tenant's own")),
      ("OrderStatus", .openWord(statuses, "or one of a tenant's own workflow")),
      ("AnyStatus", .openWord(statuses + others, "of an order or a delivery, or of a tenant's own workflow")),
    ]
  }
}
