/// What one rule decided: all of it is to be written in one transaction, or nothing.
public struct Change: Sendable, Equatable {
  /// The order afterwards; its version is advanced by the number of events already.
  public var order: Order
  /// What happened, in order.
  public var events: [EventPayload]
  /// A new delivery.
  public var insertedDelivery: Delivery?
  /// Deliveries that changed.
  public var changedDeliveries: [Delivery]
  /// A new invoice.
  public var insertedInvoice: Invoice?
  /// An invoice that changed.
  public var changedInvoice: Invoice?
  /// Other invoices of the order, whose dues were rounded to what can be paid.
  public var roundedInvoices: [Invoice]
  /// New parts of the order.
  public var insertedParts: [Part]
  /// Parts of it that changed.
  public var changedParts: [Part]
  /// Products whose stock moved, each with its version advanced by one.
  public var products: [Product]
  /// New rows of the stock ledger, one a product.
  public var ledger: [LedgerRow]
  /// The items whose remaining quantity is another than before; all of them for a new order.
  public var changedItems: [ItemID]
  /// Whether what the order was placed with is another: its customer, notes, date or discounts.
  public var isEdit: Bool
  /// Timers of the order that stop.
  public var endedJobs: [JobKey]
  /// What is to be done later or elsewhere; a timer that runs already gets its new time.
  public var insertedJobs: [Job]
  /// Describes a decision.
  public init(
    order: Order, events: [EventPayload], insertedDelivery: Delivery? = nil, changedDeliveries: [Delivery] = [],
    insertedInvoice: Invoice? = nil, changedInvoice: Invoice? = nil, roundedInvoices: [Invoice] = [],
    insertedParts: [Part] = [], changedParts: [Part] = [],
    products: [Product] = [],
    ledger: [LedgerRow] = [], changedItems: [ItemID] = [], endedJobs: [JobKey] = [],
    insertedJobs: [Job] = [], isEdit: Bool = false
  ) {
    self.isEdit = isEdit
    self.order = order
    self.events = events
    self.insertedDelivery = insertedDelivery
    self.changedDeliveries = changedDeliveries
    self.insertedInvoice = insertedInvoice
    self.changedInvoice = changedInvoice
    self.roundedInvoices = roundedInvoices
    self.insertedParts = insertedParts
    self.changedParts = changedParts
    self.products = products
    self.ledger = ledger
    self.changedItems = changedItems
    self.endedJobs = endedJobs
    self.insertedJobs = insertedJobs
  }
}
