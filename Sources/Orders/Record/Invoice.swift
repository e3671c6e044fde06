/// What a customer owes for one delivery, at the prices, discounts and tax captured in the order; nothing once it is
/// credited.
public struct Invoice: Sendable, Equatable {
  /// The identity, given before the write.
  public var id: InvoiceID
  /// The order it belongs to.
  public var orderID: OrderID
  /// The delivery it is for.
  public var deliveryID: DeliveryID
  /// The order's tenant.
  public var tenantID: TenantID
  /// Gapless in its tenant and year: `INV-2026-000001`.
  public var number: String
  /// One line an item.
  public var lines: [InvoiceLine]
  /// ISO 4217.
  public var currency: Currency
  /// Before discount and tax.
  public var subtotal: Money
  /// Taken off.
  public var discount: Money
  /// Added.
  public var tax: Money
  /// subtotal − discount + tax.
  public var total: Money
  /// The part of the order's advance and credit used here.
  public var advanceApplied: Money
  /// The sum of `payments`.
  public var paid: Money
  /// What was paid on it, in order; at most 100.
  public var payments: [Payment]
  /// Who made it.
  public var createdBy: UserID
  /// When it was made.
  public var createdAt: Timestamp
  /// When it last changed.
  public var updatedAt: Timestamp
  /// What is asked for above the total, or below it, so that it can be paid in the currency's own units: less than one of
  /// them. Zero but on invoices of orders without `decimals`.
  public var rounding: Money
  /// What took the invoice back, if something did.
  public var creditNote: CreditNote?

  /// Makes an invoice of all its parts; `Rules` make the valid ones.
  public init(
    id: InvoiceID, orderID: OrderID, deliveryID: DeliveryID, tenantID: TenantID, number: String,
    lines: [InvoiceLine], currency: Currency, subtotal: Money, discount: Money, tax: Money, total: Money,
    advanceApplied: Money, paid: Money, payments: [Payment], createdBy: UserID, createdAt: Timestamp,
    updatedAt: Timestamp, rounding: Money = .zero, creditNote: CreditNote? = nil
  ) {
    self.rounding = rounding
    self.creditNote = creditNote
    self.id = id
    self.orderID = orderID
    self.deliveryID = deliveryID
    self.tenantID = tenantID
    self.number = number
    self.lines = lines
    self.currency = currency
    self.subtotal = subtotal
    self.discount = discount
    self.tax = tax
    self.total = total
    self.advanceApplied = advanceApplied
    self.paid = paid
    self.payments = payments
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// One item on an invoice.
public struct InvoiceLine: Sendable, Equatable {
  /// The order's item.
  public var itemID: ItemID
  /// Its product.
  public var productID: Text
  /// Its name.
  public var name: Text
  /// How much of it.
  public var quantity: Quantity
  /// The price of one.
  public var unitPrice: Money
  /// Before discount and tax.
  public var subtotal: Money
  /// Taken off.
  public var discount: Money
  /// Added.
  public var tax: Money
  /// subtotal − discount + tax.
  public var total: Money
  /// Names a line.
  public init(
    itemID: ItemID, productID: Text, name: Text, quantity: Quantity, unitPrice: Money, subtotal: Money,
    discount: Money, tax: Money, total: Money
  ) {
    self.itemID = itemID
    self.productID = productID
    self.name = name
    self.quantity = quantity
    self.unitPrice = unitPrice
    self.subtotal = subtotal
    self.discount = discount
    self.tax = tax
    self.total = total
  }
}

/// One payment of an invoice.
public struct Payment: Sendable, Equatable {
  /// How much; more than zero.
  public var amount: Money
  /// `cash`, `card`, … as the shop calls it.
  public var method: Text
  /// When.
  public var at: Timestamp
  /// Who took it.
  public var by: UserID
  /// Names a payment.
  public init(amount: Money, method: Text, at: Timestamp, by: UserID) {
    self.amount = amount
    self.method = method
    self.at = at
    self.by = by
  }
}
