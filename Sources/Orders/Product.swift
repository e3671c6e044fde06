/// A product of a tenant's catalogue, with its stock.
///
/// `onHand`, `reserved`, `damaged` and `onHold` are each the sum of their column in the ledger. `onHand` may fall below zero in
/// the delivery workflow, whose stock is tracked and never blocks: then so much is owed.
public struct Product: Sendable, Equatable {
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

/// One movement of stock. Rows are only ever added.
public struct LedgerRow: Sendable, Equatable {
  /// The identity, given before the write.
  public var id: LedgerRowID
  /// Whose stock.
  public var tenantID: TenantID
  /// Of what.
  public var productID: Text
  /// Why it moved.
  public var kind: LedgerKind
  /// Added to `Product.onHand`; may be negative.
  public var onHand: Quantity
  /// Added to `Product.reserved`; may be negative.
  public var reserved: Quantity
  /// Added to `Product.damaged`.
  public var damaged: Quantity
  /// Added to `Product.onHold`.
  public var onHold: Quantity
  /// The part of a deduction that the stock lacked.
  public var backordered: Quantity
  /// The order that moved it, if one did.
  public var orderID: OrderID?
  /// Free text.
  public var reason: Text?
  /// Who moved it.
  public var by: UserID
  /// When.
  public var at: Timestamp
  /// Names a movement.
  public init(
    id: LedgerRowID, tenantID: TenantID, productID: Text, kind: LedgerKind, onHand: Quantity,
    reserved: Quantity = .zero, damaged: Quantity = .zero, onHold: Quantity = .zero, backordered: Quantity = .zero,
    orderID: OrderID? = nil,
    reason: Text? = nil, by: UserID, at: Timestamp
  ) {
    self.id = id
    self.tenantID = tenantID
    self.productID = productID
    self.kind = kind
    self.onHand = onHand
    self.reserved = reserved
    self.damaged = damaged
    self.onHold = onHold
    self.backordered = backordered
    self.orderID = orderID
    self.reason = reason
    self.by = by
    self.at = at
  }
}

/// Why stock moved.
public enum LedgerKind: String, Sendable, CaseIterable {
  case receipt, correction, damaged
  case onHold = "on_hold"
  case deducted, restored
  /// Set aside for an order; taken by it then, or given free again.
  case reserved, confirmed, released
}

/// What the catalogue lacks of what an order needs.
public struct StockShortage: Sendable, Equatable {
  /// Of what.
  public var productID: Text
  /// How much.
  public var lacking: Quantity
  /// Names a lack.
  public init(productID: Text, lacking: Quantity) {
    self.productID = productID
    self.lacking = lacking
  }
}
