/// What happened to an order, by the names that clients listen for.
public enum EventType: String, Sendable, CaseIterable {
  case orderCreated = "order:created"
  case orderUpdated = "order:updated"
  case orderCancelled = "order:cancelled"
  case orderProgressUpdated = "order:progress-updated"
  case orderPaymentUpdated = "order:payment-updated"
  case inventoryReduced = "order:inventory-reduced"
  case inventoryRestored = "order:inventory-restored"
  case deliveryCreated = "delivery:created"
  case deliveryStatusUpdated = "delivery:status-updated"
  case invoiceGenerated = "invoice:generated"
}

/// One event as a rule decides it: what it carries, before it is numbered and written out.
///
/// The order that an event shows is the one that its write leaves behind, so it is not part of the payload.
public enum EventPayload: Sendable, Equatable {
  /// `order:created {order}`
  case orderCreated
  /// `order:updated {order}`
  case orderUpdated
  /// `order:cancelled {orderId, orderNumber}`
  case orderCancelled
  /// `order:progress-updated {orderId, progress, status}`
  case orderProgressUpdated
  /// `order:payment-updated {order}`
  case orderPaymentUpdated
  /// `order:inventory-reduced {orderId, orderNumber, affectedProducts}`
  case inventoryReduced([AffectedProduct])
  /// `order:inventory-restored {orderId, orderNumber, affectedProducts}`
  case inventoryRestored([AffectedProduct])
  /// `delivery:created {delivery, order}`
  case deliveryCreated(Delivery)
  /// `delivery:status-updated {deliveryId, deliveryNumber, status}`
  case deliveryStatusUpdated(Delivery)
  /// `invoice:generated {invoice, delivery}`
  case invoiceGenerated(Invoice, Delivery)

  /// The name that clients listen for.
  public var type: EventType {
    switch self {
    case .orderCreated: .orderCreated
    case .orderUpdated: .orderUpdated
    case .orderCancelled: .orderCancelled
    case .orderProgressUpdated: .orderProgressUpdated
    case .orderPaymentUpdated: .orderPaymentUpdated
    case .inventoryReduced: .inventoryReduced
    case .inventoryRestored: .inventoryRestored
    case .deliveryCreated: .deliveryCreated
    case .deliveryStatusUpdated: .deliveryStatusUpdated
    case .invoiceGenerated: .invoiceGenerated
    }
  }
}

/// A product whose stock an order moved.
public struct AffectedProduct: Sendable, Equatable {
  /// The product.
  public var productID: Text
  /// Its name.
  public var name: Text
  /// How much moved; more than zero.
  public var quantity: Quantity
  /// The part that stock lacked.
  public var backordered: Quantity
  /// Whether the catalogue has the product, so that its stock moved.
  public var tracked: Bool
  /// What is on hand afterwards; nil if the product is not in the catalogue.
  public var onHand: Quantity?
  /// Names a product.
  public init(
    productID: Text, name: Text, quantity: Quantity, backordered: Quantity, tracked: Bool, onHand: Quantity?
  ) {
    self.productID = productID
    self.name = name
    self.quantity = quantity
    self.backordered = backordered
    self.tracked = tracked
    self.onHand = onHand
  }
}
