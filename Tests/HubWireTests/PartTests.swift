import HubTestSupport
import HubWire
import Orders
import Testing

/// The table of returns as it is written here, and once more as it comes back from its own JSON.
enum ReturnsCopy: String, CaseIterable {
  case written, fromJSON

  func workflow() throws -> Workflow {
    switch self {
    case .written: return try Workflow(ReturnsWorkflow.definition)
    case .fromJSON:
      let document = WorkflowDocument(try JSONParser.parse(ReturnsWorkflow.definition.json))
      #expect(document.problems == [])
      #expect(document.definition == ReturnsWorkflow.definition)
      return try Workflow(document.definition)
    }
  }
}

private func field(_ text: Text) -> ParticularName { ReturnsWorkflow.field(text) }

/// An order whose parts the table makes.
private struct Desk {
  let workflow: Workflow
  var order: Order
  var parts: [Part] = []

  static func opened(_ copy: ReturnsCopy = .written) throws -> Desk {
    let workflow = try copy.workflow()
    let draft = OrderDraft(
      customer: Customer(id: "asha", name: "Asha"),
      items: [
        ItemDraft(productID: "lamp", quantity: try quantity("3"), unitPrice: try money("5")),
        ItemDraft(productID: "cloth", quantity: try quantity("1.5"), unitPrice: try money("5")),
      ], currency: try #require(Currency("INR")), workflow: workflow.name)
    let placed = try Step.place(
      draft, StepInput(), number: "ORD-1", by: workflow, products: [:], in: context(.admin))
    #expect(placed.insertedParts == [] && placed.changedParts == [])
    return Desk(workflow: workflow, order: placed.order)
  }

  func change(
    _ event: String, _ values: [Particulars.Entry] = [], items: [DeliveryLine]? = nil, as role: Role = .employee,
    user: String = "asha", at millis: Int64 = 2_000
  ) throws -> Change {
    try Step.take(
      WorkflowEvent(rawValue: event), StepInput(Particulars(values), items: items), of: order, by: workflow,
      facts: StepFacts(parts: parts), in: context(role, user: user, at: millis))
  }

  @discardableResult
  mutating func move(
    _ event: String, _ values: [Particulars.Entry] = [], items: [DeliveryLine]? = nil, as role: Role = .employee,
    at millis: Int64 = 2_000
  ) throws -> Change {
    let change = try change(event, values, items: items, as: role, at: millis)
    #expect(change.order.version == order.version + Int64(change.events.count))
    order = change.order
    parts = parts.map { old in change.changedParts.first { $0.id == old.id } ?? old } + change.insertedParts
    return change
  }

  func line(_ product: Text, _ amount: String) throws -> DeliveryLine {
    DeliveryLine(subject: .product(product), quantity: try quantity(amount))
  }

  func named(_ part: Part) -> Particulars.Entry {
    .init(field("returnId"), .identity(Identifier(high: part.id.high, low: part.id.low)))
  }
}

@Suite struct PartTests {
  @Test(arguments: ReturnsCopy.allCases) func `a return is requested, approved and received`(copy: ReturnsCopy) throws {
    var desk = try Desk.opened(copy)
    let asked = try desk.move(
      "requestReturn", [.init(field("reason"), .text("too dark")), .init(field("note"), .text("third time"))],
      items: [desk.line("lamp", "2")], as: .customer)
    let part = try #require(asked.insertedParts.first)
    #expect(asked.insertedParts.count == 1 && asked.changedParts == [])
    #expect(part.kind.text == "return" && part.number == 1 && part.status.rawValue == "requested")
    #expect(part.orderID == desk.order.id && part.tenantID == desk.order.tenantID && part.createdBy.text == "asha")
    #expect(part.items.map(\.productID) == ["lamp"])
    #expect(part.items.map(\.quantity) == [try quantity("2")])
    #expect(part.record == Particulars([.init(field("reason"), .text("too dark"))]))
    #expect(part.staffRecord == Particulars([.init(field("note"), .text("third time"))]))
    #expect(asked.events.map(\.type.rawValue) == ["return:requested", "order:updated", "part:created"])

    let approved = try desk.move("approveReturn", [desk.named(part)], at: 3_000)
    #expect(approved.insertedParts == [] && approved.changedParts.map(\.status.rawValue) == ["approved"])
    #expect(approved.events.map(\.type.rawValue) == ["order:updated", "part:updated"])
    // What is not given stays.
    #expect(desk.parts[0].staffRecord == part.staffRecord && desk.parts[0].record == part.record)
    #expect(desk.parts[0].createdAt == Timestamp(millis: 2_000) && desk.parts[0].updatedAt == Timestamp(millis: 3_000))
    try desk.move("receiveReturn", [desk.named(part)])
    #expect(desk.parts.map(\.status.rawValue) == ["received"])
    #expect(desk.order.status.rawValue == "delivered")
  }

