/// Stock moved by hand.
public struct StockMovement: Sendable, Equatable {
  /// receipt, correction, damaged or onHold; orders make the other rows.
  public var kind: LedgerKind
  /// A receipt adds it to what is on hand, a correction too and may be negative. Damaged and on-hold stock is taken from
  /// what is on hand; a negative quantity puts it back.
  public var quantity: Quantity
  /// Free text.
  public var reason: Text?
  /// Describes a movement.
  public init(kind: LedgerKind, quantity: Quantity, reason: Text? = nil) {
    self.kind = kind
    self.quantity = quantity
    self.reason = reason
  }
}
