extension Rules {
  /// Moves stock by hand; the row and the product are to be written together. What is on hand may fall below zero (so
  /// much is owed); what is damaged or on hold may not.
  public static func stock(
    _ movement: StockMovement, of product: Product, in context: RuleContext
  ) throws(Refusal) -> (product: Product, row: LedgerRow) {
    try admitToCatalogue(context.actor)
    try requireOwn(product, context)
    try check(movement)
    var row = LedgerRow(
      id: context.ids.next(LedgerRow.self), tenantID: product.tenantID, productID: product.productID,
      kind: movement.kind, onHand: movement.quantity, reason: movement.reason, by: context.actor.user,
      at: context.now)
    let opposite = Quantity(millionths: -movement.quantity.millionths)
    switch movement.kind {
    case .receipt, .correction, .deducted, .restored: break
    case .damaged: (row.onHand, row.damaged) = (opposite, movement.quantity)
    case .onHold: (row.onHand, row.onHold) = (opposite, movement.quantity)
    }
    guard let onHand = product.onHand.adding(row.onHand), let damaged = product.damaged.adding(row.damaged),
      let onHold = product.onHold.adding(row.onHold), onHand.isStock, damaged.isStock, onHold.isStock
    else { throw .stockOutOfRange(product.productID) }
    guard damaged >= .zero, onHold >= .zero else {
      let held = movement.kind == .damaged ? product.damaged : product.onHold
      throw .conflict(
        "exceeds_stock",
        "\(opposite.decimal) of \(product.productID) are more than the \(held.decimal) that are \(movement.kind.rawValue)."
      )
    }
    var next = product
    next.onHand = onHand
    next.damaged = damaged
    next.onHold = onHold
    next.version &+= 1
    next.updatedAt = context.now
    return (next, row)
  }

  private static func check(_ movement: StockMovement) throws(Refusal) {
    var problems = FieldProblems()
    switch movement.kind {
    case .receipt: problems.checkPositive(movement.quantity, at: "quantity")
    case .correction, .damaged, .onHold:
      if movement.quantity == .zero || movement.quantity.millionths.magnitude > Quantity.limit.millionths.magnitude {
        problems.add(
          "quantity",
          "\(movement.quantity.decimal) is not allowed; other than 0, at most \(Quantity.limit.decimal) either way.")
      }
    case .deducted, .restored:
      problems.add("kind", "\(movement.kind.rawValue) rows come from orders; receipt, correction, damaged or on_hold.")
    }
    problems.check(movement.reason, .reason, at: "reason")
    try problems.refuse()
  }
}
