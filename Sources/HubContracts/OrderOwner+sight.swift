public import Orders

extension Actor {
  /// Whether the actor may see an order: staff of its tenant, or the customer whose order it is. It does not allocate.
  public func maySee(_ owner: OrderOwner) -> Bool { tenant == owner.tenant && maySee(orderOf: owner.customerID) }
}
