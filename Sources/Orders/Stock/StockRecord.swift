/// By what it is known what an order holds of the catalogue's stock before a step of it.
enum StockRecord {
  /// By its rows of the ledger, as the steps before wrote them: what is restored is what was taken, whatever its items say.
  case ledger(StockHoldings)
  /// By its items, which were these: it took what was kept of them, and never reserves. Its rows of the ledger say nothing
  /// of it, as they did not before there were holdings; goods outside the catalogue are told of like the others.
  case items([OrderItem])
}

/// The goods that an order's items keep, product by product, in the order in which the products first appear.
struct KeptStock {
  /// What is kept of one product.
  struct Sum {
    let productID: Text
    /// The name that its first item has.
    let name: Text
    /// Whether its items follow the catalogue.
    let tracked: Bool
    var before = Quantity.zero
    var now = Quantity.zero
  }

  private(set) var sums: [Sum] = []
  private var places = ProductPlaces()

  /// The place of a product; nil if no item of it was added.
  subscript(productID: Text) -> Int? { places[productID] }

  /// Adds what is kept of an item.
  mutating func add(_ item: OrderItem) throws(Refusal) {
    let place = place(of: item)
    guard let sum = sums[place].now.adding(item.kept) else { throw .stockOutOfRange(item.productID) }
    sums[place].now = sum
  }

  /// Adds what was kept of an item before the step.
  mutating func add(before item: OrderItem) throws(Refusal) {
    let place = place(of: item)
    guard let sum = sums[place].before.adding(item.kept) else { throw .stockOutOfRange(item.productID) }
    sums[place].before = sum
  }

  private mutating func place(of item: OrderItem) -> Int {
    if let place = places[item.productID] { return place }
    places.append(item.productID)
    sums.append(Sum(productID: item.productID, name: item.name, tracked: item.tracked))
    return sums.count - 1
  }
}

extension Quantity {
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
