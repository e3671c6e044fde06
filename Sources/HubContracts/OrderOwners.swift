public import Orders

/// Who knows whose an order is.
public protocol OrderOwners: Sendable {
  /// Whose it is; nil if there is no such order. It throws where that cannot be known now.
  func owner(of order: OrderID) async throws -> OrderOwner?
}
