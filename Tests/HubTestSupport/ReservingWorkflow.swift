public import Orders

/// A workflow that sets goods aside when an order is made, for half an hour; a payment makes that firm, and sending takes
/// them. A table and nothing else.
public enum ReservingWorkflow {
  /// Its name.
  public static let name = WorkflowName(rawValue: "reserving")

  /// The goods are set aside for a while.
  public static let waiting = Status(rawValue: "waiting")
  /// Paid: no time ends it any more.
  public static let firm = Status(rawValue: "firm")
  /// The goods are gone.
  public static let sent = Status(rawValue: "sent")
  /// It holds nothing any more.
  public static let cancelled = Status(rawValue: "cancelled")

  /// A payment makes it firm.
  public static let pay = WorkflowEvent(rawValue: "pay")
  /// Makes it firm by ending its time alone.
  public static let hurry = WorkflowEvent(rawValue: "hurry")
  /// Fewer units are wanted.
  public static let change = WorkflowEvent(rawValue: "change")
  /// More time is given.
  public static let wait = WorkflowEvent(rawValue: "wait")
  /// The goods are taken, or fewer of them.
  public static let send = WorkflowEvent(rawValue: "send")
  /// What it holds goes back.
  public static let cancel = WorkflowEvent(rawValue: "cancel")
  /// Its time is over.
  public static let expire = WorkflowEvent(rawValue: "expire")

  /// How long goods are set aside without a payment, in seconds.
  public static let seconds: Int64 = 1_800
  private static let hold = word("hold")
  private static let heldUntil = word("heldUntil")

  private static func word(_ text: Text) -> ParticularName {
    guard let name = ParticularName(text) else { preconditionFailure("\(text) is a name") }
    return name
  }

  /// Its table.
  public static var definition: WorkflowDefinition {
    let staff: [Role] = [.admin, .employee, .system]
    return WorkflowDefinition(
      name: name,
      states: [
        WorkflowState(waiting, .open), WorkflowState(firm, .active), WorkflowState(sent, .fulfilled),
        WorkflowState(cancelled, .cancelled, isTerminal: true),
      ],
      rows: [
        WorkflowRow(
          .place, from: nil, to: [waiting], roles: staff, relations: [.owner], conditions: [.stockSuffices],
          effects: [.reserveStock, .startTimer(hold)]),
        WorkflowRow(
          change, from: waiting, to: [waiting], roles: staff, input: [InputField(word("items"), .items)],
          effects: [.reduceItems, .reserveStock]),
        WorkflowRow(wait, from: waiting, to: [waiting], roles: staff, effects: [.startTimer(hold)]),
        WorkflowRow(pay, from: waiting, to: [firm], roles: staff, effects: [.stopTimer(hold), .confirmStock]),
        // Says nothing of the stock: that no time ends it any more, the timer says.
        WorkflowRow(hurry, from: waiting, to: [firm], roles: staff, effects: [.stopTimer(hold)]),
        WorkflowRow(
          send, from: firm, to: [sent], roles: staff, input: [InputField(word("items"), .items)],
          conditions: [.stockSuffices], effects: [.reduceItems, .deductStock]),
        WorkflowRow(cancel, from: waiting, to: [cancelled], roles: staff, effects: [.releaseStock, .cancelItems]),
        WorkflowRow(cancel, from: firm, to: [cancelled], roles: staff, effects: [.cancelItems, .restoreStock]),
        WorkflowRow(cancel, from: sent, to: [cancelled], roles: staff, effects: [.restoreStock, .cancelItems]),
        WorkflowRow(
          expire, from: waiting, to: [cancelled], roles: [], relations: [.timer], conditions: [.after(heldUntil)],
          effects: [.releaseStock, .cancelItems]),
      ],
      timers: [WorkflowTimer(hold, event: expire, afterSeconds: seconds, moment: heldUntil)])
  }

  /// With `delivery`, as a tenant may have them.
  public static func withDelivery() throws -> Workflows { try Workflows([.delivery, definition]) }
}
