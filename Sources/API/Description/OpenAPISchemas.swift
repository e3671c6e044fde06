import HubContracts
import Orders

/// The bodies that routes take and give, as JSON Schema.
enum OpenAPISchemas {
  /// A schema and its name.
  typealias Row = (name: String, schema: Schema)

  /// By name; every name that a route uses is here, and a test holds them together.
  static let all: [Row] =
    requests + orders + deliveries + invoices + stock + users + tenant + events + answers + operations + problems
    + words

  /// Our own lists of words.
  private static let words: [Row] = [
    ("WorkflowName", .words(Workflows.builtIn.names.map(\.rawValue.string))),
    ("OrderStatus", .words(statuses)), ("Phase", .words(of: Phase.self)), ("Fulfilment", .words(of: Fulfilment.self)),
    ("PaymentStatus", .words(of: PaymentStatus.self)), ("DeliveryStatus", .words(of: DeliveryStatus.self)),
    ("LedgerKind", .words(of: LedgerKind.self)), ("Role", .words(of: Role.self)),
    ("EventType", .words(EventType.allCases.map(\.rawValue))),
    ("ServerState", .words(of: OrderAPI.ServerState.self)), ("ConditionState", .words(of: Condition.State.self)),
  ]

  /// The states of all workflows.
  static let statuses = Workflows.builtIn.names.flatMap { Workflows.builtIn[$0]?.definition.states ?? [] }
    .map(\.status.rawValue)
}
