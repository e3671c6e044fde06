/// What an edit makes of an order's items: which stay as they are, which are priced anew, and which are gone.
///
/// What is on a delivery or an invoice keeps its amounts, its share of the order's discount too, and so does an item of
/// which something was cancelled. The others are priced as an order's are that is made: what the edit does not name of
/// them is as it was ordered, and what is left of the order's own discount is spread over them.
struct ItemEditing {
  /// Where an item stands.
  fileprivate struct Place {
    /// As it was; nil for a further one.
    let before: OrderItem?
    /// Its own discount, without its share of the order's.
    var own = Money.zero
    /// What is asked for in its place.
    var draft: ItemDraft?
    /// The line that names it.
    var line: Int?
    /// Whether a line names its discount.
    var namesDiscount = false
    var isGone = false

    /// Whether it stays as it is.
    var isSettled: Bool {
      guard let before, draft == nil, !isGone else { return false }
      return before.engagement != nil || before.cancelled > .zero
    }
  }

  private let order: Order
  private let edit: OrderEdit
  private let mayPrice: Bool
  /// Nil if it is not known which part of the items' discounts is the order's own: then it is taken for theirs.
  private let known: OrderDiscounts?
  private var places: [Place]

  /// Lays an edit's lines over an order's items. Who may not price names no price, discount or tax.
  init(_ edit: OrderEdit, of order: Order, mayPrice: Bool, problems: inout FieldProblems) {
    self.order = order
    self.edit = edit
    self.mayPrice = mayPrice
    known = order.knownDiscounts
    let owns = known?.items ?? order.items.map(\.discount)
    places = zip(order.items, owns).map { Place(before: $0, own: $1) }
    let lines = edit.items ?? []
    if edit.items != nil, !(1...Rules.itemLimit).contains(lines.count) {
      problems.add("items", "\(lines.count) lines are not allowed; from 1 to \(Rules.itemLimit).")
    }
    lay(Array(lines.prefix(Rules.itemLimit)), mayPrice: mayPrice, problems: &problems)
    guard problems.list.isEmpty else { return }
    judge(&problems)
  }

  /// Whether anything is to be priced.
  private var isNeeded: Bool {
    places.contains { $0.isGone || $0.draft != nil } || edit.discount.map { $0 != known?.order } ?? false
  }

  // MARK: Lines

  private mutating func lay(_ lines: [OrderEdit.ItemEdit], mayPrice: Bool, problems: inout FieldProblems) {
    var byID: [ItemID: Int] = [:]
    var byProduct: [Text: [Int]] = [:]
    for (place, item) in order.items.enumerated() {
      byID[item.id] = place
      byProduct[item.productID, default: []].append(place)
    }
    for (index, line) in lines.enumerated() {
      let path = "items[\(index)]"
      if !mayPrice { line.checkUnpriced(at: path, &problems) }
      switch line.subject {
      case .item(let id):
        guard let place = byID[id] else {
          problems.add("\(path).itemId", "The order has no item \(id).")
          continue
        }
        change(place, by: line, index, &problems)
      case .product(let product):
        let found = byProduct[product] ?? []
        if found.count > 1 {
          problems.add(
            "\(path).productId",
            "The order has \(found.count) items of product \(product.start(64)); name one of them by its itemId.")
        } else if let place = found.first {
          change(place, by: line, index, &problems)
        } else if let place = add(product, by: line, index, &problems) {
          byProduct[product] = [place]
        }
      }
    }
  }

