import HubWire
public import Orders

/// A workflow by which others sell than the staff: customers order, themselves or at a kiosk, and say of whom; the seller
/// sends, and who ordered collects. A table and nothing else.
public enum MarketWorkflow {
  /// Its name.
  public static let name = WorkflowName(rawValue: "market")

  /// `ordered`, `sent`, `collected`, or `refused` by the seller.
  public static let definition: WorkflowDefinition = {
    let (ordered, sent) = (Status(rawValue: "ordered"), Status(rawValue: "sent"))
    let (collected, refused) = (Status(rawValue: "collected"), Status(rawValue: "refused"))
    let staff: [Role] = [.admin, .employee, .system]
    let (seller, tracking, reason) = (field("sellerId"), field("tracking"), field("reason"))
    return WorkflowDefinition(
      name: name,
      states: [
        WorkflowState(ordered, .open), WorkflowState(sent, .active),
        WorkflowState(collected, .closed, isTerminal: true), WorkflowState(refused, .cancelled, isTerminal: true),
      ],
      rows: [
        WorkflowRow(
          .place, from: nil, to: [ordered], roles: staff + [.kiosk, .seller], relations: [.owner],
          input: [InputField(seller, .text(1...128))], effects: [.set(seller, .input(seller))],
          announces: [EventType("market:ordered")]),
        WorkflowRow(
          event("assign"), from: ordered, to: [ordered], roles: staff,
          input: [InputField(seller, .text(1...128), isRequired: true)], effects: [.set(seller, .input(seller))]),
        WorkflowRow(
          event("send"), from: ordered, to: [sent], roles: [], relations: [.counterpart],
          input: [InputField(tracking, .text(1...100), isRequired: true)],
          effects: [.set(tracking, .input(tracking))]),
        WorkflowRow(
          event("refuse"), from: ordered, to: [refused], roles: staff, relations: [.counterpart],
          input: [InputField(reason, .text(1...500))], effects: [.set(reason, .input(reason)), .cancelItems],
          announces: [.orderCancelled]),
        WorkflowRow(
          event("collect"), from: sent, to: [collected], roles: [.kiosk], relations: [.owner]),
      ])
  }()

  /// The same as JSON, as `PUT /api/workflows/market` takes it.
  public static var json: String { String(decoding: definition.json, as: UTF8.self) }

  /// It beside `delivery`.
  public static func withDelivery() throws -> Workflows { try Workflows([.delivery, definition]) }

  /// An event's name.
  public static func event(_ text: String) -> WorkflowEvent { WorkflowEvent(rawValue: text) }

  /// A field's name.
  public static func field(_ text: Text) -> ParticularName {
    guard let name = ParticularName(text) else { preconditionFailure("\(text) is not valid") }
    return name
  }
}
