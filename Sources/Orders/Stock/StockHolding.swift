/// What an order has of one product's stock.
public struct StockHolding: Sendable, Equatable {
  /// Set aside for it, and not taken yet.
  public var reserved: Quantity
  /// Taken by it, less what it gave back.
  public var taken: Quantity
  /// When what is reserved goes back by itself; nil: it is firm, or there is nothing.
  public var expiresAt: Timestamp?
  /// Describes it.
  public init(reserved: Quantity = .zero, taken: Quantity = .zero, expiresAt: Timestamp? = nil) {
    self.reserved = reserved
    self.taken = taken
    self.expiresAt = expiresAt
  }
}

/// What an order has of the catalogue's stock, product by product: what its rows of the ledger come to.
///
/// The rows say it, and not the order: so what is given back is what was taken, once, whatever its table says.
public struct StockHoldings: Sendable, Equatable {
  private var held: [Text: StockHolding]

  /// Nothing, or what was found of each product.
  public init(_ held: [Text: StockHolding] = [:]) { self.held = held }

  /// What these rows, in the order of their `seq`, come to.
  public init(rows: some Sequence<LedgerRow>) {
    held = [:]
    for row in rows { add(row) }
  }

  /// What it has of each product, by the product's name.
  public var byProduct: [(productID: Text, holding: StockHolding)] {
    held.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The products of which something is reserved, by name.
  var reserving: [Text] { held.lazy.filter { $0.value.reserved > .zero }.map(\.key).sorted() }

  /// What it has of a product.
  public subscript(productID: Text) -> StockHolding {
    get { held[productID] ?? StockHolding() }
    set { held[productID] = newValue }
  }

  /// Takes a further row into account; one that no step wrote is none of what is held. Sums of what is stored wrap, and
  /// never trap.
  public mutating func add(_ row: LedgerRow) {
    guard let hold = row.hold else { return }
    var holding = self[row.productID]
    holding.reserved = Quantity(millionths: holding.reserved.millionths &+ row.reserved.millionths)
    let left = StockPlace.allCases.reduce(0) { $0 &+ row[$1].millionths }
    holding.taken = Quantity(millionths: holding.taken.millionths &- left)
    holding.expiresAt = hold.expiresAt
    self[row.productID] = holding
  }
}
