public import HubContracts
public import Orders

extension OrderReads: OrderOwners {
  /// Whether somebody may see an order, by what of it is at hand nearest.
  public func maySee(_ order: OrderID, _ actor: Actor) async throws -> Bool {
    try await copy(.progress, of: order, for: actor) != nil
  }

  /// The response body of a view for somebody; nil if there is no such order, or none that he may see.
  public func copy(_ view: OrderView, of id: OrderID, for actor: Actor) async throws -> OrderCopy? {
    guard let copy = try await copy(view, of: id) else { return nil }
    if actor.maySee(copy.owner) { return copy }
    // A process of a version before sellers and kiosks may have said last whose it is, and it knows of neither.
    switch actor.role.sight {
    case .business, .ownOrders, .nothing: return nil
    case .soldOrders, .placedOrders:
      guard let order = try await store.order(id, tenant: actor.tenant), actor.maySee(order.parties) else { return nil }
      return copy
    }
  }
}
