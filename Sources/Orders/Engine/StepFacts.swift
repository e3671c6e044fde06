/// What a step reads beside the order: as much as its `StepNeeds` say.
public struct StepFacts: Sendable {
  /// The catalogue's products of the order's items, as far as they exist.
  public var products: [Text: Product]
  /// What the order holds of their stock.
  public var held: StockHoldings
  /// All parts of the order, where its workflow knows any.
  public var parts: [Part]
  /// The deliveries that the event is about.
  public var deliveries: [Delivery]
  /// The invoices that it is about, and all of an order that awaits rounding.
  public var invoices: [Invoice]
  /// The number that the next document would get, of the series that is needed; empty if none is.
  public var number: String

  /// Nothing, but for what is given.
  public init(
    products: [Text: Product] = [:], held: StockHoldings = StockHoldings(), parts: [Part] = [],
    deliveries: [Delivery] = [], invoices: [Invoice] = [], number: String = ""
  ) {
    self.products = products
    self.held = held
    self.parts = parts
    self.deliveries = deliveries
    self.invoices = invoices
    self.number = number
  }
}
