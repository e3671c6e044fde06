/// Goods that somebody moves from one place of the house to another.
public struct StockTransfer: Sendable, Equatable {
  /// Where they are: one of `StockPlace.movable`.
  public var from: StockPlace
  /// Where they are to be: another of them.
  public var to: StockPlace
  /// How much; more than zero.
  public var quantity: Quantity
  /// Why, in the words of whoever moves them; it must be given.
  public var reason: Text?
  /// Describes it.
  public init(from: StockPlace, to: StockPlace, quantity: Quantity, reason: Text?) {
    self.from = from
    self.to = to
    self.quantity = quantity
    self.reason = reason
  }
}

extension Rules {
  /// Moves stock between places by hand; the row and the product are to be written together.
  ///
  /// Refuses with 422 what is no such move, and with 409 `exceeds_stock` more than is there: nothing is owed to a shelf.
  public static func transfer(
    _ transfer: StockTransfer, of product: Product, in context: RuleContext
  ) throws(Refusal) -> (product: Product, row: LedgerRow) {
    try admitToCatalogue(context.actor)
    try requireOwn(product, context)
    try check(transfer)
    let there = max(.zero, product[transfer.from])
    guard transfer.quantity <= there else {
      throw .exceedsStock(product.productID, transfer.quantity, there: there, transfer.from.phrase)
    }
    var row = LedgerRow(
      id: context.ids.next(LedgerRow.self), tenantID: product.tenantID, productID: product.productID,
      kind: .transfer, onHand: .zero, reason: transfer.reason, by: context.actor.user, at: context.now)
    row[transfer.from] = Quantity(millionths: -transfer.quantity.millionths)
    row[transfer.to] = transfer.quantity
    var next = product
    for place in [transfer.from, transfer.to] {
      guard let sum = product[place].adding(row[place]), sum.isStock else { throw .stockOutOfRange(product.productID) }
      next[place] = sum
    }
    next.version &+= 1
    next.updatedAt = context.now
    return (next, row)
  }

  private static func check(_ transfer: StockTransfer) throws(Refusal) {
    var problems = FieldProblems()
    let known = StockPlace.movable.map(\.rawValue).joined(separator: ", ")
    for (name, place) in [("from", transfer.from), ("to", transfer.to)] where !StockPlace.movable.contains(place) {
      problems.add(name, "\(place.rawValue) stock is moved by orders alone; known are \(known).")
    }
    if transfer.from == transfer.to { problems.add("to", "Is where the goods are already.") }
    problems.checkPositive(transfer.quantity, at: "quantity")
    if let reason = transfer.reason {
      if let defect = reason.defectOfReason { problems.add("reason", defect) }
    } else {
      problems.add("reason", "Is required: why the goods are moved.")
    }
    try problems.refuse()
  }
}
