// The vocabulary of the `delivery` workflow: goods leave in as many deliveries as it takes.

extension Status {
  /// Nothing is on a delivery.
  public static let open = Status(rawValue: "open")
  /// Something is on a delivery, nothing was handed over.
  public static let inProgress = Status(rawValue: "in_progress")
  /// Something was handed over, not all of it.
  public static let partialDelivered = Status(rawValue: "partial_delivered")
  /// All of it was handed over.
  public static let delivered = Status(rawValue: "delivered")
  /// Delivered, every unit invoiced, every invoice settled.
  public static let completed = Status(rawValue: "completed")
  /// Taken back before anything left.
  public static let cancelled = Status(rawValue: "cancelled")
}

extension WorkflowEvent {
  /// An order is made.
  public static let place = WorkflowEvent(rawValue: "place")
  /// A delivery is made.
  public static let deliver = WorkflowEvent(rawValue: "deliver")
  /// A delivery's status changes.
  public static let moveDelivery = WorkflowEvent(rawValue: "move_delivery")
  /// A delivery is invoiced.
  public static let invoice = WorkflowEvent(rawValue: "invoice")
  /// An invoice is paid, in part or in full.
  public static let pay = WorkflowEvent(rawValue: "pay")
  /// An invoice is taken back.
  public static let credit = WorkflowEvent(rawValue: "credit")
  /// The whole order is taken back.
  public static let cancel = WorkflowEvent(rawValue: "cancel")
  /// What is not on a delivery is taken back.
  public static let close = WorkflowEvent(rawValue: "close")
}

extension WorkflowDefinition {
  /// The `delivery` workflow. Its states are derived from the deliveries and invoices; a row says what may come out.
  public static let delivery: WorkflowDefinition = {
    let staff: [Role] = [.admin, .employee, .system]
    let begun: [Status] = [.inProgress, .partialDelivered, .delivered]
    return WorkflowDefinition(
      name: .delivery,
      states: [
        WorkflowState(.open, .open), WorkflowState(.inProgress, .active), WorkflowState(.partialDelivered, .active),
        WorkflowState(.delivered, .fulfilled), WorkflowState(.completed, .closed, isTerminal: true),
        WorkflowState(.cancelled, .cancelled, isTerminal: true),
      ],
      rows: [
        WorkflowRow(.place, from: nil, to: [.open], roles: staff, effects: [.deductStock]),

        WorkflowRow(.deliver, from: .open, to: begun, roles: staff),
        WorkflowRow(.deliver, from: .inProgress, to: begun, roles: staff),
        WorkflowRow(.deliver, from: .partialDelivered, to: [.partialDelivered, .delivered], roles: staff),

        WorkflowRow(.moveDelivery, from: .inProgress, to: [.open] + begun + [.completed], roles: staff),
        WorkflowRow(
          .moveDelivery, from: .partialDelivered, to: [.partialDelivered, .delivered, .completed], roles: staff),

        WorkflowRow(.invoice, from: .inProgress, to: [.inProgress], roles: staff),
        WorkflowRow(.invoice, from: .partialDelivered, to: [.partialDelivered], roles: staff),
        WorkflowRow(.invoice, from: .delivered, to: [.delivered, .completed], roles: staff),

        WorkflowRow(.pay, from: .inProgress, to: [.inProgress], roles: staff, effects: [.recordPayment]),
        WorkflowRow(.pay, from: .partialDelivered, to: [.partialDelivered], roles: staff, effects: [.recordPayment]),
        WorkflowRow(.pay, from: .delivered, to: [.delivered, .completed], roles: staff, effects: [.recordPayment]),

        // Not of a completed order: what comes back then is a return.
        WorkflowRow(.credit, from: .inProgress, to: [.inProgress], roles: [.admin]),
        WorkflowRow(.credit, from: .partialDelivered, to: [.partialDelivered], roles: [.admin]),
        WorkflowRow(.credit, from: .delivered, to: [.delivered], roles: [.admin]),

        WorkflowRow(.cancel, from: .open, to: [.cancelled], roles: [.admin], effects: [.restoreStock]),
        WorkflowRow(.cancel, from: .inProgress, to: [.cancelled], roles: [.admin], effects: [.restoreStock]),

        WorkflowRow(.close, from: .inProgress, to: [.inProgress], roles: staff, effects: [.restoreStock]),
        WorkflowRow(
          .close, from: .partialDelivered, to: [.partialDelivered, .delivered, .completed], roles: staff,
          effects: [.restoreStock]),
      ])
  }()
}

extension Order {
  /// The status that the deliveries and invoices of an order of the `delivery` workflow amount to.
  var derivedStatus: Status {
    let sums = self.sums
    if sums.delivered == 0 { return .open }
    if sums.received == 0 { return .inProgress }
    if sums.received < sums.kept { return .partialDelivered }
    return sums.invoiced == sums.kept && invoices.settled == invoices.issued ? .completed : .delivered
  }
}

extension DeliveryStatus {
  /// Those in which a delivery may be made.
  public static let beginnings: [DeliveryStatus] = [.pending, .dispatched, .delivered]

  /// Where a delivery may go from here; nowhere if this is final.
  public var next: [DeliveryStatus] {
    switch self {
    case .pending: [.dispatched, .delivered, .cancelled]
    case .dispatched: [.delivered, .failed, .cancelled]
    case .failed: [.dispatched, .cancelled]
    case .delivered, .cancelled: []
    }
  }
}
