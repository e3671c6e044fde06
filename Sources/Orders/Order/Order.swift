/// An order: what was asked for, how much of it is on deliveries, and what is owed.
///
/// A value: rules take one and give the next. `version` is the number of the order's last event; it grows by the
/// number of events of each write and guards the write in the store.
public struct Order: Sendable, Equatable {
  /// The identity, given before the write.
  public var id: OrderID
  /// Who owns it.
  public var tenantID: TenantID
  /// The number people use: `ORD-2026-001234`, unique in its tenant.
  public let number: String
  /// The workflow whose words `status` is in.
  public var workflow: WorkflowName { didSet { phase = Standing(workflow, status).phase } }
  /// Which version of a tenant's own definition it began with and follows; nil for a workflow that every tenant has.
  public let workflowVersion: Int64?
  /// The lifecycle, in the workflow's own words. Set by `stand(in:by:)`: by itself it says only of the plain workflow
  /// what it amounts to, and `problem` of any other.
  public var status: Status { didSet { phase = Standing(workflow, status).phase } }
  /// What the status amounts to, as the workflow said when it was set: it stays if the workflow's definition changes.
  public internal(set) var phase: Phase
  /// What the customer owes and has paid, as one word.
  public var paymentStatus: PaymentStatus
  /// The number of the last event; 0 before the first.
  public var version: Int64
  /// ISO 4217, three capital letters.
  public var currency: Currency
  /// Who ordered. Of it only an edit changes anything, and never its `id`.
  public internal(set) var customer: Customer
  /// 1 to 500 items.
  public var items: [OrderItem]
  /// The sum of the items before discount and tax.
  public var subtotal: Money
  /// The sum of the items' discounts, shares of the order's own discount included.
  public var discount: Money
  /// The sum of the items' taxes.
  public var tax: Money
  /// subtotal − discount + tax.
  public var total: Money
  /// What was paid: the advance and every payment of an invoice.
  public var paid: Money
  /// What was paid with the order, before any invoice.
  public let advance: Advance?
  /// The part of the advance, and of `credited`, that is applied to live invoices.
  public var advanceApplied: Money
  /// How many live invoices there are and how many of them are paid in full.
  public var invoices: InvoiceCount
  /// How many deliveries were ever made; numbers the next one.
  public var deliveryCount: Int
  /// What the staff write for one another.
  public internal(set) var notes: Text?
  /// What the staff write for the customer.
  public internal(set) var notesForCustomer: Text?
  /// Why it was cancelled, as the staff said.
  public var cancelReason: Text?
  /// Why the rest of it was taken back, as the staff said who closed it last.
  public var closeReason: Text?
  /// When the customer wants it.
  public internal(set) var deliveryDate: Timestamp?
  /// Who created it.
  public let createdBy: UserID
  /// The kiosk that placed it: who created it, if in that role.
  public let kiosk: UserID?
  /// When it was created.
  public let createdAt: Timestamp
  /// When it was last changed.
  public var updatedAt: Timestamp
  /// How many decimals its amounts have: its currency's. Nil for one that was written before they had them.
  public var decimals: Int?
  /// What the invoices of an order without `decimals` ask for above their totals, so that it can be paid; see
  /// `Order.round`. Nil until that was found out.
  public var rounding: Money?
  /// What was paid on invoices that were credited and not refunded: further advance, as it were.
  public var credited: Money
  /// What only its workflow knows about it.
  public var particulars: Particulars
  /// What discounts it was given. Nil if it has none, or if they were given before they were kept apart.
  public internal(set) var discounts: OrderDiscounts?

