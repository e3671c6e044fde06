/// What the catalogue lacks of what an order needs.
public struct StockShortage: Sendable, Equatable {
  /// Of what.
  public var productID: Text
  /// How much; nil to those who do not see the stock.
  public var lacking: Quantity?
  /// Names a lack.
  public init(productID: Text, lacking: Quantity?) {
    self.productID = productID
    self.lacking = lacking
  }
}
