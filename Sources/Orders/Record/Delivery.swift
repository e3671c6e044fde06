/// Goods that leave for the customer: some quantity of some items of one order.
public struct Delivery: Sendable, Equatable {
  /// The identity, given before the write.
  public var id: DeliveryID
  /// The order it belongs to.
  public var orderID: OrderID
  /// The order's tenant.
  public var tenantID: TenantID
  /// The number people use: the order's number, `-D` and a count from 1.
  public var number: String
  /// Where the goods are.
  public var status: DeliveryStatus
  /// What is on it; an item stands once.
  public var items: [DeliveryItem]
  /// What its items cost, discount and tax included: what its invoice will say, or says.
  public var value: Money
  /// The order's currency. Nil for one that was written before deliveries named it.
  public var currency: Currency?
  /// The day it belongs to, as the employee says; its creation otherwise.
  public var date: Timestamp
  /// The tenant's calendar day of `date`, `yyyy-mm-dd`: the summary that counts it.
  public var day: String
  /// What the staff write for one another.
  public var notes: Text?
  /// What the staff write for the customer.
  public var notesForCustomer: Text?
  /// Its live invoice, if it has one; one that was credited is not.
  public var invoiceID: InvoiceID?
  /// Who made it.
  public var createdBy: UserID
  /// When it was made.
  public var createdAt: Timestamp
  /// When it last changed.
  public var updatedAt: Timestamp

  /// Makes a delivery of all its parts; `Rules` make the valid ones.
  public init(
    id: DeliveryID, orderID: OrderID, tenantID: TenantID, number: String, status: DeliveryStatus,
    items: [DeliveryItem], value: Money, date: Timestamp, day: String, notes: Text?, notesForCustomer: Text? = nil,
    invoiceID: InvoiceID? = nil, createdBy: UserID, createdAt: Timestamp, updatedAt: Timestamp,
    currency: Currency? = nil
  ) {
    self.currency = currency
    self.id = id
    self.orderID = orderID
    self.tenantID = tenantID
    self.number = number
    self.status = status
    self.items = items
    self.value = value
    self.date = date
    self.day = day
    self.notes = notes
    self.notesForCustomer = notesForCustomer
    self.invoiceID = invoiceID
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// One item's part of a delivery.
public struct DeliveryItem: Sendable, Equatable {
  /// The order's item.
  public var itemID: ItemID
  /// Its product.
  public var productID: Text
  /// Its name.
  public var name: Text
  /// How much of it; more than zero.
  public var quantity: Quantity
  /// Names a part.
  public init(itemID: ItemID, productID: Text, name: Text, quantity: Quantity) {
    self.itemID = itemID
    self.productID = productID
    self.name = name
    self.quantity = quantity
  }
}

/// Where the goods of a delivery are.
///
/// pending → dispatched → delivered; a dispatched one may fail and be dispatched again; any of pending, dispatched and
/// failed may be cancelled. Delivered and cancelled are final.
public enum DeliveryStatus: String, Sendable, CaseIterable {
  case pending, dispatched, delivered, failed, cancelled
}