  @Test func `items that a step does not give stay as they were`() throws {
    var definition = ReturnsWorkflow.definition
    let approval = try #require(definition.rows.firstIndex { $0.event.rawValue == "approveReturn" })
    definition.rows[approval].input.append(InputField(field("items"), .items))
    definition.rows[approval].effects = [
      .movePart(ReturnsWorkflow.kind, Status(rawValue: "approved"), PartFields([field("items")]))
    ]
    var desk = Desk(workflow: try Workflow(definition), order: try Desk.opened().order)
    try desk.move("requestReturn", items: [desk.line("lamp", "2"), desk.line("cloth", "1")])
    let asked = desk.parts[0]
    var other = desk
    try desk.move("approveReturn", [desk.named(asked)])
    #expect(desk.parts[0].items == asked.items && desk.parts[0].status.rawValue == "approved")
    try other.move("approveReturn", [other.named(asked)], items: [other.line("lamp", "1")])
    #expect(other.parts[0].items.map(\.productID) == ["lamp"])
  }

  @Test func `numbers count within the kind, and a hundred parts are enough`() throws {
    var desk = try Desk.opened()
    for _ in 0..<Part.limit { try desk.move("requestReturn", items: [desk.line("lamp", "1")]) }
    #expect(desk.parts.map(\.number) == Array(1...Int64(Part.limit)))
    let full = try #require(throws: Refusal.self) {
      _ = try desk.change("requestReturn", items: [desk.line("lamp", "1")])
    }
    #expect(full.kind == .conflict && full.code == "too_many_parts")
    #expect(full.detail == "Order ORD-1 has 100 parts, and may have 100.")
  }

  @Test func `a part in another status is refused with what it must be`() throws {
    var desk = try Desk.opened()
    try desk.move("requestReturn", items: [desk.line("lamp", "1")])
    let early = try #require(throws: Refusal.self) { _ = try desk.change("receiveReturn", [desk.named(desk.parts[0])]) }
    #expect(early.kind == .conflict && early.code == "part_not_allowed")
    #expect(early.detail == "The return 1 is requested; it must be approved.")
    #expect(early.facts == [.status("requested"), .allowed(["approved"]), .version(desk.order.version)])
    try desk.move("refuseReturn", [desk.named(desk.parts[0]), .init(field("reason"), .text("worn"))])
    #expect(desk.parts[0].record[field("reason")] == .text("worn"))
    #expect(throws: Refusal.self) { _ = try desk.change("approveReturn", [desk.named(desk.parts[0])]) }
  }

