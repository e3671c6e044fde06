public import HubContracts
public import Orders

extension OrderReads: OrderOwners {
  /// Whose an order is, by what of it is at hand nearest.
  public func owner(of order: OrderID) async throws -> OrderOwner? { try await copy(.progress, of: order)?.owner }
}
