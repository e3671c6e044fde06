import Testing

@testable import Orders

/// How the tests of edits speak.
protocol EditScene {}

extension EditScene {
  /// What somebody makes of an order.
  func edit(
    _ order: Order, by role: Role = .employee, products: [Product] = [], held: StockHoldings = StockHoldings(),
    workflows: Workflows = .builtIn, version: Int64? = nil, _ input: StepInput = StepInput(),
    _ change: (inout OrderEdit) throws -> Void
  ) throws -> Change {
    var edit = OrderEdit(version: version ?? order.version)
    try change(&edit)
    let workflow = try #require(workflows[order.workflow])
    return try Step.edit(
      edit, input, of: order, by: workflow, facts: StepFacts(products: catalogue(products), held: held),
      in: context(role, workflows: workflows))
  }

  func line(
    _ product: Text, _ amount: String? = nil, at price: String? = nil, discount: String? = nil
  ) throws -> OrderEdit.ItemEdit {
    OrderEdit.ItemEdit(
      .product(product), quantity: try amount.map(quantity), unitPrice: try price.map(money),
      discount: try discount.map(money))
  }

  func pickup(_ items: ItemDraft..., products: [Product] = [], customer: Text? = nil) throws -> Order {
    var draft = OrderDraft(
      customer: Customer(id: customer, name: "Ravi"), items: items, currency: try #require(Currency("INR")))
    draft.workflow = WorkflowName(rawValue: "pickup")
    return try Step.place(
      draft, StepInput(), number: "ORD-1", by: #require(Workflows.builtIn[draft.workflow]),
      products: catalogue(products), in: context(.employee)
    ).order
  }

  func amounts(_ order: Order) -> [String] {
    [order.subtotal, order.discount, order.tax, order.total].map(\.decimal)
  }
}
