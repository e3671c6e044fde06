/// A product of a tenant's catalogue, with its stock.
///
/// `onHand`, `reserved`, `damaged` and `onHold` are each the sum of their column in the ledger, and what the house has is
/// the sum of the four: what is reserved, broken or on hold is none of `onHand`, so that what can be sold is `onHand` itself.
/// It may fall below zero where a workflow's stock is tracked and never blocks: then so much is owed.
public struct Product: Sendable, Equatable, StockSums {
  /// Who owns it.
  public var tenantID: TenantID
  /// The name it is ordered by, 1 to 64 bytes, unique in its tenant.
  public var productID: Text
  /// What people call it.
  public var name: Text
  /// The price of one, in `currency`.
  public var unitPrice: Money
  /// The rate taken when an order says none.
  public var taxRate: TaxRate
  /// Whether new orders take name and price from it.
  public var active: Bool
  /// What can be sold; below zero when owed.
  public var onHand: Quantity
  /// What is set aside for orders, and is none of `onHand` any more.
  public var reserved: Quantity
  /// What is broken.
  public var damaged: Quantity
  /// What waits for a check.
  public var onHold: Quantity
  /// Grows by one each write, and guards it.
  public var version: Int64
  /// When it was created.
  public var createdAt: Timestamp
  /// When it last changed.
  public var updatedAt: Timestamp

  /// Makes a product of all its parts.
  public init(
    tenantID: TenantID, productID: Text, name: Text, unitPrice: Money, taxRate: TaxRate, active: Bool,
    onHand: Quantity, reserved: Quantity = .zero, damaged: Quantity, onHold: Quantity, version: Int64,
    createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.reserved = reserved
    self.tenantID = tenantID
    self.productID = productID
    self.name = name
    self.unitPrice = unitPrice
    self.taxRate = taxRate
    self.active = active
    self.onHand = onHand
    self.damaged = damaged
    self.onHold = onHold
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
