import HubWire
public import Orders

extension Command {
  /// Does one event of an order by its workflow: what its table says, and the rule beside it if there is one.
  ///
  /// Answers with the order, and with the documents and parts that came to be or changed.
  public static func step(
    _ ask: StepAsk, of id: OrderID, origin: Origin = .request, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    let needs = ask.needs
    return Command(
      .order(id), actor: actor, needs: needs, lines: ask.lineCount, answer: answer, requestID: requestID
    ) { table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let facts = try table.facts(of: order, needs)
      guard let workflow = context.workflows.workflow(of: order) else {
        throw ask.isRuled ? .workflowOutOfStep(order) : .unknownWorkflow(of: order)
      }
      let change = try Step.take(ask, of: order, by: workflow, facts: facts, in: context.by(origin))
      return Decision(effect: .order(change), status: ask.answer.isNew ? 201 : 200) { orderJSON in
        success {
          for document in ask.answer.documents { $0.document(document, of: change) }
          $0.order(orderJSON)
          $0.parts(of: change)
        }
      }
    }
  }

  /// The same of an event that the table says all of.
  public static func step(
    _ event: WorkflowEvent, _ input: StepInput, of id: OrderID, origin: Origin = .request, actor: Actor,
    answer: AnswerSlot?, requestID: String
  ) -> Command {
    step(StepAsk(event, input), of: id, origin: origin, actor: actor, answer: answer, requestID: requestID)
  }

  /// Has happen what a timer of an order's workflow stands for: the event that the definition names, if its moment has come.
  ///
  /// Refuses with 409: `too_early` before the moment, by this process's clock; `workflow_unknown` where the order's
  /// definition is not known here; and what the table refuses, when something else came first.
  public static func timer(
    _ name: ParticularName, of id: OrderID, tenant: TenantID, by user: UserID, requestID: String
  ) -> Command {
    let actor = Actor(tenant: tenant, user: user, role: .system)
    return Command(.order(id), actor: actor, needs: .table, answer: nil, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, tenant)
      guard let workflow = context.workflows.workflow(of: order) else { throw .unknownWorkflow(of: order) }
      let change = try Step.fire(
        name, of: order, by: workflow, facts: table.facts(of: order, .table), in: context.by(.timer))
      return Decision(effect: .order(change), status: 200) { orderJSON in success { $0.order(orderJSON) } }
    }
  }
}

extension Refusal {
  /// The code of what `unknownWorkflow` refuses.
  public static let workflowUnknown = "workflow_unknown"

  /// This process does not know the workflow of the order: an older one beside newer ones, or a definition that is gone.
  static func unknownWorkflow(of order: Order) -> Refusal {
    Refusal(
      kind: .conflict, code: workflowUnknown,
      detail: "The workflow \(order.workflow.rawValue.start(64)) of order \(order.number) is not known here.",
      facts: [.status(order.status.rawValue), .version(order.version)])
  }
}
