import Orders

extension Status {
  static let completed = DeliveryWorkflow.State.completed
  static let delivered = DeliveryWorkflow.State.delivered
  static let cancelled = DeliveryWorkflow.State.cancelled
}
