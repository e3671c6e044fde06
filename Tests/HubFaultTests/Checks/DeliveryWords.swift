import Orders

// The states of the delivery workflow, which the hub that is broken here speaks in.

extension Status {
  static let open = DeliveryWorkflow.State.open
  static let inProgress = DeliveryWorkflow.State.inProgress
  static let delivered = DeliveryWorkflow.State.delivered
  static let completed = DeliveryWorkflow.State.completed
  static let cancelled = DeliveryWorkflow.State.cancelled
}
