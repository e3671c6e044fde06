// The `delivery` workflow: goods leave in as many deliveries as it takes.

/// The vocabulary and the table of the `delivery` workflow.
public enum DeliveryWorkflow {
  /// Its states.
  public enum State {
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

  /// What may happen.
  public enum Event {
    /// An order is made.
    public static let place = WorkflowEvent.place
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
    /// What the order was placed with changes.
    public static let edit = WorkflowEvent.edit
  }

  /// Its states are derived from the deliveries and invoices; a row says what may come out.
  public static let definition: WorkflowDefinition = {
    let staff: [Role] = [.admin, .employee, .system]
    let asks = DeliveryInput()
    let begun: [Status] = [State.inProgress, State.partialDelivered, State.delivered]
    return WorkflowDefinition(
      name: .delivery,
      states: [
        WorkflowState(State.open, .open), WorkflowState(State.inProgress, .active),
        WorkflowState(State.partialDelivered, .active),
        WorkflowState(State.delivered, .fulfilled), WorkflowState(State.completed, .closed, isTerminal: true),
        WorkflowState(State.cancelled, .cancelled, isTerminal: true),
      ],
      rows: [
        WorkflowRow(Event.place, from: nil, to: [State.open], roles: staff, effects: [.deductStock]),

        WorkflowRow(Event.deliver, from: State.open, to: begun, roles: staff, input: asks.deliver),
        WorkflowRow(Event.deliver, from: State.inProgress, to: begun, roles: staff, input: asks.deliver),
        WorkflowRow(
          Event.deliver, from: State.partialDelivered, to: [State.partialDelivered, State.delivered], roles: staff,
          input: asks.deliver),

        WorkflowRow(
          Event.moveDelivery, from: State.inProgress, to: [State.open] + begun + [State.completed], roles: staff,
          input: asks.moveDelivery),
        WorkflowRow(
          Event.moveDelivery, from: State.partialDelivered,
          to: [State.partialDelivered, State.delivered, State.completed], roles: staff, input: asks.moveDelivery),

        WorkflowRow(Event.invoice, from: State.inProgress, to: [State.inProgress], roles: staff, input: asks.invoice),
        WorkflowRow(
          Event.invoice, from: State.partialDelivered, to: [State.partialDelivered], roles: staff, input: asks.invoice),
        WorkflowRow(
          Event.invoice, from: State.delivered, to: [State.delivered, State.completed], roles: staff,
          input: asks.invoice),

        WorkflowRow(
          Event.pay, from: State.inProgress, to: [State.inProgress], roles: staff, input: asks.pay,
          effects: [.recordPayment]),
        WorkflowRow(
          Event.pay, from: State.partialDelivered, to: [State.partialDelivered], roles: staff, input: asks.pay,
          effects: [.recordPayment]
        ),
        WorkflowRow(
          Event.pay, from: State.delivered, to: [State.delivered, State.completed], roles: staff,
          input: asks.pay, effects: [.recordPayment]),

        // Not of a completed order: what comes back then is a return.
        WorkflowRow(Event.credit, from: State.inProgress, to: [State.inProgress], roles: [.admin], input: asks.credit),
        WorkflowRow(
          Event.credit, from: State.partialDelivered, to: [State.partialDelivered], roles: [.admin], input: asks.credit),
        WorkflowRow(Event.credit, from: State.delivered, to: [State.delivered], roles: [.admin], input: asks.credit),

        WorkflowRow(
          Event.cancel, from: State.open, to: [State.cancelled], roles: [.admin], input: asks.cancel,
          effects: [.restoreStock]),
        WorkflowRow(
          Event.cancel, from: State.inProgress, to: [State.cancelled], roles: [.admin], input: asks.cancel,
          effects: [.restoreStock]),

        WorkflowRow(
          Event.close, from: State.inProgress, to: [State.inProgress], roles: staff, input: asks.close,
          effects: [.restoreStock]),
        WorkflowRow(
          Event.close, from: State.partialDelivered, to: [State.partialDelivered, State.delivered, State.completed],
          roles: staff,
          input: asks.close, effects: [.restoreStock]),

        WorkflowRow(
          Event.edit, from: State.open, to: [State.open], roles: staff, input: asks.edit,
          effects: [.editOrder, .deductStock]),
        WorkflowRow(
          Event.edit, from: State.inProgress, to: [State.inProgress], roles: staff, input: asks.edit,
          effects: [.editOrder, .deductStock]),
        // What is taken off may have been all that was still to go out.
        WorkflowRow(
          Event.edit, from: State.partialDelivered, to: [State.partialDelivered, State.delivered, State.completed],
          roles: staff, input: asks.edit, effects: [.editOrder, .deductStock]),
        WorkflowRow(
          Event.edit, from: State.delivered, to: [State.delivered], roles: staff, input: asks.editHead,
          effects: [.editOrder]),
      ], rules: WorkflowDefinition.deliveries)
  }()
}

extension WorkflowDefinition {
  /// The rules of deliveries and invoices: orders leave in as many deliveries as it takes.
  public static let deliveries = DeliveryRules.name
  /// The `delivery` workflow.
  public static let delivery = DeliveryWorkflow.definition
}

extension WorkflowName {
  /// The main workflow: orders, partial deliveries, invoices.
  public static let delivery = WorkflowName(rawValue: "delivery")
}

extension Order {
  /// The status that the deliveries and invoices of an order of the `delivery` workflow amount to.
  var derivedStatus: Status {
    let sums = self.sums
    if sums.delivered == 0 { return DeliveryWorkflow.State.open }
    if sums.received == 0 { return DeliveryWorkflow.State.inProgress }
    if sums.received < sums.kept { return DeliveryWorkflow.State.partialDelivered }
    return sums.invoiced == sums.kept && invoices.settled == invoices.issued
      ? DeliveryWorkflow.State.completed : DeliveryWorkflow.State.delivered
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
