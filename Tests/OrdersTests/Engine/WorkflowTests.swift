import Orders
import Testing

@Suite struct WorkflowTests {
  private static let go = WorkflowEvent(rawValue: "go")
  private static let begin = WorkflowEvent(rawValue: "begin")
  private static let a = Status(rawValue: "a")
  private static let b = Status(rawValue: "b")
  private static let c = Status(rawValue: "c")

  private var sound: WorkflowDefinition {
    WorkflowDefinition(
      name: WorkflowName(rawValue: "test"),
      states: [WorkflowState(Self.a, .open), WorkflowState(Self.b, .closed, isTerminal: true)],
      rows: [
        WorkflowRow(Self.begin, from: nil, to: [Self.a], roles: [.admin, .kiosk]),
        WorkflowRow(Self.go, from: Self.a, to: [Self.a, Self.b], roles: [.admin], effects: [.notify("gone")]),
      ])
  }

  private func defect(_ change: (inout WorkflowDefinition) -> Void) throws -> WorkflowDefect {
    var definition = sound
    change(&definition)
    return try #require(throws: WorkflowDefect.self) { _ = try Workflow(definition) }
  }

  @Test func `accepts a sound workflow and answers by its rows`() throws {
    let workflow = try Workflow(sound)
    #expect(try workflow.permit(Self.go, from: Self.a, role: .admin) == sound.rows[1])
    #expect(workflow.phase(of: Self.b) == .closed)
    #expect(workflow.phase(of: Self.c) == nil)
    #expect(workflow.allowed(from: Self.a, role: .admin) == [Self.go])
    #expect(workflow.allowed(from: nil, role: .kiosk) == [Self.begin])
    let wrongState = try refusal { try workflow.permit(Self.go, from: Self.b, role: .admin) }
    #expect(wrongState.kind == .conflict)
    #expect(wrongState.facts == [.status("b"), .allowed([])])
    #expect(try refusal { try workflow.permit(Self.go, from: Self.a, role: .kiosk) }.kind == .forbidden)
    #expect(try refusal { try workflow.permit(Self.go, from: Self.b, role: .kiosk) }.kind == .forbidden)
    #expect(try refusal { try workflow.permit(.pay, from: Self.a, role: .admin) }.kind == .conflict)
  }

