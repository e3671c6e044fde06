public import Orders

/// What the audit reads: everything, in pages, and recounts of what is kept as counts.
public protocol AuditSource: Sendable {
  /// Orders by id after `after`, at most `limit` (1…200), each with all that belongs to it; nil tenant: everybody's.
  func auditedOrders(after: OrderID?, tenant: TenantID?, limit: Int) async throws(StoreError) -> [AuditedOrder]
  /// A tenant's products by product id after `after`, at most `limit` (1…1,000), each with the sums of its ledger.
  func auditedProducts(tenant: TenantID, after: Text?, limit: Int) async throws(StoreError) -> [AuditedProduct]
  /// A product with the sums of its ledger, both of one moment; nil if the tenant has none of this name.
  func auditedProduct(_ productID: Text, tenant: TenantID) async throws(StoreError) -> AuditedProduct?
  /// Puts the sums of a product's ledger in the place of what it says, in one transaction of one snapshot: whoever moves the
  /// product meanwhile has the repair begin again, or decides again. Gives what was found; nothing is written if it was
  /// right, or nil if there is no such product.
  func repairStock(of productID: Text, tenant: TenantID) async throws(StoreError) -> AuditedProduct?
  /// Every tenant that has orders or moved stock, by name.
  func tenants() async throws(StoreError) -> [TenantID]
  /// The years in which a tenant has given numbers of a series, ascending.
  func years(of series: NumberSeries, tenant: TenantID) async throws(StoreError) -> [Int]
  /// A tenant's numbers of a series that begin with `prefix`, sorted, after `after`, at most `limit` (1…1,000).
  func numbers(
    of series: NumberSeries, tenant: TenantID, prefix: String, after: String?, limit: Int
  ) async throws(StoreError) -> [String]
  /// The tallies by identity after `after`, whoever has them and of whatever, at most `limit` (1…1,000).
  func allTallies(after: TallyShard?, limit: Int) async throws(StoreError) -> [TallyShard]
  /// What a tally counts, counted anew.
  func recount(_ scope: TallyScope) async throws(StoreError) -> [RecountRow]
  /// Counts anew and puts the result in the place of all shards, in one transaction of one snapshot: one shard gets
  /// `counts` of the recount, the others nothing. Gives the sums before and after; those that are zero are left out.
  func repair(
    _ scope: TallyScope, counts: @escaping @Sendable ([RecountRow]) -> [Text: Int64]
  ) async throws(StoreError) -> TallyRepair
}

/// An order with all that belongs to it.
public struct AuditedOrder: Sendable, Equatable {
  /// The order.
  public var order: Order
  /// Its deliveries, oldest first.
  public var deliveries: [Delivery]
  /// Its invoices, oldest first.
  public var invoices: [Invoice]
  /// Its parts, oldest first.
  public var parts: [Part]
  /// What it holds of the catalogue's stock by its ledger rows.
  public var holdings: StockHoldings
  /// Its events by number, without envelopes.
  public var events: [RecordedEvent]
  /// Puts them together.
  public init(
    order: Order, deliveries: [Delivery], invoices: [Invoice], parts: [Part] = [],
    holdings: StockHoldings = StockHoldings(), events: [RecordedEvent]
  ) {
    self.holdings = holdings
    self.parts = parts
    self.order = order
    self.deliveries = deliveries
    self.invoices = invoices
    self.events = events
  }
}

/// A product and what its ledger sums to.
public struct AuditedProduct: Sendable, Equatable, StockSums {
  /// The product.
  public var product: Product
  /// The ledger's sum of `onHand`.
  public var onHand: Quantity
  /// The ledger's sum of `damaged`.
  public var damaged: Quantity
  /// The ledger's sum of `onHold`.
  public var onHold: Quantity
  /// The ledger's sum of `reserved`.
  public var reserved: Quantity
  /// Puts them together.
  public init(product: Product, onHand: Quantity, damaged: Quantity, onHold: Quantity, reserved: Quantity) {
    self.reserved = reserved
    self.product = product
    self.onHand = onHand
    self.damaged = damaged
    self.onHold = onHold
  }

  /// The places of which the product says another sum than its ledger.
  public var wrong: [StockPlace] { StockPlace.allCases.filter { product[$0] != self[$0] } }
}

/// How many there are of one kind.
public struct RecountRow: Sendable, Hashable {
  /// The state of the orders as it is stored, see `Standing.word`; or the status of the deliveries.
  public var status: String
  /// The payment status of the orders; nil for deliveries.
  public var paymentStatus: String?
  /// The deliveries' currency; nil for orders, and for deliveries that do not name theirs.
  public var currency: Currency?
  /// How many.
  public var count: Int64
  /// The whole currency units of the deliveries' worth; 0 for orders.
  public var value: Int64
  /// The rest of their worth in 10⁻⁸ units, the sum of each delivery's own rest; 0 for orders.
  public var valueFraction: Int64
  /// Describes a row.
  public init(
    status: String, paymentStatus: String?, currency: Currency? = nil, count: Int64, value: Int64 = 0,
    valueFraction: Int64 = 0
  ) {
    self.currency = currency
    self.status = status
    self.paymentStatus = paymentStatus
    self.count = count
    self.value = value
    self.valueFraction = valueFraction
  }
}

/// What a repair changed.
public struct TallyRepair: Sendable, Equatable {
  /// The sums over the shards before.
  public var before: [Text: Int64]
  /// The sums afterwards.
  public var after: [Text: Int64]
  /// Describes a repair.
  public init(before: [Text: Int64], after: [Text: Int64]) {
    self.before = before
    self.after = after
  }
}
