extension WorkflowName {
  /// The workflow that there was before there were others: the store and the counters know its states by their words
  /// alone, and so do processes of those days, which may be at work still.
  public static let plain = delivery
}

/// The states of the plain workflow. What they amount to never changes, for it is stored nowhere.
public enum PlainStates {
  static let phases = Dictionary(
    DeliveryWorkflow.definition.states.map { ($0.status, $0.phase) }, uniquingKeysWith: { first, _ in first })

  /// The names under which dashboards show how many orders are in each, in their order.
  public static let counters: [(name: StaticString, status: Status)] = [
    ("openOrders", DeliveryWorkflow.State.open), ("inProgressOrders", DeliveryWorkflow.State.inProgress),
    ("partialDeliveredOrders", DeliveryWorkflow.State.partialDelivered),
    ("deliveredOrders", DeliveryWorkflow.State.delivered), ("completedOrders", DeliveryWorkflow.State.completed),
    ("cancelledOrders", DeliveryWorkflow.State.cancelled),
  ]

  /// Those in which an invoice may be paid.
  public static let payable: [Status] = [
    DeliveryWorkflow.State.inProgress, DeliveryWorkflow.State.partialDelivered, DeliveryWorkflow.State.delivered,
  ]
}
