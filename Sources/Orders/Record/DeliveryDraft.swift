/// A delivery as somebody asks for it.
public struct DeliveryDraft: Sendable, Equatable {
  /// What goes out, 1 to 500 lines; lines of one item or product are summed.
  public var lines: [DeliveryLine]
  /// The day it belongs to; now otherwise.
  public var date: Timestamp?
  /// Where it stands already: pending, dispatched or delivered.
  public var status: DeliveryStatus
  /// What the staff write for one another.
  public var notes: Text?
  /// What the staff write for the customer.
  public var notesForCustomer: Text?
  /// Describes a delivery.
  public init(
    lines: [DeliveryLine], date: Timestamp? = nil, status: DeliveryStatus = .pending, notes: Text? = nil,
    notesForCustomer: Text? = nil
  ) {
    self.lines = lines
    self.date = date
    self.status = status
    self.notes = notes
    self.notesForCustomer = notesForCustomer
  }
}

/// A quantity of a product or of one item of an order.
public struct DeliveryLine: Sendable, Equatable {
  /// Of what.
  public enum Subject: Sendable, Hashable {
    /// Any items of this product, in the order's order.
    case product(Text)
    /// This item.
    case item(ItemID)
  }
  /// Of what.
  public var subject: Subject
  /// How much; more than zero.
  public var quantity: Quantity
  /// The product that a line names beside its item, which must be the item's own.
  public var itemsProduct: Text?
  /// Names a line.
  public init(subject: Subject, quantity: Quantity, itemsProduct: Text? = nil) {
    self.subject = subject
    self.quantity = quantity
    self.itemsProduct = itemsProduct
  }
}
