extension EventType {
  /// When it comes, in a line; empty for a type that is not one of the hub's own.
  public var meaning: String {
    switch self {
    case .orderCreated: "an order was made"
    case .orderUpdated: "something about an order changed; it comes with every change"
    case .orderCancelled: "an order was taken back, or ended so by its workflow"
    case .orderProgressUpdated: "more or less of an order is on a delivery or handed over"
    case .orderPaymentUpdated: "a payment was taken, or money went back"
    case .inventoryReduced: "an order took stock"
    case .inventoryRestored: "an order gave stock back"
    case .deliveryCreated: "a delivery was made"
    case .deliveryStatusUpdated: "a delivery was moved on"
    case .invoiceGenerated: "a delivery was invoiced"
    case .invoiceCredited: "an invoice was taken back; the credit note is in it"
    case .partCreated: "a part of an order was made"
    case .partUpdated: "a part of an order was moved on"
    default: ""
    }
  }
}