  /// Makes an order of all its parts; `Rules` make the valid ones. Without a phase its status says what it amounts to, as
  /// far as it does alone.
  public init(
    id: OrderID, tenantID: TenantID, number: String, workflow: WorkflowName, status: Status, phase: Phase? = nil,
    paymentStatus: PaymentStatus, version: Int64, currency: Currency, customer: Customer, items: [OrderItem],
    subtotal: Money, discount: Money, tax: Money, total: Money, paid: Money, advance: Advance?,
    advanceApplied: Money, invoices: InvoiceCount, deliveryCount: Int, notes: Text?, notesForCustomer: Text? = nil,
    cancelReason: Text? = nil, closeReason: Text? = nil, deliveryDate: Timestamp?, createdBy: UserID,
    createdAt: Timestamp, updatedAt: Timestamp, decimals: Int? = nil, rounding: Money? = nil,
    credited: Money = .zero, particulars: Particulars = Particulars(), workflowVersion: Int64? = nil,
    kiosk: UserID? = nil, discounts: OrderDiscounts? = nil
  ) {
    self.kiosk = kiosk
    self.discounts = discounts
    self.particulars = particulars
    self.workflowVersion = workflowVersion
    self.decimals = decimals
    self.rounding = rounding
    self.credited = credited
    self.id = id
    self.tenantID = tenantID
    self.number = number
    self.workflow = workflow
    self.status = status
    self.phase = phase ?? Standing(workflow, status).phase
    self.paymentStatus = paymentStatus
    self.version = version
    self.currency = currency
    self.customer = customer
    self.items = items
    self.subtotal = subtotal
    self.discount = discount
    self.tax = tax
    self.total = total
    self.paid = paid
    self.advance = advance
    self.advanceApplied = advanceApplied
    self.invoices = invoices
    self.deliveryCount = deliveryCount
    self.notes = notes
    self.notesForCustomer = notesForCustomer
    self.cancelReason = cancelReason
    self.closeReason = closeReason
    self.deliveryDate = deliveryDate
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// Who ordered. Only the name is required.
public struct Customer: Sendable, Equatable {
  /// The customer's user name, if it has one: such a user may read its own orders.
  public var id: Text?
  /// The name, 1 to 200 characters.
  public var name: Text
  /// A telephone number, as written.
  public var phone: Text?
  /// A mail address, as written.
  public var email: Text?
  /// A postal address, as written.
  public var address: Text?
  /// Names a customer.
  public init(id: Text? = nil, name: Text, phone: Text? = nil, email: Text? = nil, address: Text? = nil) {
    self.id = id
    self.name = name
    self.phone = phone
    self.email = email
    self.address = address
  }
}

/// One line of an order.
public struct OrderItem: Sendable, Equatable {
  /// The identity, given before the write.
  public var id: ItemID
  /// The product's own name in its catalogue, 1 to 64 bytes.
  public var productID: Text
  /// What people call it.
  public var name: Text
  /// The price of one, captured when ordered.
  public var unitPrice: Money
  /// What was ordered.
  public var quantity: Quantity
  /// What was taken off the order again.
  public var cancelled: Quantity
  /// What is on deliveries that are not cancelled.
  public var delivered: Quantity
  /// What was handed over.
  public var received: Quantity
  /// What came back.
  public var returned: Quantity
  /// What stands on invoices.
  public var invoiced: Quantity
  /// unitPrice × quantity, before discount and tax, over the whole ordered quantity.
  public var subtotal: Money
  /// This item's own discount and its share of the order's, over the whole ordered quantity.
  public var discount: Money
  /// Millionths: 180000 is 18 %.
  public var taxRate: TaxRate
  /// The tax on subtotal − discount, over the whole ordered quantity.
  public var tax: Money
  /// What the catalogue's stock lacked when it was ordered; zero when it sufficed or the product is not in it.
  public var backordered: Quantity
  /// Whether the product stood in the catalogue when ordered, so that stock moves with it.
  public var tracked: Bool
  /// How its amounts are cut into parts: as its order's `decimals` say.
  public var allocation: Allocation
  /// What its live invoices billed, where that is no beginning of the running share: after one was credited.
  public var billed: ItemAmounts?

  /// Makes an item of all its parts; `Rules` make the valid ones.
  public init(
    id: ItemID, productID: Text, name: Text, unitPrice: Money, quantity: Quantity, cancelled: Quantity = .zero,
    delivered: Quantity = .zero, received: Quantity = .zero, returned: Quantity = .zero, invoiced: Quantity = .zero,
    subtotal: Money, discount: Money, taxRate: TaxRate, tax: Money, backordered: Quantity = .zero,
    tracked: Bool = false, allocation: Allocation = .before, billed: ItemAmounts? = nil
  ) {
    self.allocation = allocation
    self.billed = billed
    self.id = id
    self.productID = productID
    self.name = name
    self.unitPrice = unitPrice
    self.quantity = quantity
    self.cancelled = cancelled
    self.delivered = delivered
    self.received = received
    self.returned = returned
    self.invoiced = invoiced
    self.subtotal = subtotal
    self.discount = discount
    self.taxRate = taxRate
    self.tax = tax
    self.backordered = backordered
    self.tracked = tracked
  }
}

/// An advance: what was paid when the order was made.
public struct Advance: Sendable, Equatable {
  /// How much; more than zero and at most the order's total. In a draft zero is none.
  public var amount: Money
  /// `cash`, `card`, … as the shop calls it.
  public var method: Text
  /// Names an advance.
  public init(amount: Money, method: Text) {
    self.amount = amount
    self.method = method
  }
}

/// How many live invoices an order has, and how many of them are paid. One that was credited is not live.
public struct InvoiceCount: Sendable, Equatable {
  /// All of them.
  public var issued: Int
  /// Those with nothing left to pay.
  public var settled: Int
  /// Counts.
  public init(issued: Int = 0, settled: Int = 0) {
    self.issued = issued
    self.settled = settled
  }
}

/// The name of a workflow: `delivery`, later `pickup`, `kiosk`, …
public struct WorkflowName: RawRepresentable, Hashable, Sendable {
  /// The name as written on the wire.
  public let rawValue: Text
  /// Any name; the engine knows which exist.
  public init(rawValue: Text) { self.rawValue = rawValue }
}

/// A state of a workflow, in that workflow's own words.
public struct Status: RawRepresentable, Hashable, Sendable {
  /// The word as written on the wire.
  public let rawValue: String
  /// Any word; the workflow knows which exist.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The same of a text from outside.
  public init(_ word: Text) { rawValue = word.string }

  /// By bytes: a tenant's own workflow may have any words.
  public static func == (left: Status, right: Status) -> Bool { Text(left.rawValue) == Text(right.rawValue) }
  /// By bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(Text(rawValue)) }
}

/// What workflows have in common, so that they can be compared; the phases partition all orders.
public enum Phase: String, Sendable, CaseIterable {
  case open, active, fulfilled, closed, cancelled, problem
}

/// How much of an order the customer holds.
public enum Fulfilment: String, Sendable, CaseIterable {
  case unfulfilled, partial, fulfilled, returned
}

/// How much of what is owed was paid.
public enum PaymentStatus: String, Sendable, CaseIterable {
  case unpaid
  case partiallyPaid = "partially_paid"
  case paid
  case partiallyRefunded = "partially_refunded"
  case refunded
}
