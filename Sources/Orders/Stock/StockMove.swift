/// What one step of an order does to the catalogue's stock: how much of each product the order holds afterwards, and so
/// what is taken from the product's sums or given back.
///
/// It says what is to be, not by how much: done twice, or after a change of the items, it moves the difference.
struct StockMove {
  /// What becomes of one product.
  fileprivate struct Entry {
    let product: Product
    let before: StockHolding
    var after: StockHolding
    /// What the shelf lacked.
    var lacking: Quantity
    /// Leaves the shelf; negative if it comes back.
    var fromShelf: Quantity
  }

  private let kind: LedgerKind
  private var entries: [Entry] = []

  /// Finds what is to move. `items` get what the stock lacked of them; `held` is what the order holds so far.
  ///
  /// Refuses an order whose product is not in the catalogue any more, and what could not be counted.
  init(
    _ kind: LedgerKind, of order: inout Order, products: [Text: Product], held: StockHoldings
  ) throws(Refusal) {
    self.kind = kind
    var places = ProductPlaces()
    var kept: [(product: Product, quantity: Quantity)] = []
    for item in order.items where item.tracked {
      guard let product = products[item.productID] else {
        throw .outOfStep("its product \(item.productID) is not in the catalogue any more", of: order)
      }
      if let place = places[item.productID] {
        guard let sum = kept[place].quantity.adding(item.kept) else { throw .stockOutOfRange(item.productID) }
        kept[place].quantity = sum
      } else {
        places.append(item.productID)
        kept.append((product, item.kept))
      }
    }
    for (product, quantity) in kept {
      let entry = try Self.entry(kind, product, of: quantity, before: held[product.productID])
      if kind == .reserved || kind == .deducted {
        order.note(entry.lacking, less: entry.fromShelf, of: product.productID)
      }
      let isMoved = entry.after.reserved != entry.before.reserved || entry.after.taken != entry.before.taken
      if isMoved || (kind == .confirmed && entry.before.reserved > .zero) { entries.append(entry) }
    }
  }

  private static func entry(
    _ kind: LedgerKind, _ product: Product, of kept: Quantity, before: StockHolding
  ) throws(Refusal) -> Entry {
    var after = before
    switch kind {
    case .reserved: after.reserved = max(.zero, kept.subtracting(before.taken) ?? .zero)
    case .deducted: (after.reserved, after.taken) = (.zero, kept)
    case .released: after.reserved = .zero
    case .restored: (after.reserved, after.taken) = (.zero, .zero)
    case .confirmed, .receipt, .correction, .damaged, .onHold, .transfer: break
    }
    guard let held = after.reserved.adding(after.taken), let was = before.reserved.adding(before.taken),
      let fromShelf = held.subtracting(was), let onHand = product.onHand.subtracting(fromShelf), onHand.isStock,
      let more = after.reserved.subtracting(before.reserved), let reserved = product.reserved.adding(more),
      reserved >= .zero, reserved.isStock
    else { throw .stockOutOfRange(product.productID) }
    var moved = product
    (moved.onHand, moved.reserved) = (onHand, reserved)
    let lacking = max(.zero, fromShelf.subtracting(max(.zero, product.onHand)) ?? .zero)
    return Entry(product: moved, before: before, after: after, lacking: lacking, fromShelf: fromShelf)
  }

  /// What the stock lacked.
  var shortages: [StockShortage] {
    entries.compactMap { entry in
      entry.lacking > .zero ? StockShortage(productID: entry.product.productID, lacking: entry.lacking) : nil
    }
  }

  /// What is told of it: what left the shelf, and what came back to it.
  var told: [EventPayload] {
    let reduced = entries.filter { $0.fromShelf > .zero }.map(\.affected)
    let restored = entries.filter { $0.fromShelf < .zero }.map(\.affected)
    return (reduced.isEmpty ? [] : [.inventoryReduced(reduced)])
      + (restored.isEmpty ? [] : [.inventoryRestored(restored)])
  }

  /// The products whose sums moved, each one version on.
  func products(at now: Timestamp) -> [Product] {
    entries.compactMap { entry in
      guard entry.fromShelf != .zero || entry.after.reserved != entry.before.reserved else { return nil }
      var product = entry.product
      product.version &+= 1
      product.updatedAt = now
      return product
    }
  }

  /// One row a product, of the order as the step leaves it.
  func rows(of order: Order, until end: ReservationEnd, in context: RuleContext) -> [LedgerRow] {
    entries.map { entry in
      var row = LedgerRow(
        held: entry.product.productID, kind, of: order,
        until: entry.after.reserved > .zero && kind != .confirmed ? end.moment(after: entry.before) : nil, in: context)
      // The shelf cannot have had more than fits, so neither difference overflows.
      row.onHand = Quantity(millionths: 0 &- entry.fromShelf.millionths)
      row.reserved = Quantity(millionths: entry.after.reserved.millionths &- entry.before.reserved.millionths)
      row.backordered = entry.lacking
      return row
    }
  }
}

extension StockMove.Entry {
  fileprivate var affected: AffectedProduct {
    AffectedProduct(
      productID: product.productID, name: product.name,
      quantity: Quantity(millionths: Int64(clamping: fromShelf.millionths.magnitude)), backordered: lacking,
      tracked: true, onHand: product.onHand)
  }
}

extension Order {
  /// Notes what the stock lacked of a product: the first of its items have what there is. What came back to the shelf
  /// (`taken` is negative then) makes up for what was lacking before.
  fileprivate mutating func note(_ lacking: Quantity, less taken: Quantity, of productID: Text) {
    let isOfIt: (OrderItem) -> Bool = { $0.tracked && $0.productID == productID }
    let before = items.lazy.filter(isOfIt).reduce(0) { $0 &+ $1.backordered.millionths }
    var left = max(0, before &+ lacking.millionths &+ min(0, taken.millionths))
    for index in items.indices.reversed() where isOfIt(items[index]) {
      let part = min(left, items[index].kept.millionths)
      items[index].backordered = Quantity(millionths: part)
      left -= part
    }
  }
}

extension LedgerRow {
  /// A row of nothing yet: what an order holds of a product from now on.
  init(held productID: Text, _ kind: LedgerKind, of order: Order, until end: Timestamp?, in context: RuleContext) {
    self.init(
      id: context.ids.next(LedgerRow.self), tenantID: order.tenantID, productID: productID, kind: kind, onHand: .zero,
      orderID: order.id,
      hold: Hold(seq: order.version, owner: order.customer.id ?? order.createdBy.name, expiresAt: end),
      by: context.actor.user, at: context.now)
  }
}