  private mutating func change(
    _ place: Int, by line: OrderEdit.ItemEdit, _ index: Int, _ problems: inout FieldProblems
  ) {
    let path = "items[\(index)]"
    guard places[place].line == nil, let item = places[place].before else {
      problems.add(path, "Is named twice; the first is items[\(places[place].line ?? index)].")
      return
    }
    if let named = line.itemsProduct, named != item.productID {
      problems.add(
        "\(path).productId", "Item \(item.id) is of product \(item.productID.start(64)), not \(named.start(64)).")
    }
    places[place].line = index
    places[place].namesDiscount = line.discount != nil
    let own = places[place].own
    let quantity = line.quantity ?? item.kept
    let draft = ItemDraft(
      productID: item.productID, name: line.name ?? item.name, quantity: quantity,
      unitPrice: line.unitPrice ?? item.unitPrice, discount: line.discount ?? own,
      taxRate: line.taxRate ?? item.taxRate)
    let isSame =
      quantity == item.kept && draft.name == item.name && draft.unitPrice == item.unitPrice && draft.discount == own
      && draft.taxRate == item.taxRate
    if isSame { return }
    if let engagement = item.engagement {
      problems.add(
        path,
        "\(item.name.start(64)) \(engagement) and cannot be changed; items of which nothing is on a delivery or an invoice can."
      )
    } else if quantity == .zero {
      places[place].isGone = true
    } else {
      places[place].draft = draft
    }
  }

  /// A further item; gives where it stands.
  private mutating func add(
    _ product: Text, by line: OrderEdit.ItemEdit, _ index: Int, _ problems: inout FieldProblems
  ) -> Int? {
    let path = "items[\(index)].quantity"
    guard let quantity = line.quantity else {
      problems.add(path, "Is required: the order has no item of product \(product.start(64)) yet.")
      return nil
    }
    guard quantity != .zero else {
      problems.add(path, "The order has no item of product \(product.start(64)) that could be taken off.")
      return nil
    }
    var place = Place(before: nil)
    place.line = index
    place.namesDiscount = true
    place.draft = ItemDraft(
      productID: product, name: line.name, quantity: quantity, unitPrice: line.unitPrice,
      discount: line.discount ?? .zero, taxRate: line.taxRate)
    places.append(place)
    return places.count - 1
  }

  private func judge(_ problems: inout FieldProblems) {
    let left = places.filter { !$0.isGone }
    if left.count > Rules.itemLimit {
      problems.add("items", "The order would have \(left.count) items; at most \(Rules.itemLimit) are allowed.")
    }
    // One that holds nothing already may have its address corrected all the same.
    if edit.items != nil, left.allSatisfy({ $0.draft == nil && $0.before?.kept ?? .zero == .zero }) {
      problems.add("items", "Nothing would be left of the order; cancel it instead.")
    }
    guard edit.discount != nil else { return }
    if known == nil,
      left.contains(where: { !$0.namesDiscount && $0.before?.engagement == nil && $0.own > .zero })
    {
      problems.add(
        "discount",
        "Which part of the items' discounts is the order's own was not kept when it was made; name the discount of each item beside it."
      )
    }
  }

  // MARK: Prices

  /// Puts the items in the place of the order's, with its sums; those that are gone stand behind them with a quantity of
  /// zero, so that what is held of them goes back. Gives those whose remaining quantity is another.
  func apply(
    to next: inout Order, products: [Text: Product], tracks: Bool, ids: any IdentitySource,
    problems: inout FieldProblems
  ) throws(Refusal) -> [ItemID] {
    guard isNeeded else { return [] }
    if !mayPrice { checkPricedByCatalogue(products, &problems) }
    let spoken = places.reduce(Int128(0)) { sum, place in
      place.isSettled ? sum + Int128((place.before?.discount.units ?? 0) - place.own.units) : sum
    }
    let wanted = edit.discount ?? known?.order ?? .zero
    let rest = Int128(wanted.units) - spoken
    let priced = places.filter { !$0.isGone && !$0.isSettled }
    guard rest >= 0, rest == 0 || !priced.isEmpty else {
      let settled = Money(units: Int64(clamping: spoken)).decimal
      problems.add(
        "discount",
        "\(wanted.decimal) is not possible: items that stay as they are have \(settled) of the order's discount, and \(priced.isEmpty ? "no other could have the rest" : "keep it")."
      )
      return []
    }
    let pricing = Pricing(
      OrderDraft(
        customer: order.customer, items: priced.map { $0.draft ?? $0.asOrdered }, currency: order.currency,
        discount: Money(units: Int64(clamping: rest))), products: products, tracks: tracks, ids: ids,
      allocation: Allocation(decimals: order.decimals),
      path: { place in priced[place].line.map { "items[\($0)]" } ?? "items" }, problems: &problems)
    guard problems.list.isEmpty else { return [] }
    put(pricing, spoken: Int64(clamping: spoken), into: &next)
    try next.sumUp()
    if next.subtotal > .sumLimit || next.total > .sumLimit {
      problems.add("items", "The order's total is above \(Money.sumLimit.decimal).")
    }
    return changed(in: next)
  }

