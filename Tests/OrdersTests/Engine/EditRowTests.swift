import Orders
import Testing

/// What a definition may say of edits.
@Suite struct EditRowTests {
  private static let a = Status(rawValue: "a")
  private static let b = Status(rawValue: "b")
  private static let go = WorkflowEvent(rawValue: "go")

  private var sound: WorkflowDefinition {
    WorkflowDefinition(
      name: WorkflowName(rawValue: "test"),
      states: [WorkflowState(Self.a, .open), WorkflowState(Self.b, .closed, isTerminal: true)],
      rows: [
        WorkflowRow(.place, from: nil, to: [Self.a], roles: [.admin]),
        WorkflowRow(
          .edit, from: Self.a, to: [Self.a], roles: [.admin], relations: [.owner],
          input: OrderEdit.fields() + [field("why", .text(0...9))], effects: [.editOrder, .deductStock]),
        WorkflowRow(Self.go, from: Self.a, to: [Self.b], roles: [.admin]),
      ])
  }

  private func field(_ name: Text, _ kind: InputField.Kind) -> InputField {
    guard let name = ParticularName(name) else { preconditionFailure("\(name) is a name") }
    return InputField(name, kind)
  }

  private func defects(_ change: (inout WorkflowDefinition) -> Void) -> [String] {
    var definition = sound
    change(&definition)
    return definition.defects.map { "\($0.place): \($0.defect)" }
  }

  @Test func aRowMayEditAndAskForMore() throws {
    #expect(defects { _ in } == [])
    let workflow = try Workflow(sound)
    #expect(workflow.edits(by: .edit) && !workflow.edits(by: Self.go))
    let staffs = OrderEdit.fields(of: sound.rows[1], isStaff: true).map(\.name.text)
    #expect(
      staffs == ["version", "customer", "deliveryDate", "notes", "notesForCustomer", "discount", "items", "why"])
    let owners = OrderEdit.fields(of: sound.rows[1], isStaff: false).map(\.name.text)
    #expect(owners == ["version", "customer", "deliveryDate", "items", "why"])
  }

  @Test func whatCannotEditIsADefectWithItsPlace() {
    let elsewhere = "editOrder is an effect of the event edit alone"
    #expect(
      defects { $0.rows[2].effects = [.editOrder] } == ["rows[2].event: go cannot edit orders so: \(elsewhere)."])
    #expect(
      defects { $0.rows[0].effects = [.editOrder] } == ["rows[0].event: place cannot edit orders so: \(elsewhere)."])
    #expect(
      defects { $0.rows[1].relations = [.timer] } == [
        "rows[1].who: edit cannot edit orders so: a timer has nothing to say what is to be another."
      ])
    #expect(
      defects { $0.rows[1].effects.append(.reduceItems) } == [
        "rows[1].effects: edit cannot edit orders so: editOrder sets the quantities, so reduceItems cannot."
      ])
    let halves = defects {
      $0.states.append(WorkflowState(Status(rawValue: "c"), .active))
      $0.rows.append(WorkflowRow(Self.go, from: Status(rawValue: "c"), to: [Self.b], roles: [.admin]))
      $0.rows[2].targets = [Status(rawValue: "c")]
      $0.rows.append(WorkflowRow(.edit, from: Status(rawValue: "c"), to: [Self.b], roles: [.admin]))
    }
    #expect(
      halves == [
        "rows[4].effects: edit cannot edit orders so: another row of edit has the effect editOrder, so this one needs it too."
      ])
    for wrong in [
      field("items", .flag), field("notes", .money), field("customer", .text(0...9)), field("version", .flag),
    ] {
      let found = defects {
        $0.rows[1].input.removeAll { $0.name == wrong.name }
        $0.rows[1].input.insert(wrong, at: 0)
      }
      #expect(found.contains { $0.hasPrefix("rows[1].input[0]: The field \(wrong.name.text) of edit") }, "\(found)")
    }
    // Only an edit has one.
    #expect(defects { $0.rows[2].input = [field("customer", .customer)] }.count == 1)
  }

  @Test func anEventOfThatNameThatEditsNothingStaysWhatItWas() throws {
    var definition = sound
    definition.rows[1].effects = []
    definition.rows[1].input = [field("notes", .flag), field("customer", .text(0...9))]
    #expect(definition.defects.isEmpty)
    let workflow = try Workflow(definition)
    #expect(!workflow.edits(by: .edit))
    let workflows = try Workflows([definition])
    let order = try Step.place(
      OrderDraft(
        customer: Customer(name: "Ravi"), items: [try item("A", "1")], currency: try #require(Currency("INR")),
        workflow: definition.name), StepInput(), number: "ORD-1", by: workflow, products: [:],
      in: context(workflows: workflows)
    ).order
    let refused = try refusal {
      try Step.edit(
        OrderEdit(version: order.version), StepInput(), of: order, by: workflow, facts: StepFacts(),
        in: context(workflows: workflows))
    }
    #expect(refused.code == "transition_not_allowed" && refused.facts.contains(.version(order.version)))
  }
}
