import HubWire
public import Orders

extension Command {
  /// Changes what an order was placed with, by its workflow's row for `edit`.
  public static func edit(
    _ edit: OrderEdit, _ input: StepInput, of id: OrderID, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    var needs = Needs.table
    needs.stock = edit.items != nil
    needs.itemProducts = needs.stock
    needs.products = edit.namedProducts
    let read = needs
    return Command(
      .order(id), actor: actor, needs: read, lines: edit.items?.count ?? 0, answer: answer, requestID: requestID
    ) { table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      guard let workflow = context.workflows.workflow(of: order) else { throw .unknownWorkflow(of: order) }
      let facts = try table.facts(of: order, read)
      let change = try Step.edit(edit, input, of: order, by: workflow, facts: facts, in: context)
      return Decision(effect: .order(change), status: 200) { orderJSON in
        success {
          $0.order(orderJSON)
          $0.parts(of: change)
        }
      }
    }
  }
}
