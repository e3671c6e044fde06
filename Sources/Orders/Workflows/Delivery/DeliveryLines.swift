/// A delivery's lines laid over an order's items.
struct DeliveryLines {
  /// How much of each item goes out, in millionths, in the order of the items.
  private(set) var quantities: [Int64]
  /// How many items have something that goes out.
  var count: Int { quantities.count { $0 > 0 } }

  /// The products that lines name, each once.
  private var asked: [Asked] = []
  private var places = ProductPlaces()

  private struct Asked {
    var product: Text
    /// The first line that names it.
    var line: Int
    var total: Int64 = 0
    var left: Int64 = 0
    var isKnown = false
  }

  /// Sums lines of one item or product first, and judges then. Lines that name a product take from its items in the
  /// order's order, after the lines that name an item. Refuses as a whole: `invalid` for wrong lines,
  /// `exceeds_remaining`.
  init(_ lines: [DeliveryLine], of order: Order, problems: consuming FieldProblems) throws(Refusal) {
    quantities = [Int64](repeating: 0, count: order.items.count)
    for (index, line) in lines.prefix(Rules.itemLimit).enumerated() {
      problems.checkPositive(line.quantity, at: "items[\(index)].quantity")
      add(line, at: index, order: order, problems: &problems)
    }
    let named = quantities
    if !asked.isEmpty { fill(from: order) }
    for product in asked where !product.isKnown {
      problems.add(
        "items[\(product.line)].productId", "The order has no product \(product.product.start(64)).")
    }
    try problems.refuse()
    try judge(named: named, order: order)
  }

  private mutating func add(_ line: DeliveryLine, at index: Int, order: Order, problems: inout FieldProblems) {
    // A quantity out of bounds is refused with the rest; held within them, 500 lines fit 64 bits.
    let quantity = min(max(line.quantity.millionths, 0), Quantity.limit.millionths)
    switch line.subject {
    case .item(let id):
      guard let place = order.items.firstIndex(where: { $0.id == id }) else {
        problems.add("items[\(index)].itemId", "The order has no item \(id).")
        return
      }
      if let named = line.itemsProduct, named != order.items[place].productID {
        problems.add(
          "items[\(index)].productId",
          "Item \(id) is of product \(order.items[place].productID.start(64)), not \(named.start(64)); one of the two will do."
        )
      }
      quantities[place] += quantity
    case .product(let product):
      let place = places[product] ?? asked.count
      if place == asked.count {
        places.append(product)
        asked.append(Asked(product: product, line: index))
      }
      asked[place].total += quantity
      asked[place].left += quantity
    }
  }

  private mutating func fill(from order: Order) {
    for (place, item) in order.items.enumerated() {
      guard let product = places[item.productID] else { continue }
      let taken = min(asked[product].left, max(0, item.remaining.millionths - quantities[place]))
      quantities[place] += taken
      asked[product].left -= taken
      asked[product].isKnown = true
    }
  }

  private func judge(named: [Int64], order: Order) throws(Refusal) {
    for (place, item) in order.items.enumerated() where named[place] > item.remaining.millionths {
      let wanted = Quantity(millionths: named[place])
      throw .exceedsRemaining("item \(item.id)", wanted: wanted, left: item.remaining, order: order)
    }
    for product in asked where product.left > 0 {
      throw .exceedsRemaining(
        "product \(product.product.start(64))", wanted: Quantity(millionths: product.total),
        left: Quantity(millionths: product.total - product.left), order: order)
    }
  }
}

extension Refusal {
  fileprivate static func exceedsRemaining(_ what: String, wanted: Quantity, left: Quantity, order: Order) -> Refusal {
    .conflict(
      "exceeds_remaining",
      "\(wanted.decimal) of \(what) are more than the \(left.decimal) that remain; nothing was written.",
      facts: [
        .remaining(order.remainingByProduct), .version(order.version), .status(order.status.rawValue),
      ])
  }
}
