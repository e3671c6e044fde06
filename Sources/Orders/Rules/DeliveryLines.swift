/// A delivery's lines laid over an order's items.
struct DeliveryLines {
  /// How much of each item goes out, in millionths, in the order of the items.
  private(set) var quantities: [Int64]

  private struct Asked {
    var line: Int
    var total: Int64
    var left: Int64
    var isKnown = false
  }

  /// Sums lines of one item or product first, and judges then. Lines that name a product take from its items in the
  /// order's order, after the lines that name an item. Refuses as a whole: `invalid` for wrong lines, `exceeds_remaining`.
  init(_ lines: [DeliveryLine], of order: Order, problems: consuming FieldProblems) throws(Refusal) {
    quantities = [Int64](repeating: 0, count: order.items.count)
    var asked: [String: Asked] = [:]
    for (index, line) in lines.prefix(Rules.itemLimit).enumerated() {
      problems.checkPositive(line.quantity, at: "items[\(index)].quantity")
      // Both bounds hold before anything is summed, so 500 lines fit 64 bits.
      let quantity = min(max(line.quantity.millionths, 0), Quantity.limit.millionths)
      switch line.subject {
      case .item(let id):
        guard let place = order.items.firstIndex(where: { $0.id == id }) else {
          problems.add("items[\(index)].itemId", "The order has no item \(id).")
          continue
        }
        quantities[place] += quantity
      case .product(let product):
        asked[product, default: Asked(line: index, total: 0, left: 0)].total += quantity
        asked[product]?.left += quantity
      }
    }
    let named = quantities
    if !asked.isEmpty { fill(&asked, from: order) }
    for (index, line) in lines.enumerated() {
      guard case .product(let product) = line.subject, let asked = asked[product], asked.line == index,
        !asked.isKnown
      else { continue }
      problems.add("items[\(index)].productId", "The order has no product \(product.prefix(64)).")
    }
    try problems.refuse()
    try judge(named: named, asked: asked, lines: lines, order: order)
  }

  private mutating func fill(_ asked: inout [String: Asked], from order: Order) {
    for (place, item) in order.items.enumerated() {
      guard let left = asked[item.productID]?.left else { continue }
      let taken = min(left, max(0, item.remaining.millionths - quantities[place]))
      quantities[place] += taken
      asked[item.productID]?.left = left - taken
      asked[item.productID]?.isKnown = true
    }
  }

  private func judge(named: [Int64], asked: [String: Asked], lines: [DeliveryLine], order: Order) throws(Refusal) {
    for (place, item) in order.items.enumerated() where named[place] > item.remaining.millionths {
      let wanted = Quantity(millionths: named[place])
      throw .exceedsRemaining("item \(item.id)", wanted: wanted, left: item.remaining, order: order)
    }
    for line in lines {
      guard case .product(let product) = line.subject, let asked = asked[product], asked.left > 0 else { continue }
      let left = Quantity(millionths: asked.total - asked.left)
      throw .exceedsRemaining(
        "product \(product)", wanted: Quantity(millionths: asked.total), left: left, order: order)
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
