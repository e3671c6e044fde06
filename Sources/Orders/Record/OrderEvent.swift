/// What happened to an order, by the names that clients listen for.
///
/// Open, as a process must be able to read what a newer one has written.
public struct EventType: Hashable, Sendable, CaseIterable {
  /// The name.
  public let name: Text
  /// Any name; `allCases` are those that are written here.
  public init(_ name: Text) { self.name = name }
  /// The name as written on the wire.
  public var rawValue: String {
    name.string
  }

  /// `order:created {order}`
  public static let orderCreated = EventType("order:created")
  /// `order:updated {order}`; of an edit also what is another.
  public static let orderUpdated = EventType("order:updated")
  /// `order:cancelled {orderId, orderNumber, cancelReason}`
  public static let orderCancelled = EventType("order:cancelled")
  /// `order:progress-updated {orderId, progress, status}`
  public static let orderProgressUpdated = EventType("order:progress-updated")
  /// `order:payment-updated {order}`
  public static let orderPaymentUpdated = EventType("order:payment-updated")
  /// `order:inventory-reduced {orderId, orderNumber, affectedProducts}`
  public static let inventoryReduced = EventType("order:inventory-reduced")
  /// `order:inventory-restored {orderId, orderNumber, affectedProducts}`
  public static let inventoryRestored = EventType("order:inventory-restored")
  /// `delivery:created {delivery, order}`
  public static let deliveryCreated = EventType("delivery:created")
  /// `delivery:status-updated {deliveryId, deliveryNumber, status}`
  public static let deliveryStatusUpdated = EventType("delivery:status-updated")
  /// `invoice:generated {invoice, delivery}`
  public static let invoiceGenerated = EventType("invoice:generated")
  /// `invoice:credited {invoice, delivery}`
  public static let invoiceCredited = EventType("invoice:credited")
  /// `part:created {part}`
  public static let partCreated = EventType("part:created")
  /// `part:updated {part}`
  public static let partUpdated = EventType("part:updated")

  /// Those that are written here.
  public static let allCases = [
    orderCreated, orderUpdated, orderCancelled, orderProgressUpdated, orderPaymentUpdated, inventoryReduced,
    inventoryRestored, deliveryCreated, deliveryStatusUpdated, invoiceGenerated, invoiceCredited, partCreated,
    partUpdated,
  ]
}

/// One event as a rule decides it: what it carries, before it is numbered and written out.
///
/// The order that an event shows is the one that its write leaves behind, so it is not part of the payload.
public enum EventPayload: Sendable, Equatable {
  /// `order:created {order}`
  case orderCreated
  /// `order:updated {order}`
  case orderUpdated
  /// `order:updated {changed, staffChanged?, order}`: by an edit, which says what of the order is another.
  case orderEdited(OrderChanges)
  /// `order:cancelled {orderId, orderNumber, cancelReason}`
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
  /// `invoice:credited {invoice, delivery}`; the credit note stands in the invoice.
  case invoiceCredited(Invoice, Delivery)
  /// `part:created {part}`
  case partCreated(Part)
  /// `part:updated {part}`
  case partUpdated(Part)
  /// One of a workflow's own types `{order}`.
  case announced(EventType)

  /// What a row's own announcement is: of the hub's types only those that tell of the order alone, each in its own shape.
  static func announcing(_ type: EventType) -> EventPayload {
    switch type {
    case .orderCancelled: .orderCancelled
    case .orderProgressUpdated: .orderProgressUpdated
    case .orderPaymentUpdated: .orderPaymentUpdated
    default: .announced(type)
    }
  }

  /// The name that clients listen for.
  public var type: EventType {
    switch self {
    case .orderCreated: .orderCreated
    case .orderUpdated, .orderEdited: .orderUpdated
    case .orderCancelled: .orderCancelled
    case .orderProgressUpdated: .orderProgressUpdated
    case .orderPaymentUpdated: .orderPaymentUpdated
    case .inventoryReduced: .inventoryReduced
    case .inventoryRestored: .inventoryRestored
    case .deliveryCreated: .deliveryCreated
    case .deliveryStatusUpdated: .deliveryStatusUpdated
    case .invoiceGenerated: .invoiceGenerated
    case .invoiceCredited: .invoiceCredited
    case .partCreated: .partCreated
    case .partUpdated: .partUpdated
    case .announced(let type): type
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
