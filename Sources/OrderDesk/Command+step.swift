import HubWire
public import Orders

extension Command {
  /// Does one event of the order's workflow by its table alone.
  public static func step(
    _ event: WorkflowEvent, _ input: StepInput, of id: OrderID, origin: Origin = .request,
    actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    var needs = Needs()
    needs.stock = true
    needs.holdings = true
    needs.parts = true
    return Command(
      .order(id), actor: actor, needs: needs, lines: input.items?.count ?? 0, answer: answer, requestID: requestID
    ) { table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      guard let workflow = context.workflows.workflow(of: order) else {
        throw .unknownWorkflow(of: order)
      }
      let change = try Step.take(
        event, input, of: order, by: workflow, facts: table.facts(of: order), in: context.by(origin))
      return Decision(effect: .order(change), status: 200) { orderJSON in
        success {
          $0.order(orderJSON)
          $0.parts(of: change)
        }
      }
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
