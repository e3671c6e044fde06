public import Orders

/// A workflow whose delivered orders may come back: returns are parts, which its table alone makes and moves.
public enum ReturnsWorkflow {
  /// Its name.
  public static let name = WorkflowName(rawValue: "returns")
  /// What its parts are.
  public static let kind = known("return", PartKind.init)

  /// `delivered`, where returns are asked for, approved, refused and received; then `closed`.
  public static let definition: WorkflowDefinition = {
    let (delivered, closed) = (Status(rawValue: "delivered"), Status(rawValue: "closed"))
    let staff: [Role] = [.admin, .employee, .system]
    let (reason, note) = (field("reason"), field("note"))
    let named = InputField(kind.idField, .identity, isRequired: true)
    func moved(_ event: String, from status: String, to target: String, _ input: [InputField], _ fields: PartFields)
      -> WorkflowRow
    {
      WorkflowRow(
        WorkflowEvent(rawValue: event), from: delivered, to: [delivered], roles: staff, input: [named] + input,
        conditions: [.partIs(kind, [Status(rawValue: status)])],
        effects: [.movePart(kind, Status(rawValue: target), fields)])
    }
    return WorkflowDefinition(
      name: name,
      states: [WorkflowState(delivered, .fulfilled), WorkflowState(closed, .closed, isTerminal: true)],
      rows: [
        WorkflowRow(.place, from: nil, to: [delivered], roles: staff),
        WorkflowRow(
          WorkflowEvent(rawValue: "requestReturn"), from: delivered, to: [delivered], roles: staff,
          relations: [.owner],
          input: [
            InputField(field("items"), .items, isRequired: true), InputField(reason, .text(1...500)),
            InputField(note, .text(1...500)),
          ],
          effects: [
            .addPart(kind, Status(rawValue: "requested"), PartFields([field("items"), reason], staffs: [note]))
          ],
          announces: [EventType("return:requested")]),
        moved(
          "approveReturn", from: "requested", to: "approved", [InputField(note, .text(1...500))],
          PartFields(staffs: [note])),
        moved(
          "refuseReturn", from: "requested", to: "refused", [InputField(reason, .text(1...500), isRequired: true)],
          PartFields([reason])),
        moved("receiveReturn", from: "approved", to: "received", [], PartFields()),
        WorkflowRow(WorkflowEvent(rawValue: "close"), from: delivered, to: [closed], roles: staff),
      ])
  }()

  /// It beside `delivery`.
  public static func withDelivery() throws -> Workflows { try Workflows([.delivery, definition]) }

  /// A field's name.
  public static func field(_ text: Text) -> ParticularName { known(text, ParticularName.init) }

  private static func known<Value>(_ text: Text, _ make: (Text) -> Value?) -> Value {
    guard let value = make(text) else { preconditionFailure("\(text) is not valid") }
    return value
  }
}
