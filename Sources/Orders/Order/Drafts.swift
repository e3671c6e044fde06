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
    workflow: WorkflowName = .delivery
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

/// A product as somebody wants it in the catalogue; its stock begins at zero.
public struct ProductDraft: Sendable, Equatable {
  /// The name it is ordered by: 1 to 64 bytes of printable ASCII.
  public var productID: Text
  /// What people call it.
  public var name: Text
  /// The price of one.
  public var unitPrice: Money
  /// The rate taken when an order says none.
  public var taxRate: TaxRate
  /// Describes a product.
  public init(productID: Text, name: Text, unitPrice: Money, taxRate: TaxRate) {
    self.productID = productID
    self.name = name
    self.unitPrice = unitPrice
    self.taxRate = taxRate
  }
}

/// What is to change of a product; what is nil stays.
public struct ProductChange: Sendable, Equatable {
  /// What people call it.
  public var name: Text?
  /// The price of one, for orders to come.
  public var unitPrice: Money?
  /// The rate, for orders to come.
  public var taxRate: TaxRate?
  /// Whether orders to come take name, price and stock from it.
  public var active: Bool?
  /// Describes a change.
  public init(name: Text? = nil, unitPrice: Money? = nil, taxRate: TaxRate? = nil, active: Bool? = nil) {
    self.name = name
    self.unitPrice = unitPrice
    self.taxRate = taxRate
    self.active = active
  }
}

/// Stock moved by hand.
public struct StockMovement: Sendable, Equatable {
  /// receipt, correction, damaged or onHold; orders make the other rows.
  public var kind: LedgerKind
  /// A receipt adds it to what is on hand, a correction too and may be negative. Damaged and on-hold stock is taken from
  /// what is on hand; a negative quantity puts it back.
  public var quantity: Quantity
  /// Free text.
  public var reason: Text?
  /// Describes a movement.
  public init(kind: LedgerKind, quantity: Quantity, reason: Text? = nil) {
    self.kind = kind
    self.quantity = quantity
    self.reason = reason
  }
}
