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

  /// `kind` is one of those that orders make.
  init(_ kind: LedgerKind) { self.kind = kind }

  /// Whether nothing was moved.
  var isEmpty: Bool { entries.isEmpty }

  /// What the stock lacked.
  var shortages: [StockShortage] {
    entries.compactMap { entry in
      entry.backordered > .zero ? StockShortage(productID: entry.productID, lacking: entry.backordered) : nil
    }
  }

  /// What is told of it.
  var payload: EventPayload {
    switch kind {
    case .deducted, .reserved: .inventoryReduced(affected)
    case .restored, .released, .confirmed, .receipt, .correction, .damaged, .onHold: .inventoryRestored(affected)
    }
  }

  /// Moves a quantity of an item as this book's kind says; gives what the stock lacked.
  mutating func move(_ quantity: Quantity, of item: OrderItem, _ product: Product) throws(Refusal) -> Quantity {
    let place = place(of: item, product)
    let on = (hand: entries[place].product?.onHand ?? .zero, reserved: entries[place].product?.reserved ?? .zero)
    let lacking = max(.zero, quantity.subtracting(max(.zero, on.hand)) ?? .tooMuch)
    switch kind {
    case .deducted: try note(quantity, lacking: lacking, leaving: on.hand.subtracting(quantity) ?? .tooMuch, at: place)
    case .restored: try note(quantity, lacking: .zero, leaving: on.hand.adding(quantity) ?? .tooMuch, at: place)
    case .reserved:
      try note(quantity, lacking: lacking, leaving: on.hand.subtracting(quantity) ?? .tooMuch, at: place)
      entries[place].product?.reserved = on.reserved.adding(quantity) ?? .tooMuch
    case .released:
      try note(quantity, lacking: .zero, leaving: on.hand.adding(quantity) ?? .tooMuch, at: place)
      entries[place].product?.reserved = on.reserved.subtracting(quantity) ?? .tooMuch
    case .confirmed:
      try note(quantity, lacking: .zero, leaving: on.hand, at: place)
      entries[place].product?.reserved = on.reserved.subtracting(quantity) ?? .tooMuch
    case .receipt, .correction, .damaged, .onHold: break
    }
    guard let reserved = entries[place].product?.reserved, reserved >= .zero, reserved.isStock else {
      throw .stockOutOfRange(item.productID)
    }
    return kind == .deducted || kind == .reserved ? lacking : .zero
  }

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
      let taken = Quantity(millionths: -entry.moved.millionths)
      let (onHand, reserved): (Quantity, Quantity) =
        switch kind {
        case .deducted: (taken, .zero)
        case .reserved: (taken, entry.moved)
        case .released: (entry.moved, taken)
        case .confirmed: (.zero, taken)
        case .restored, .receipt, .correction, .damaged, .onHold: (entry.moved, .zero)
        }
      return LedgerRow(
        id: context.ids.next(LedgerRow.self), tenantID: product.tenantID, productID: product.productID, kind: kind,
        onHand: onHand, reserved: reserved, backordered: entry.backordered, orderID: order, by: context.actor.user,
        at: context.now)
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
