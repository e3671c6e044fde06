/// An order as somebody asks for it, not yet judged.
public struct OrderDraft: Sendable, Equatable {
  /// Who orders.
  public var customer: Customer
  /// What, 1 to 500 items.
  public var items: [ItemDraft]
  /// ISO 4217.
  public var currency: Currency
  /// Taken off the whole order, spread over its items.
  public var discount: Money
  /// What is paid at once.
  public var advance: Advance?
  /// What the staff write for one another.
  public var notes: Text?
  /// What the staff write for the customer.
  public var notesForCustomer: Text?
  /// When the customer wants it.
  public var deliveryDate: Timestamp?
  /// By which workflow.
  public var workflow: WorkflowName
  /// Describes an order.
  public init(
    customer: Customer, items: [ItemDraft], currency: Currency, discount: Money = .zero, advance: Advance? = nil,
    notes: Text? = nil, notesForCustomer: Text? = nil, deliveryDate: Timestamp? = nil,
    workflow: WorkflowName = .plain
  ) {
    self.customer = customer
    self.items = items
    self.currency = currency
    self.discount = discount
    self.advance = advance
    self.notes = notes
    self.notesForCustomer = notesForCustomer
    self.deliveryDate = deliveryDate
    self.workflow = workflow
  }
}

/// One item as somebody asks for it.
public struct ItemDraft: Sendable, Equatable {
  /// The product, 1 to 64 bytes; it need not be in the catalogue.
  public var productID: Text
  /// What to call it; the catalogue's name otherwise, or the product's id.
  public var name: Text?
  /// How much; more than zero.
  public var quantity: Quantity
  /// The price of one; the catalogue's otherwise.
  public var unitPrice: Money?
  /// Taken off this item; at most unitPrice × quantity.
  public var discount: Money
  /// The catalogue's rate otherwise, or none.
  public var taxRate: TaxRate?
  /// Describes an item.
  public init(
    productID: Text, name: Text? = nil, quantity: Quantity, unitPrice: Money? = nil, discount: Money = .zero,
    taxRate: TaxRate? = nil
  ) {
    self.productID = productID
    self.name = name
    self.quantity = quantity
    self.unitPrice = unitPrice
    self.discount = discount
    self.taxRate = taxRate
  }
}
