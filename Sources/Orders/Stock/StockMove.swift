/// What one step of an order does to the catalogue's stock: how much of each product the order holds afterwards, and so
/// what is taken from the product's sums or given back.
///
/// It says what is to be, not by how much: done twice, or after a change of the items, it moves the difference.
struct StockMove {
  /// What becomes of one product.
  fileprivate struct Entry {
    let productID: Text
    let name: Text
    /// As it is afterwards; nil if the catalogue does not have it.
    let product: Product?
    let before: StockHolding
    let after: StockHolding
    /// What the shelf lacked.
    let lacking: Quantity
    /// Leaves the shelf; negative if it comes back.
    let fromShelf: Quantity
    /// What is taken now, was set aside when the shelf did not have it, and is not there yet.
    var owed = Quantity.zero
  }

  private let kind: LedgerKind
  /// Whether its rows say what the order holds.
  private let isHeldByRows: Bool
  private var entries: [Entry] = []

  /// Finds what is to move. `order` is as the step's rule has left it, and its items get what the stock lacked of them;
  /// `held` is what it held before the step.
  ///
  /// Refuses an order whose product is not in the catalogue any more, and what could not be counted.
  init(
    _ kind: LedgerKind, of order: inout Order, products: [Text: Product], held: StockRecord
  ) throws(Refusal) {
    self.kind = kind
    var kept = KeptStock()
    var holdings: StockHoldings?
    switch held {
    case .ledger(let rows):
      holdings = rows
      for item in order.items where item.tracked { try kept.add(item) }
    case .items(let before):
      for item in order.items { try kept.add(item) }
      for item in before { try kept.add(before: item) }
    }
    isHeldByRows = holdings != nil
    entries.reserveCapacity(kept.sums.count)
    // What the items of each product lack from now on.
    var lacks: [Quantity] = []
    for sum in kept.sums {
      let before = holdings?[sum.productID] ?? StockHolding(taken: sum.before)
      let after = holdings == nil ? StockHolding(taken: sum.now) : before.after(kind, keeping: sum.now)
      let product = sum.tracked ? products[sum.productID] : nil
      let isMoved = after.reserved != before.reserved || after.taken != before.taken
      if sum.tracked, product == nil, isMoved || isHeldByRows {
        throw .outOfStep("its product \(sum.productID) is not in the catalogue any more", of: order)
      }
      var entry = try Entry(sum, product, before, after)
      if kind == .deducted, isHeldByRows { entry.owed = order.owed(sum.productID, of: product) }
      lacks.append(Quantity(millionths: entry.lacking.millionths &+ min(0, entry.fromShelf.millionths)))
      if isMoved || (kind == .confirmed && before.reserved > .zero) { entries.append(entry) }
    }
    // By items alone, what was lacking stays as it was written.
    if kind == .reserved || kind == .deducted || isHeldByRows { order.note(lacks, of: kept) }
  }

  /// What the stock lacked.
  var shortages: [StockShortage] {
    entries.compactMap { entry in
      let lacking = max(entry.lacking, entry.owed)
      return lacking > .zero ? StockShortage(productID: entry.productID, lacking: lacking) : nil
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
      guard var product = entry.product,
        entry.fromShelf != .zero || entry.after.reserved != entry.before.reserved
      else { return nil }
      product.version &+= 1
      product.updatedAt = now
      return product
    }
  }

  /// One row a product of the catalogue, of the order as the step leaves it.
  func rows(of order: Order, until end: ReservationEnd, in context: RuleContext) -> [LedgerRow] {
    entries.compactMap { entry in
      guard entry.product != nil else { return nil }
      var row = LedgerRow(
        held: entry.productID, kind, of: order,
        until: entry.after.reserved > .zero && kind != .confirmed ? end.moment(after: entry.before) : nil, in: context)
      if !isHeldByRows {
        // Such a row says by its kind alone which way the goods went.
        (row.hold, row.kind) = (nil, entry.fromShelf < .zero ? .restored : .deducted)
      }
      // The shelf cannot have had more than fits, so neither difference overflows.
      row.onHand = Quantity(millionths: 0 &- entry.fromShelf.millionths)
      row.reserved = Quantity(millionths: entry.after.reserved.millionths &- entry.before.reserved.millionths)
      row.backordered = entry.lacking
      return row
    }
  }
}

extension StockHolding {
  /// What an order holds after a step that keeps so much of its items.
  fileprivate func after(_ kind: LedgerKind, keeping kept: Quantity) -> StockHolding {
    var after = self
    switch kind {
    case .reserved: after.reserved = max(.zero, kept.subtracting(taken) ?? .zero)
    case .deducted: (after.reserved, after.taken) = (.zero, kept)
    case .released: after.reserved = .zero
    case .restored: (after.reserved, after.taken) = (.zero, .zero)
    case .confirmed, .receipt, .correction, .damaged, .onHold, .transfer: break
    }
    return after
  }
}

extension StockMove.Entry {
  /// Moves the sums of the product, if there is one.
  fileprivate init(
    _ sum: KeptStock.Sum, _ product: Product?, _ before: StockHolding, _ after: StockHolding
  ) throws(Refusal) {
    guard let held = after.reserved.adding(after.taken), let was = before.reserved.adding(before.taken),
      let fromShelf = held.subtracting(was), let more = after.reserved.subtracting(before.reserved)
    else { throw .stockOutOfRange(sum.productID) }
    productID = sum.productID
    name = product?.name ?? sum.name
    self.before = before
    self.after = after
    self.fromShelf = fromShelf
    guard var moved = product else {
      lacking = .zero
      self.product = nil
      return
    }
    guard let onHand = moved.onHand.subtracting(fromShelf), onHand.isStock,
      let reserved = moved.reserved.adding(more), reserved >= .zero, reserved.isStock
    else { throw .stockOutOfRange(sum.productID) }
    lacking = max(.zero, fromShelf.subtracting(max(.zero, moved.onHand)) ?? .zero)
    (moved.onHand, moved.reserved) = (onHand, reserved)
    self.product = moved
  }

  fileprivate var affected: AffectedProduct {
    AffectedProduct(
      productID: productID, name: name, quantity: Quantity(millionths: Int64(clamping: fromShelf.millionths.magnitude)),
      backordered: lacking, tracked: product != nil, onHand: product?.onHand)
  }
}

extension Order {
  /// What its items lacked of a product, as far as the shelf owes it still.
  fileprivate func owed(_ productID: Text, of product: Product?) -> Quantity {
    guard let product, product.onHand < .zero else { return .zero }
    let lacked = items.lazy.filter { $0.tracked && $0.productID == productID }
      .reduce(0) { $0 &+ $1.backordered.millionths }
    return max(.zero, Quantity(millionths: min(lacked, 0 &- product.onHand.millionths)))
  }

  /// Notes at the items what the stock lacks of their products beyond what it lacked before: the first of a product's items
  /// have what there is. What came back to the shelf is negative, and makes up for what was lacking.
  fileprivate mutating func note(_ lacks: [Quantity], of kept: KeptStock) {
    guard lacks.contains(where: { $0 > .zero }) || items.contains(where: { $0.backordered != .zero }) else { return }
    var left = lacks.map(\.millionths)
    let places = items.map { $0.tracked ? kept[$0.productID] : nil }
    for (item, place) in zip(items, places) { if let place { left[place] &+= item.backordered.millionths } }
    for index in items.indices.reversed() {
      guard let place = places[index] else { continue }
      let part = min(max(0, left[place]), items[index].kept.millionths)
      items[index].backordered = Quantity(millionths: part)
      left[place] &-= part
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
