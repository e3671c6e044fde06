import HubContracts
import HubWire
public import Orders

extension Command {
  /// Adds a product to the catalogue.
  public static func create(
    _ draft: ProductDraft, named id: Text, actor: Actor, answer: AnswerSlot?, requestID: String
  )
    -> Command
  {
    Command(.product(id), actor: actor, answer: answer, requestID: requestID) { table, context throws(Refusal) in
      if table.product(id, actor.tenant) != nil {
        throw Refusal(
          kind: .conflict, code: "product_exists",
          detail:
            "the catalogue has a product \(id.start(64)) already; change it with PATCH /api/products/\(id.start(64))",
          fields: [],
          facts: [])
      }
      return answered(try Rules.createProduct(draft, in: context), isNew: true, row: nil, status: 201)
    }
  }

  /// Changes a product's name, price, tax rate or whether it is sold.
  public static func change(
    _ id: Text, by change: ProductChange, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    Command(.product(id), actor: actor, answer: answer, requestID: requestID) { table, context throws(Refusal) in
      guard let product = table.product(id, actor.tenant) else { throw .notFound("product", id) }
      return answered(try Rules.changeProduct(product, by: change, in: context), isNew: false, row: nil, status: 200)
    }
  }

  /// Moves a product's stock: a row of the ledger, and the sums with it.
  public static func move(
    _ movement: StockMovement, of id: Text, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    Command(.product(id), actor: actor, answer: answer, requestID: requestID) { table, context throws(Refusal) in
      guard let product = table.product(id, actor.tenant) else { throw .notFound("product", id) }
      let moved = try Rules.stock(movement, of: product, in: context)
      return answered(moved.product, isNew: false, row: moved.row, status: 201)
    }
  }

  /// Moves a product's stock from one place to another: a row of the ledger, and both sums with it.
  public static func transfer(
    _ transfer: StockTransfer, of id: Text, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    Command(.product(id), actor: actor, answer: answer, requestID: requestID) { table, context throws(Refusal) in
      guard let product = table.product(id, actor.tenant) else { throw .notFound("product", id) }
      let moved = try Rules.transfer(transfer, of: product, in: context)
      return answered(moved.product, isNew: false, row: moved.row, status: 201)
    }
  }

  private static func answered(_ product: Product, isNew: Bool, row: LedgerRow?, status: Int) -> Decision {
    Decision(effect: .product(product, isNew: isNew, row: row), status: status) { _ in
      success {
        $0.name("product")
        product.write(to: &$0)
        if let row {
          $0.name("movement")
          row.write(to: &$0)
        }
      }
    }
  }
}
