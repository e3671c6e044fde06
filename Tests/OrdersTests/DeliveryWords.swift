import Orders

// The words of the delivery workflow, which most tests here speak in.

extension Status {
  static let open = DeliveryWorkflow.State.open
  static let inProgress = DeliveryWorkflow.State.inProgress
  static let partialDelivered = DeliveryWorkflow.State.partialDelivered
  static let delivered = DeliveryWorkflow.State.delivered
  static let completed = DeliveryWorkflow.State.completed
  static let cancelled = DeliveryWorkflow.State.cancelled
}

extension WorkflowEvent {
  static let place = DeliveryWorkflow.Event.place
  static let deliver = DeliveryWorkflow.Event.deliver
  static let moveDelivery = DeliveryWorkflow.Event.moveDelivery
  static let invoice = DeliveryWorkflow.Event.invoice
  static let pay = DeliveryWorkflow.Event.pay
  static let credit = DeliveryWorkflow.Event.credit
  static let cancel = DeliveryWorkflow.Event.cancel
  static let close = DeliveryWorkflow.Event.close
}
