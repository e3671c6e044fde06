public import Orders

/// A workflow beside `delivery` that has two of its words: goods go over a counter.
public enum CounterWorkflow {
  /// Its name.
  public static let name = WorkflowName(rawValue: "counter")
  /// It begins here.
  public static let waiting = Status(rawValue: "waiting")
  /// A word of `delivery` too, which amounts to something else there.
  public static let completed = Status(rawValue: "completed")
  /// A word of `delivery` too.
  public static let cancelled = Status(rawValue: "cancelled")
  /// What completes an order.
  public static let handOver = WorkflowEvent(rawValue: "hand_over")

  /// Its table.
  public static var definition: WorkflowDefinition {
    WorkflowDefinition(
      name: name,
      states: [
        WorkflowState(waiting, .active), WorkflowState(completed, .fulfilled, isTerminal: true),
        WorkflowState(cancelled, .cancelled, isTerminal: true),
      ],
      rows: [
        WorkflowRow(DeliveryWorkflow.Event.place, from: nil, to: [waiting], roles: [.admin]),
        WorkflowRow(handOver, from: waiting, to: [completed], roles: [.admin]),
        WorkflowRow(DeliveryWorkflow.Event.cancel, from: waiting, to: [cancelled], roles: [.admin]),
      ], rules: WorkflowDefinition.deliveries)
  }

  /// Both, as a tenant may have them.
  public static func withDelivery() throws -> Workflows { try Workflows([.delivery, definition]) }
}
