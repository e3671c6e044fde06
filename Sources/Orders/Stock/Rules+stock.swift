extension Rules {
  /// Moves stock by hand; the row and the product are to be written together.
  ///
  /// A correction adds its signed quantity to what is on hand, which may fall below zero by it: so much is owed. Damaged
  /// and on-hold stock is set aside from what is on hand, so no more than that can be; a negative quantity puts back at
  /// most what was set aside. Past either, 409 `exceeds_stock`.
  public static func stock(
    _ movement: StockMovement, of product: Product, in context: RuleContext
  ) throws(Refusal) -> (product: Product, row: LedgerRow) {
    try admitToCatalogue(context.actor)
    try requireOwn(product, context)
    try check(movement)
    try checkEnough(movement, of: product)
    var row = LedgerRow(
      id: context.ids.next(LedgerRow.self), tenantID: product.tenantID, productID: product.productID,
      kind: movement.kind, onHand: movement.quantity, reason: movement.reason, by: context.actor.user,
      at: context.now)
    let opposite = Quantity(millionths: -movement.quantity.millionths)
    switch movement.kind {
    case .receipt, .correction, .deducted, .restored, .reserved, .confirmed, .released, .transfer: break
    case .damaged: (row.onHand, row.damaged) = (opposite, movement.quantity)
    case .onHold: (row.onHand, row.onHold) = (opposite, movement.quantity)
    }
    guard let onHand = product.onHand.adding(row.onHand), let damaged = product.damaged.adding(row.damaged),
      let onHold = product.onHold.adding(row.onHold), onHand.isStock, damaged.isStock, onHold.isStock
    else { throw .stockOutOfRange(product.productID) }
    var next = product
    next.onHand = onHand
    next.damaged = damaged
    next.onHold = onHold
    next.version &+= 1
    next.updatedAt = context.now
    return (next, row)
  }

  /// What is set aside must be there, and so must what is put back: nothing is owed to a shelf.
  private static func checkEnough(_ movement: StockMovement, of product: Product) throws(Refusal) {
    let aside: (held: Quantity, word: String)
    switch movement.kind {
    case .damaged: aside = (product.damaged, "damaged")
    case .onHold: aside = (product.onHold, "on hold")
    case .receipt, .correction, .deducted, .restored, .reserved, .confirmed, .released, .transfer: return
    }
    let isPutBack = movement.quantity < .zero
    let asked = Quantity(millionths: isPutBack ? -movement.quantity.millionths : movement.quantity.millionths)
    let there = isPutBack ? aside.held : max(.zero, product.onHand)
    guard asked > there else { return }
    throw .exceedsStock(product.productID, asked, there: there, isPutBack ? aside.word : "on hand")
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
    case .deducted, .restored, .reserved, .confirmed, .released:
      problems.add("kind", "\(movement.kind.rawValue) rows come from orders; receipt, correction, damaged or on_hold.")
    case .transfer: problems.add("kind", "A transfer needs the places that it is from and to.")
    }
    problems.check(movement.reason, .reason, at: "reason")
    try problems.refuse()
  }
}

extension Refusal {
  /// More is to be moved from a place than is there; `place` as in `are on hold`.
  static func exceedsStock(_ productID: Text, _ asked: Quantity, there: Quantity, _ place: String) -> Refusal {
    .conflict(
      "exceeds_stock", "\(asked.decimal) of \(productID) are more than the \(there.decimal) that are \(place).")
  }
}
