/// One movement of stock. Rows are only ever added.
///
/// Each column is added to a sum of the product. A row that takes from one sum and gives to another moves goods between
/// them; one that takes alone takes them out of the house, one that gives alone brings them in.
public struct LedgerRow: Sendable, Equatable, StockSums {
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
  /// The part of a deduction or reservation that the stock lacked.
  public var backordered: Quantity
  /// The order that moved it, if one did.
  public var orderID: OrderID?
  /// What the order holds since then; nil unless a step of its workflow wrote the row.
  public var hold: Hold?
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
    orderID: OrderID? = nil, hold: Hold? = nil, reason: Text? = nil, by: UserID, at: Timestamp
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
    self.hold = hold
    self.reason = reason
    self.by = by
    self.at = at
  }

  /// How a row stands among those of its order: the rows of an order and a product, taken in the order of their `seq`,
  /// say what it holds.
  public struct Hold: Sendable, Equatable {
    /// The order's version once the change was made that wrote the row.
    public var seq: Int64
    /// Whose the order is: its customer's user name, or that of whoever made it, if it has none.
    public var owner: Text
    /// When what is reserved goes back by itself; nil: it is firm, or nothing is reserved.
    public var expiresAt: Timestamp?
    /// Describes it.
    public init(seq: Int64, owner: Text, expiresAt: Timestamp? = nil) {
      self.seq = seq
      self.owner = owner
      self.expiresAt = expiresAt
    }
  }

  /// The one place that it takes from; nil if there is none, or several.
  public var from: StockPlace? { only { $0 < .zero } }
  /// The one place that it gives to; nil if there is none, or several.
  public var to: StockPlace? { only { $0 > .zero } }

  private func only(_ fits: (Quantity) -> Bool) -> StockPlace? {
    var found: StockPlace?
    for place in StockPlace.allCases where fits(self[place]) {
      if found != nil { return nil }
      found = place
    }
    return found
  }
}

/// Why stock moved.
public enum LedgerKind: String, Sendable, CaseIterable {
  case receipt, correction, damaged
  case onHold = "on_hold"
  case deducted, restored
  /// Moved by hand from one place of the house to another, as the row says.
  case transfer
  /// Set aside for an order; made firm, so that no time ends it; or given free again.
  case reserved, confirmed, released
}