  /// Whoever may not price adds nothing to what the staff priced, and does not leave their discount to less than it was
  /// given for.
  private func checkPricedByCatalogue(_ products: [Text: Product], _ problems: inout FieldProblems) {
    if edit.items != nil, order.discount > .zero {
      problems.add("items", "The order has a discount, which the staff gave; only they may change its items.")
    }
    for place in places {
      guard let before = place.before, let draft = place.draft, draft.quantity > before.kept else { continue }
      let product = products[before.productID].flatMap { $0.active ? $0 : nil }
      if let product, product.unitPrice == before.unitPrice, product.taxRate == before.taxRate { continue }
      problems.add(
        place.line.map { "items[\($0)].quantity" } ?? "items",
        "Its price is not the catalogue's of now; only staff may add to it.")
    }
  }

  private func put(_ pricing: Pricing, spoken: Int64, into next: inout Order) {
    var items: [OrderItem] = []
    var gone: [OrderItem] = []
    var owns: [Money] = []
    var count = 0
    for place in places {
      guard let before = place.before, place.isGone || place.isSettled else {
        items.append(pricing.items[count].keeping(place.before))
        owns.append(pricing.discounts?.items[count] ?? .zero)
        count += 1
        continue
      }
      if place.isGone {
        gone.append(before.emptied)
      } else {
        items.append(before)
        owns.append(place.own)
      }
    }
    next.items = items + gone
    next.discounts = nil
    guard known != nil || edit.discount != nil else { return }
    let own = Money(units: (pricing.discounts?.order.units ?? 0) + spoken)
    if own > .zero || owns.contains(where: { $0 > .zero }) {
      next.discounts = OrderDiscounts(order: own, items: owns)
    }
  }

  private func changed(in next: Order) -> [ItemID] {
    let before = Dictionary(order.items.map { ($0.id, $0.remaining) }) { first, _ in first }
    return next.items.filter { before[$0.id] != $0.remaining }.map(\.id)
  }
}

extension ItemEditing.Place {
  /// The item as somebody would ask for it again.
  fileprivate var asOrdered: ItemDraft {
    ItemDraft(
      productID: before?.productID ?? "", name: before?.name, quantity: before?.quantity ?? .zero,
      unitPrice: before?.unitPrice, discount: own, taxRate: before?.taxRate)
  }
}

extension OrderItem {
  /// Why it may not be changed, for people: something of it is on a delivery or an invoice. Nil if it may.
  fileprivate var engagement: String? {
    if invoiced > .zero { return "is on an invoice" }
    return delivered > .zero || received > .zero || returned > .zero ? "is on a delivery" : nil
  }

  /// As it is priced now, and otherwise the item that it was.
  fileprivate func keeping(_ before: OrderItem?) -> OrderItem {
    guard let before else { return self }
    var item = self
    item.id = before.id
    item.productID = before.productID
    item.tracked = before.tracked
    // What of it is lacking from now on, the move of the stock says.
    item.backordered = before.backordered
    return item
  }

  /// Nothing of it.
  fileprivate var emptied: OrderItem {
    var item = self
    (item.quantity, item.cancelled) = (.zero, .zero)
    (item.subtotal, item.discount, item.tax, item.billed) = (.zero, .zero, .zero, nil)
    return item
  }
}

extension OrderEdit.ItemEdit {
  /// Whoever does not run the business says what, and not for how much.
  fileprivate func checkUnpriced(at path: String, _ problems: inout FieldProblems) {
    let rule = "Only staff may say it; the catalogue's is taken."
    if unitPrice != nil { problems.add("\(path).unitPrice", rule) }
    if discount != nil { problems.add("\(path).discount", rule) }
    if taxRate != nil { problems.add("\(path).taxRate", rule) }
    if name != nil { problems.add("\(path).name", rule) }
  }
}
