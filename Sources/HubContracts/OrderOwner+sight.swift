public import Orders

extension Actor {
  /// Whether the actor may see an order: staff of its tenant, or its customer, seller or kiosk. It does not allocate.
  public func maySee(_ owner: OrderOwner) -> Bool { tenant == owner.tenant && maySee(owner.parties) }
}
