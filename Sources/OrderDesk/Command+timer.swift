public import Orders

extension Command {
  /// Has happen what a timer of an order's workflow stands for: the event that the definition names, if its moment has come.
  ///
  /// Refuses with 409: `too_early` before the moment, by this process's clock; `workflow_unknown` where the order's
  /// definition is not known here; and what the table refuses, when something else came first.
  public static func timer(
    _ name: ParticularName, of id: OrderID, tenant: TenantID, by user: UserID, requestID: String
  ) -> Command {
    var needs = Needs()
    needs.stock = true
    needs.holdings = true
    needs.parts = true
    let actor = Actor(tenant: tenant, user: user, role: .system)
    return Command(.order(id), actor: actor, needs: needs, answer: nil, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, tenant)
      guard let workflow = context.workflows.workflow(of: order) else { throw .unknownWorkflow(of: order) }
      let change = try Step.fire(
        name, of: order, by: workflow, facts: table.facts(of: order),
        in: context.by(.timer))
      return Decision(effect: .order(change), status: 200) { orderJSON in success { $0.order(orderJSON) } }
    }
  }
}
