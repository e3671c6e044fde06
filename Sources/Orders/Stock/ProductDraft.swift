/// A product as somebody wants it in the catalogue; its stock begins at zero.
public struct ProductDraft: Sendable, Equatable {
  /// The name it is ordered by: 1 to 64 bytes of printable ASCII.
  public var productID: Text
  /// What people call it.
  public var name: Text
  /// The price of one.
  public var unitPrice: Money
  /// The rate taken when an order says none.
  public var taxRate: TaxRate
  /// Describes a product.
  public init(productID: Text, name: Text, unitPrice: Money, taxRate: TaxRate) {
    self.productID = productID
    self.name = name
    self.unitPrice = unitPrice
    self.taxRate = taxRate
  }
}

/// What is to change of a product; what is nil stays.
public struct ProductChange: Sendable, Equatable {
  /// What people call it.
  public var name: Text?
  /// The price of one, for orders to come.
  public var unitPrice: Money?
  /// The rate, for orders to come.
  public var taxRate: TaxRate?
  /// Whether orders to come take name, price and stock from it.
  public var active: Bool?
  /// Describes a change.
  public init(name: Text? = nil, unitPrice: Money? = nil, taxRate: TaxRate? = nil, active: Bool? = nil) {
    self.name = name
    self.unitPrice = unitPrice
    self.taxRate = taxRate
    self.active = active
  }
}