  @Test func `a part that is not there is named at its field`() throws {
    var desk = try Desk.opened()
    try desk.move("requestReturn", items: [desk.line("lamp", "1")])
    var other = desk.parts[0]
    other.id = PartID(high: 1, low: 1)
    let unknown = try #require(throws: Refusal.self) { _ = try desk.change("approveReturn", [desk.named(other)]) }
    #expect(unknown.fields == [FieldProblem(path: "returnId", message: "The order has no such return.")])
    let missing = try #require(throws: Refusal.self) { _ = try desk.change("approveReturn") }
    #expect(missing.fields == [FieldProblem(path: "returnId", message: "Is required: an id: 24 hex digits.")])
    let wrong = try #require(throws: Refusal.self) {
      _ = try desk.change("approveReturn", [.init(field("returnId"), .text("1"))])
    }
    #expect(wrong.fields == [FieldProblem(path: "returnId", message: "Expected is an id: 24 hex digits.")])
  }

  @Test func `wrong items are named, and nothing is made`() throws {
    let desk = try Desk.opened()
    let refusal = try #require(throws: Refusal.self) {
      _ = try desk.change(
        "requestReturn",
        items: [
          desk.line("lamp", "4"), desk.line("chair", "1"), desk.line("cloth", "0"), desk.line("cloth", "1.5"),
          desk.line("cloth", "1"),
        ])
    }
    #expect(
      refusal.fields == [
        FieldProblem(path: "items[0].quantity", message: "4 is not allowed; more than 0, at most 3."),
        FieldProblem(path: "items[1]", message: "The order has no such item."),
        FieldProblem(path: "items[2].quantity", message: "0 is not allowed; more than 0, at most 1.5."),
        FieldProblem(path: "items[4]", message: "Is named twice."),
      ])
  }

  @Test func `a customer asks for its own and decides nothing`() throws {
    var desk = try Desk.opened()
    #expect(throws: Refusal.self) {
      _ = try desk.change("requestReturn", items: [desk.line("lamp", "1")], as: .customer, user: "eve")
    }
    try desk.move("requestReturn", items: [desk.line("lamp", "1")], as: .customer)
    let refused = try #require(throws: Refusal.self) {
      _ = try desk.change("approveReturn", [desk.named(desk.parts[0])], as: .customer)
    }
    #expect(refused.kind == .forbidden)
  }

  @Test func `an input names a part by 24 hex digits`() throws {
    let fields = [InputField(field("returnId"), .identity, isRequired: true)]
    func read(_ text: String) throws -> StepInput {
      try StepInput(try JSONParser.parse(Array(text.utf8)), fields: fields) { _ in Timestamp(millis: 0) }
    }
    let input = try read(#"{"returnId":"0123456789abcdef01234567"}"#)
    #expect(input.values[field("returnId")] == .identity(try #require(Identifier("0123456789abcdef01234567"))))
    for wrong in [#"{"returnId":"0123"}"#, #"{"returnId":7}"#, #"{"returnId":"zz23456789abcdef01234567"}"#] {
      let refusal = try #require(throws: Refusal.self) { _ = try read(wrong) }
      #expect(refusal.fields.map(\.path) == ["returnId"], "\(wrong)")
    }
  }

  @Test(arguments: [
    // A part of a kind that nothing adds; one that is not named; one that nobody can have brought to that status.
    (#""addPart":"return""#, #""addPart":"refund""#, ["rows[1].conditions[0]", "rows[1].effects[0]"]),
    (#""name":"returnId""#, #""name":"partId""#, ["rows[1].conditions[0]", "rows[1].effects[0]"]),
    (#""type":"identity""#, #""type":"text""#, ["rows[1].conditions[0]", "rows[1].effects[0]"]),
    (#""required":true"#, #""required":false"#, ["rows[1].conditions[0]", "rows[1].effects[0]"]),
    (#""status":["requested"]"#, #""status":["gone"]"#, ["rows[1].conditions[0]"]),
    // A field that is not asked for, items for the staff alone, words that are none.
    (#""fields":["items"]"#, #""fields":["items","why"]"#, ["rows[0].effects[0]"]),
    (#""fields":["items"]"#, #""staffFields":["items"]"#, ["rows[0].effects[0]"]),
    (#""fields":["items"]"#, #""fields":[7]"#, ["rows[0].effects[0].fields[0]"]),
    (#""addPart":"return""#, #""addPart":"re turn""#, ["rows[0].effects[0].addPart"]),
    (#""status":"requested","#, "", ["rows[0].effects[0].status"]),
    (#""announces":["return:asked"]"#, #""announces":["delivery:created"]"#, ["rows[0].announces[0]"]),
    (#""announces":["return:asked"]"#, #""announces":["hub:ready"]"#, ["rows[0].announces[0]"]),
  ]) func `what a table says wrong of parts is told with its place`(
    _ right: String, _ wrong: String, _ places: [String]
  )
    throws
  {
    let text = #"""
      {"name":"r","states":[{"name":"sold","phase":"open"},{"name":"over","phase":"closed","final":true}],"rows":[
      {"event":"ask","from":"sold","to":"sold","who":["staff"],"input":[{"name":"items","type":"items"}],
       "effects":[{"addPart":"return","status":"requested","fields":["items"]}],"announces":["return:asked"]},
      {"event":"approve","from":"sold","to":"sold","who":["staff"],
       "input":[{"name":"returnId","type":"identity","required":true}],
       "conditions":[{"partIs":"return","status":["requested"]}],"effects":[{"movePart":"return","status":"approved"}]},
      {"event":"place","to":"sold","who":["staff"]},{"event":"end","from":"sold","to":"over","who":["staff"]}]}
      """#
    func problems(_ text: String) throws -> [String] {
      WorkflowDocument(try JSONParser.parse(Array(text.utf8))).problems.map(\.path)
    }
    #expect(try problems(text) == [])
    let told = try problems(text.replacing(right, with: wrong))
    #expect(told.sorted() == places)
  }

  @Test func `what makes an order can make its parts, and move none`() throws {
    var definition = ReturnsWorkflow.definition
    definition.rows[0].effects = [.addPart(ReturnsWorkflow.kind, Status(rawValue: "requested"), PartFields())]
    #expect(definition.defects == [])
    let draft = OrderDraft(
      customer: Customer(name: "Asha"),
      items: [ItemDraft(productID: "lamp", quantity: try quantity("3"), unitPrice: try money("5"))],
      currency: try #require(Currency("INR")), workflow: definition.name)
    let placed = try Step.place(
      draft, StepInput(), number: "ORD-1", by: Workflow(definition), products: [:], in: context(.admin))
    #expect(placed.insertedParts.map(\.number) == [1])
    #expect(placed.events.map(\.type.rawValue) == ["order:created", "part:created"])
    definition.rows[0].effects = [.movePart(ReturnsWorkflow.kind, Status(rawValue: "requested"), PartFields())]
    #expect(
      definition.defects.map(\.defect) == [.partBeforeOrder(ReturnsWorkflow.kind, event: .place)])
  }

  @Test func `a part that a timer makes has the next number`() throws {
    var definition = ReturnsWorkflow.definition
    let (name, moment, delivered) = (field("inspection"), field("inspectAt"), Status(rawValue: "delivered"))
    definition.timers = [
      WorkflowTimer(name, event: WorkflowEvent(rawValue: "inspect"), afterSeconds: 1, moment: moment)
    ]
    definition.rows[0].effects = [.startTimer(name)]
    definition.rows.append(
      WorkflowRow(
        WorkflowEvent(rawValue: "inspect"), from: delivered, to: [delivered], roles: [], relations: [.timer],
        effects: [.addPart(ReturnsWorkflow.kind, Status(rawValue: "due"), PartFields())]))
    #expect(definition.defects == [])
    var desk = try Desk.opened()
    try desk.move("requestReturn", items: [desk.line("lamp", "1")])
    var order = desk.order
    order.particulars[moment] = .time(Timestamp(millis: 2_000))
    let fired = try Step.fire(
      name, of: order, by: Workflow(definition), facts: StepFacts(parts: desk.parts),
      in: context(.system, origin: .timer, at: 3_000))
    #expect(fired.insertedParts.map(\.number) == [2])
  }

  @Test func `names of kinds are short words`() {
    for good: Text in ["return", "R2", "a_b"] { #expect(PartKind(good)?.idField.text == "\(good)Id") }
    for bad: Text in ["", "2r", "re turn", "re-turn", "é", Text(String(repeating: "r", count: 33))] {
      #expect(PartKind(bad) == nil, "\(bad)")
    }
  }
}

@Suite struct EventTypeTests {
  @Test func `a name that is not known may be one`() {
    for name in EventType.allCases.map(\.rawValue) + ["order_update", "notification", "order:risk-scored", "x"] {
      #expect(EventType.isName(name.utf8), "\(name)")
      #expect(EventType(Text(name)).isKnown == EventType.allCases.contains { $0.rawValue == name })
    }
    let long = String(repeating: "x", count: EventType.nameLimitBytes)
    #expect(EventType.isName(long.utf8) && !EventType.isName("\(long)x".utf8))
    for bad in [
      "", "a b", "a\u{0}b", "a\nb", "a\"b", "a\\b", "ä:b", "\u{7f}", "hub:ready", "connect", "disconnect", "error",
      "resync", "newListener",
    ] {
      #expect(!EventType.isName(bad.utf8), "\(bad.debugDescription)")
    }
  }
}
