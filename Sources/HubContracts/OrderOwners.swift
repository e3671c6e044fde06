public import Orders

/// Who knows whose an order is.
public protocol OrderOwners: Sendable {
  /// Whether somebody may see it; false too if there is no such order. It throws where that cannot be known now.
  func maySee(_ order: OrderID, _ actor: Actor) async throws -> Bool
}
