import HubTestSupport
import Orders
import Testing

/// A table with rules beside it: what the rules decide, and what stays the table's.
@Suite struct RuledWorkflowTests {
  private static let told = EventType("shop:delivered")
  private static let noted = ParticularName("lastNote")
  private static let notes = ParticularName("notes")

  /// The table of deliveries, with more to do in the row that delivers from `open`.
  private func changed(_ change: (inout WorkflowRow) -> Void) throws -> Workflow {
    var definition = WorkflowDefinition.delivery
    definition.name = WorkflowName(rawValue: "own")
    let place = try #require(definition.rows.firstIndex { $0.event == .deliver && $0.from == .open })
    change(&definition.rows[place])
    return try Workflow(definition, version: 3)
  }

  private func made(by workflow: Workflow, products: [Product] = []) throws -> Change {
    var draft = try draft(item("a", "2"))
    draft.workflow = workflow.name
    return try Step.place(
      draft, StepInput(), number: "ORD-1", by: workflow, products: catalogue(products), in: context())
  }

  @Test func `an event that the rules do not know is the table's`() throws {
    let workflow = try #require(try CounterWorkflow.withDelivery()[CounterWorkflow.name])
    let order = try made(by: workflow).order
    let ask = try workflow.ask(CounterWorkflow.handOver, StepInput(), by: [])
    #expect(!ask.isRuled && ask.needs == .table)
    let change = try Step.take(ask, of: order, by: workflow, facts: StepFacts(), in: context())
    #expect(change.order.status == CounterWorkflow.completed && change.order.phase == .fulfilled)
    #expect(change.events == [.orderUpdated])
  }

  @Test func `a ruled event without its rule is refused, and so is a rule of other workflows`() throws {
    let order = try placed(draft(item("a", "1")))
    let delivery = try #require(Workflows.builtIn[.delivery])
    let bare = try refusal {
      try Step.take(StepAsk(.close), of: order, by: delivery, facts: StepFacts(), in: context())
    }
    #expect(bare.kind == .conflict)
    var other = order
    other.status = Status(rawValue: "pending")
    let pickup = try #require(Workflows.builtIn[WorkflowName(rawValue: "pickup")])
    let refused = try refusal {
      try Step.take(.cancel(because: nil), of: other, by: pickup, facts: StepFacts(), in: context())
    }
    #expect(refused.code == "transition_not_allowed" && refused.detail.contains("of this kind"))
  }

  @Test func `a row's effects and announcements come upon what its rule decides`() throws {
    let (noted, notes) = (try #require(Self.noted), try #require(Self.notes))
    let workflow = try changed { row in
      row.effects = [.notify("PACK"), .set(noted, .input(notes))]
      row.announces = [Self.told]
    }
    let order = try made(by: workflow).order
    #expect(order.workflowVersion == 3)
    var wanted = try delivery([("a", "1")])
    wanted.notes = "by the side door"
    let change = try Step.take(.deliver(wanted), of: order, by: workflow, facts: StepFacts(), in: context())
    let made = try #require(change.insertedDelivery)
    #expect(change.order.status == .inProgress)
    #expect(change.insertedJobs.map(\.name) == ["PACK"])
    #expect(change.order.particulars[noted] == .text("by the side door"))
    #expect(change.events == [.deliveryCreated(made), .announced(Self.told), .orderUpdated, .orderProgressUpdated])
    #expect(change.order.version == order.version + 4)
  }

  @Test func `a row's conditions hold for what its rule decides`() throws {
    let workflow = try changed { $0.conditions = [.payment([.paid])] }
    let order = try made(by: workflow).order
    let refused = try refusal {
      try Step.take(.deliver(delivery([("a", "1")])), of: order, by: workflow, facts: StepFacts(), in: context())
    }
    #expect(refused.code == "payment_not_allowed")
    var paid = order
    paid.paymentStatus = .paid
    #expect(
      try Step.take(.deliver(delivery([("a", "1")])), of: paid, by: workflow, facts: StepFacts(), in: context())
        .insertedDelivery != nil)
  }

  @Test func `its stock is what is kept of the items, and its rows hold nothing`() throws {
    let workflow = try changed { _ in }
    let sold = try made(by: workflow, products: [product("a", onHand: "1")])
    #expect(sold.products.map(\.onHand) == [try quantity("-1")])
    #expect(sold.ledger.map(\.kind) == [.deducted] && sold.ledger[0].hold == nil)
    #expect(sold.order.items.map(\.backordered) == [try quantity("1")])
    let back = try Step.take(
      .cancel(because: nil), of: sold.order, by: workflow,
      facts: StepFacts(products: catalogue(sold.products)), in: context())
    #expect(back.ledger.map(\.onHand) == [try quantity("2")] && back.ledger[0].hold == nil)
    #expect(back.products.map(\.onHand) == [try quantity("1")])
  }

  @Test func `a definition asks no more of a ruled event than the rules do`() throws {
    func defect(_ change: (inout WorkflowDefinition) -> Void) throws -> WorkflowDefect {
      var definition = WorkflowDefinition.delivery
      change(&definition)
      return try #require(throws: WorkflowDefect.self) { _ = try Workflow(definition) }
    }
    #expect(try defect { $0.rules = "magic" } == .unknownRules("magic"))
    #expect(WorkflowDefect.unknownRules("magic").description.contains("known are deliveries"))
    #expect(
      try defect { $0.rows[0].effects = [.reserveStock] }
        == .ruled("stock but deductStock and restoreStock", event: .place))
    let kind = try #require(PartKind("return"))
    #expect(
      try defect { $0.rows[1].effects = [.addPart(kind, Status(rawValue: "asked"), PartFields())] }
        == .ruled("parts", event: .deliver))
    let (timer, moment) = (try #require(ParticularName("late")), try #require(ParticularName("lateAt")))
    let place = try #require(WorkflowDefinition.delivery.rows.firstIndex { $0.event == .close })
    #expect(
      try defect {
        $0.rows[place].relations = [.timer]
        $0.timers = [WorkflowTimer(timer, event: .close, afterSeconds: 60, moment: moment)]
      } == .ruled("timers", event: .close))
  }

  /// By a route that makes orders, by a timer, or by the generic actions of somebody.
  @Test func `every row of every workflow is reached`() throws {
    var reached = 0
    for name in Workflows.builtIn.names {
      let workflow = try #require(Workflows.builtIn[name])
      for row in workflow.definition.rows {
        reached += 1
        guard let from = row.from else {
          #expect(row.event == .place, "only that makes an order")
          continue
        }
        var order = try placed(draft(item("a", "1")))
        order.status = from
        let isDone = try Role.allCases.contains { workflow.actions(on: order, in: try context($0)).contains(row) }
        let isTimed = row.relations.contains(.timer) && workflow.definition.timers.contains { $0.event == row.event }
        #expect(isDone || isTimed, "\(name.rawValue): \(row.event.rawValue) from \(from.rawValue)")
      }
    }
    #expect(reached > 30)
  }
}
