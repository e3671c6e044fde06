/// The stock that one order moves, product by product: items of one product fold one after the other.
struct StockBook {
  private struct Entry {
    var productID: Text
    var name: Text
    /// Nil if the catalogue does not have it.
    var product: Product?
    var moved = Quantity.zero
    var backordered = Quantity.zero
  }

  private let kind: LedgerKind
  private var entries: [Entry] = []
  private var places = ProductPlaces()

  /// `kind` is deducted or restored.
  init(_ kind: LedgerKind) { self.kind = kind }

  /// Takes an item's quantity off its product; gives what the stock lacked. Never blocks: stock may fall below zero.
  mutating func deduct(_ item: OrderItem, from product: Product?) throws(Refusal) -> Quantity {
    let place = place(of: item, product)
    guard let onHand = entries[place].product?.onHand else {
      try note(item.quantity, lacking: .zero, leaving: nil, at: place)
      return .zero
    }
    let lacking = max(0, item.quantity.millionths - max(0, onHand.millionths))
    let after = onHand.subtracting(item.quantity)
    try note(item.quantity, lacking: Quantity(millionths: lacking), leaving: after ?? .tooMuch, at: place)
    return Quantity(millionths: lacking)
  }

  /// Puts a quantity of an item back.
  mutating func restore(_ quantity: Quantity, of item: OrderItem, to product: Product?) throws(Refusal) {
    let place = place(of: item, product)
    let after = entries[place].product.map { $0.onHand.adding(quantity) ?? .tooMuch }
    try note(quantity, lacking: .zero, leaving: after, at: place)
  }

  /// The products whose stock moved, each one version on.
  func products(at now: Timestamp) -> [Product] {
    entries.compactMap { entry in
      guard var product = entry.product else { return nil }
      product.version &+= 1
      product.updatedAt = now
      return product
    }
  }

  /// One row a product of the catalogue.
  func rows(of order: OrderID, in context: RuleContext) -> [LedgerRow] {
    entries.compactMap { entry in
      guard let product = entry.product else { return nil }
      let moved = kind == .deducted ? Quantity(millionths: -entry.moved.millionths) : entry.moved
      return LedgerRow(
        id: context.ids.next(LedgerRow.self), tenantID: product.tenantID, productID: product.productID, kind: kind,
        onHand: moved, backordered: entry.backordered, orderID: order, by: context.actor.user, at: context.now)
    }
  }

  /// Every product that moved, those outside the catalogue too.
  var affected: [AffectedProduct] {
    entries.map { entry in
      AffectedProduct(
        productID: entry.productID, name: entry.name, quantity: entry.moved, backordered: entry.backordered,
        tracked: entry.product != nil, onHand: entry.product?.onHand)
    }
  }

  private mutating func place(of item: OrderItem, _ product: Product?) -> Int {
    if let place = places[item.productID] { return place }
    places.append(item.productID)
    entries.append(Entry(productID: item.productID, name: product?.name ?? item.name, product: product))
    return entries.count - 1
  }

  private mutating func note(_ moved: Quantity, lacking: Quantity, leaving onHand: Quantity?, at place: Int)
    throws(Refusal)
  {
    guard let sum = entries[place].moved.adding(moved), let lacked = entries[place].backordered.adding(lacking),
      onHand.map({ $0.isStock }) ?? true
    else { throw .stockOutOfRange(entries[place].productID) }
    entries[place].moved = sum
    entries[place].backordered = lacked
    if let onHand { entries[place].product?.onHand = onHand }
  }
}

extension Quantity {
  /// Stands for a sum that does not fit; never stock.
  fileprivate static let tooMuch = Quantity(millionths: .max)
  /// What a product's stock may be either way: a thousand times the largest quantity of a request.
  static let stockLimit = Quantity(millionths: limit.millionths * 1000)
  /// Whether a product may have so much, or owe it.
  var isStock: Bool { millionths.magnitude <= Self.stockLimit.millionths.magnitude }
}

extension Refusal {
  static func stockOutOfRange(_ productID: Text) -> Refusal {
    .conflict(
      "stock_out_of_range",
      "The stock of \(productID) would leave what can be counted: \(Quantity.stockLimit.decimal) either way.")
  }
}