  @Test func `refuses a wrong workflow and names what is wrong`() throws {
    #expect(try defect { $0.rows.removeFirst() } == .noInitialState)
    #expect(try defect { $0.states.append(WorkflowState(Self.a, .active)) } == .duplicateState(Self.a))
    #expect(try defect { $0.states.append(WorkflowState(Self.c, .active, isTerminal: true)) } == .unreachable(Self.c))
    #expect(try defect { $0.rows[1].targets = [Self.c] } == .unknownState(Self.c, event: Self.go))
    #expect(try defect { $0.rows[1].from = Self.c } == .unknownState(Self.c, event: Self.go))
    #expect(
      try defect { $0.rows.append(WorkflowRow(Self.go, from: Self.a, to: [Self.b], roles: [.kiosk])) }
        == .duplicateRow(event: Self.go, from: Self.a))
    #expect(
      try defect { $0.rows.append(WorkflowRow(Self.go, from: Self.b, to: [Self.a], roles: [.admin])) }
        == .terminalWithExit(Self.b, event: Self.go))
    #expect(
      try defect { $0.rows.append(WorkflowRow(Self.go, from: Self.b, to: [Self.b], roles: [.admin])) }
        == .terminalWithExit(Self.b, event: Self.go))
    #expect(try defect { $0.rows[1].targets = [] } == .emptyRow(event: Self.go, from: Self.a))
    #expect(try defect { $0.rows[0].roles = [] } == .emptyRow(event: Self.begin, from: nil))
    #expect(try defect { $0.states[1].isTerminal = false } == .deadEnd(Self.b))
    // A circle that nothing leads into is as unreachable as a lone state.
    let circle = try defect {
      $0.states += [WorkflowState(Self.c, .active), WorkflowState(Status(rawValue: "d"), .active)]
      $0.rows += [
        WorkflowRow(Self.go, from: Self.c, to: [Status(rawValue: "d")], roles: [.admin]),
        WorkflowRow(Self.go, from: Status(rawValue: "d"), to: [Self.c], roles: [.admin]),
      ]
    }
    #expect(circle == .unreachable(Self.c))
  }

  @Test func `two workflows cannot have one name`() {
    #expect(throws: WorkflowDefect.duplicateWorkflow(sound.name)) { try Workflows([sound, .delivery, sound]) }
  }

  @Test func `the built-in workflows compile and know their phases`() throws {
    #expect(Workflows.builtIn.names.map(\.rawValue) == ["delivery", "pickup"])
    let delivery = try #require(Workflows.builtIn[.delivery])
    #expect(
      delivery.definition.states.map(\.status.rawValue)
        == ["open", "in_progress", "partial_delivered", "delivered", "completed", "cancelled"])
    #expect(
      delivery.definition.states.map { delivery.phase(of: $0.status) }
        == [.open, .active, .active, .fulfilled, .closed, .cancelled])
    #expect(Workflows.builtIn[WorkflowName(rawValue: "nowhere")] == nil)
    var order = try placed(draft(item("a", "1")))
    order.status = Status(rawValue: "nowhere")
    #expect(order.phase == .problem)
  }

  /// The table of the delivery workflow once more, written by hand: event, states, roles.
  private static let expected: [(WorkflowEvent, [Status?], [Role])] = [
    (.place, [nil], [.admin, .employee, .system]),
    (.deliver, [.open, .inProgress, .partialDelivered], [.admin, .employee, .system]),
    (.moveDelivery, [.inProgress, .partialDelivered], [.admin, .employee, .system]),
    (.invoice, [.inProgress, .partialDelivered, .delivered], [.admin, .employee, .system]),
    (.pay, [.inProgress, .partialDelivered, .delivered], [.admin, .employee, .system]),
    (.credit, [.inProgress, .partialDelivered, .delivered], [.admin]),
    (.cancel, [.open, .inProgress], [.admin]),
    (.close, [.inProgress, .partialDelivered], [.admin, .employee, .system]),
    (.edit, [.open, .inProgress, .partialDelivered, .delivered], [.admin, .employee, .system]),
  ]

  @Test func `every event in every state by every role is as the table says`() throws {
    let delivery = try #require(Workflows.builtIn[.delivery])
    var combinations = 0
    for (event, from, roles) in Self.expected {
      for status in [nil] + delivery.definition.states.map({ Optional($0.status) }) {
        for role in Role.allCases {
          combinations += 1
          let kind: Refusal.Kind?
          do {
            _ = try delivery.permit(event, from: status, role: role)
            kind = nil
          } catch { kind = error.kind }
          #expect(
            kind == (!roles.contains(role) ? .forbidden : from.contains(status) ? nil : .conflict),
            "\(event.rawValue) from \(status?.rawValue ?? "none") by \(role)")
        }
      }
    }
    #expect(combinations == 9 * 7 * Role.allCases.count)
    #expect(delivery.definition.rows.count == Self.expected.reduce(0) { $0 + $1.1.count })
  }

  @Test(arguments: [Role.customer, .kiosk, .seller])
  func `customers, kiosks and sellers are refused by every rule before anything is told`(role: Role) throws {
    let start = try deliver(placed(draft(item("a", "2"))), [("a", "1")])
    let change = try Rules.invoice(start.delivery, of: start.order, number: "I", existing: nil, in: context())
    let invoice = try #require(change.insertedInvoice)
    let asked = try context(role)
    let order = change.order
    let refusals = [
      try refusal { try Rules.place(draft(item("a", "1")), number: "O", products: [:], in: asked) },
      try refusal { try Rules.deliver(delivery([("a", "9")]), of: order, in: asked) },
      try refusal { try Rules.move(start.delivery, to: .pending, of: order, in: asked) },
      try refusal { try Rules.invoice(start.delivery, of: order, number: "I", existing: invoice, in: asked) },
      try refusal { try Rules.pay(invoice, amount: .zero, method: "", of: order, in: asked) },
      try refusal {
        try Rules.credit(invoice, CreditDraft(), of: order, delivery: start.delivery, number: "C", in: asked)
      },
      try refusal { try Rules.round(order, invoices: [], in: asked) },
      try refusal { try Rules.cancel(order, deliveries: [], products: [:], in: asked) },
      try refusal { try Rules.close(order, products: [:], in: asked) },
    ]
    for refused in refusals {
      #expect(refused.kind == .forbidden)
      #expect(refused.facts.isEmpty)
    }
  }
}
