/// What a step reads beside the order: as much as its workflow's table may ask for.
public struct StepFacts: Sendable {
  /// The catalogue's products of the order's items, as far as they exist.
  public var products: [Text: Product]
  /// What the order holds of their stock.
  public var held: StockHoldings
  /// All parts of the order, where its workflow knows any.
  public var parts: [Part]

  /// Nothing, but for what is given.
  public init(products: [Text: Product] = [:], held: StockHoldings = StockHoldings(), parts: [Part] = []) {
    self.products = products
    self.held = held
    self.parts = parts
  }
}
